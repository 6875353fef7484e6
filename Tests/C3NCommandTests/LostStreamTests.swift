import Foundation
import PseudoTerminal
import Testing

/// Long commands on a machine that closes terminals, ends readers, deletes files and sends signals.
@Suite(.serialized) final class LostStreamTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "c3n").path
  private let folder = FileManager.default.temporaryDirectory.appending(path: "lost-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private var environment: [String: String] {
    ["C3N_ASSETS": Self.assets.path, "HOME": folder.path, "XDG_STATE_HOME": path("state")]
  }

  /// Starts a line of the shell, to which `$0` is `c3n`.
  private func start(_ line: String) throws -> ChildProcess {
    try ChildProcess(
      "/bin/sh", ["-c", line, Self.program], environment: environment, in: folder, output: path("output"))
  }

  private func shell(_ line: String) throws -> (status: Int32, text: String) {
    let process = try start(line)
    return (try process.status(), process.text)
  }

  private func terminal(_ arguments: [String]) throws -> PseudoTerminal {
    try PseudoTerminal(
      program: "c3n", arguments: arguments,
      environment: environment.merging(
        ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS") || $0.key == "PATH" }
      ) { own, _ in own }, in: folder)
  }

  private func contents(_ name: String) -> String {
    (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? ""
  }

  /// An S4 data set in `data` of copies of an embedded clip, all in the split `test`, without the list that it should have.
  private func makeClips(_ names: [String]) throws {
    let source = Self.assets.appending(path: "Clips/Single-source/s4_data")
    for name in names {
      for part in ["visual_frames", "gt_masks"] {
        let target = folder.appending(path: "data/\(part)/test/dog/\(name)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for i in 1...5 {
          try FileManager.default.copyItem(
            at: source.appending(path: "\(part)/test/dog/dog_c3n_001/dog_c3n_001_\(i).png"),
            to: target.appending(path: "\(name)_\(i).png"))
        }
      }
      let sounds = folder.appending(path: "data/audio_wav/test/dog")
      try FileManager.default.createDirectory(at: sounds, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: source.appending(path: "audio_wav/test/dog/dog_c3n_001.wav"),
        to: sounds.appending(path: "\(name).wav"))
    }
  }

  // MARK: Streams

  /// Every data set here has a warning, so that something is written to standard error.
  @Test func aLostStandardErrorEndsNothing() throws {
    try makeClips(["a"])
    for (number, streams) in ["2>/dev/full", "2>&-", "<&- 2>&-"].enumerated() {
      let (status, text) = try shell("\"$0\" evaluate data --database \(number).sqlite \(streams)")
      #expect(status == 0 && text.contains("mIoU 0."), "\(streams): \(text)")
      // No file has become descriptor 2 and been written to.
      let (again, kept) = try shell("\"$0\" evaluate data --database \(number).sqlite")
      #expect(again == 0 && kept.contains("(1 from the database)"), "\(kept)")
    }
    let (_, text) = try shell(
      "{ \"$0\" evaluate data --database pipe.sqlite; echo $? >status; } 2>&1 >scores | true")
    #expect(contents("status") == "0\n" && contents("scores").contains("mIoU 0."), "\(text)")
    let (status, refused) = try shell("\"$0\" doctor nowhere 2>/dev/full; \"$0\" run nowhere 2>/dev/full")
    #expect(status == 1 && refused.contains("PROBLEM: nowhere"), "\(refused)")
    let training =
      "train data --train-split test --validation-split none --width 8 --epochs 1 --no-color-jitter"
    let (trained, lines) = try shell("\"$0\" \(training) --output run 2>/dev/full")
    #expect(trained == 0 && contents("run/log.csv").contains("\ntrain,1,"), "\(lines)")
    // With neither stream the run is complete, and its status tells that its words are lost.
    let (silent, _) = try shell("\"$0\" \(training) --output closed >&- 2>&-")
    #expect(silent == 1)
    for name in ["training.safetensors", "best.safetensors"] {
      #expect(
        FileManager.default.contentsEqual(atPath: path("run/\(name)"), andPath: path("closed/\(name)")),
        "\(name)")
    }
  }

  @Test func anOutputThatCannotBeWrittenIsAStatus() throws {
    try makeClips(["a"])
    for arguments in [
      "evaluate data --database r.sqlite --json", "evaluate data --database r.sqlite", "doctor nowhere",
      "--help",
      "evaluate --help", "--version",
    ] {
      let (status, text) = try shell("\"$0\" \(arguments) >/dev/full")
      #expect(
        status == 1 && text.contains("standard output: cannot be written: No space left on device"), "\(text)"
      )
      let (closed, reason) = try shell("\"$0\" \(arguments) >&-")
      #expect(closed == 1 && reason.contains("standard output: cannot be written"), "\(reason)")
    }
    // By a pipe of the test's own: a fault here must replace no device of the machine.
    let (status, text) = try shell(
      "mkfifo pipe; timeout 60 cat pipe >rows & \"$0\" evaluate data --database r.sqlite --csv pipe; status=$?; wait; exit $status"
    )
    #expect(
      status == 0 && contents("rows").hasPrefix("dataset,id,") && contents("rows").contains("\nS4,a,"),
      "\(text)")
    #expect(try shell("test -p pipe").status == 0, "a pipe is not replaced by a file")
    let (printed, rows) = try shell(
      "\"$0\" evaluate data --database r.sqlite --csv /dev/fd/3 3>&1 >/dev/null")
    #expect(printed == 0 && rows.contains("\nS4,a,"), "\(rows)")
    // A link stays one.
    let (linked, _) = try shell(
      "ln -s rows link; \"$0\" evaluate data --database r.sqlite --csv link && test -h link")
    #expect(linked == 0 && contents("rows").hasPrefix("dataset,id,"))
  }

  @Test func aReaderThatHasSeenEnoughIsNoError() throws {
    let (_, text) = try shell("{ \"$0\" doctor embedded; echo $? >status; } | true")
    #expect(contents("status") == "141\n" && text.isEmpty, "\(contents("status")) \(text)")
    // A run in front of `head` is made to its end.
    try makeClips(["a"])
    let training =
      "train data --output run --train-split test --validation-split test --width 8 --no-color-jitter"
    let (_, lines) = try shell("{ \"$0\" \(training) --epochs 3; echo $? >status; } 2>errors | head -1")
    #expect(contents("status") == "141\n" && lines.contains("3 epochs of 1 steps"), "\(contents("errors"))")
    #expect(contents("run/log.csv").contains("\nval,3,3,"))
  }

  // MARK: Signals

  private static let training = [
    "train", "data", "--output", "run", "--train-split", "test", "--validation-split", "test", "--width", "8",
    "--batch", "1",
    "--epochs", "300", "--no-color-jitter",
  ]

  private func waitForSteps(_ process: ChildProcess) {
    let limit = ContinuousClock.now + .seconds(120)
    while !process.hasEnded, ContinuousClock.now < limit, !contents("run/log.csv").contains("\ntrain,2,") {
      usleep(5000)
    }
  }

  @Test(arguments: [SIGTERM, SIGHUP]) func aTrainingSavesBeforeItEnds(_ signal: Int32) throws {
    try makeClips(["a", "b"])
    let process = try start("exec \"$0\" " + Self.training.joined(separator: " "))
    waitForSteps(process)
    // A closing terminal and a scheduler send more than one.
    for _ in 1...3 { process.kill(signal) }
    #expect(
      process.wait() == .status(128 + signal) && process.text.contains("go on with --resume"),
      "\(process.text)")
    let names = try FileManager.default.contentsOfDirectory(atPath: path("run"))
    #expect(names.contains("training.safetensors") && !names.contains { $0.hasPrefix(".") }, "\(names)")
  }

  @Test func aTrainingSurvivesTheEndOfItsTerminal() throws {
    try makeClips(["a", "b"])
    let terminal = try terminal(Self.training)
    try terminal.expect("step 2/", within: 120)
    terminal.hangUp()
    #expect(try terminal.end() == 128 + SIGHUP)
    #expect(FileManager.default.fileExists(atPath: path("run/training.safetensors")))
  }

  /// As `nohup` does; what was to be ignored is.
  @Test func ignoredSignalsStayIgnored() throws {
    try makeClips(["a", "b"])
    let process = try start("trap '' HUP INT; exec \"$0\" " + Self.training.joined(separator: " "))
    waitForSteps(process)
    process.kill(SIGHUP)
    process.kill(SIGINT)
    usleep(300_000)
    #expect(!process.hasEnded, "\(process.text)")
    process.kill(SIGTERM)
    #expect(process.wait() == .status(128 + SIGTERM))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func anEvaluationEndsAfterItsClip(_ signal: Int32) throws {
    let names = (10..<60).map { "c\($0)" }
    try makeClips(names)
    let evaluation = ["evaluate", "data", "--database", "r.sqlite"]
    let terminal = try terminal(evaluation)
    try terminal.expect("S4: 2 of 50 clips", within: 120)
    kill(terminal.process, signal)
    #expect(try terminal.end() == 128 + signal)
    let name = [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal]!
    let told = try #require(
      terminal.text.firstMatch(of: /stopped by (\w+): (\d+) of 50 clips of S4 are done and in the database/))
    #expect(told.1 == name && Int(told.2)! >= 2 && Int(told.2)! < 50, "\(terminal.text)")
    let (status, text) = try shell("\"$0\" evaluate data --database r.sqlite --limit \(told.2)")
    #expect(status == 0 && text.contains("(\(told.2) from the database)"), "\(text)")
  }

  // MARK: The folder of a run

  @Test func twoTrainingsDoNotShareAFolder() throws {
    try makeClips(["a", "b"])
    let first = try start("exec \"$0\" " + Self.training.joined(separator: " ") + " --save-every 0.0001")
    waitForSteps(first)
    for resume in ["", " --resume"] {
      let second = try ChildProcess(
        "/bin/sh", ["-c", "exec \"$0\" \(Self.training.joined(separator: " "))\(resume)", Self.program],
        environment: environment, in: folder, output: path("second"))
      #expect(second.wait() == .status(1))
      #expect(
        second.text.contains("Error: run: another training writes to this folder (process "), "\(second.text)"
      )
    }
    first.kill(SIGINT)
    #expect(first.wait() == .status(130), "\(first.text)")
    try makeClips(["c"])
    let (status, text) = try shell("\"$0\" train data --output run --resume")
    #expect(
      status == 1 && text.contains("Error: run: the run was begun with ")
        && text.contains("2 clips of 'test'")
        && text.contains("3 clips of 'test'"), "\(text)")
  }

  // MARK: The database

  @Test func aDatabaseThatIsDeletedIsMadeAgain() throws {
    try makeClips((10..<60).map { "c\($0)" })
    let terminal = try terminal(["evaluate", "data", "--database", "r.sqlite"])
    try terminal.expect("S4: 3 of 50 clips", within: 120)
    for suffix in ["", "-wal", "-shm"] { unlink(path("r.sqlite" + suffix)) }
    var text = ""
    let limit = ContinuousClock.now + .seconds(120)
    while !terminal.hasEnded, ContinuousClock.now < limit {
      _ = terminal.bytes(within: 50, first: 500)
      text += terminal.text
    }
    #expect(try terminal.end() == 0)
    text += terminal.text
    #expect(
      text.contains("r.sqlite: was deleted or replaced meanwhile; results go to the new file, without the "),
      "\(text)")
    let (status, again) = try shell("\"$0\" evaluate data --database r.sqlite")
    let kept = try #require(again.firstMatch(of: /\((\d+) from the database\)/).flatMap { Int($0.1) })
    #expect(status == 0 && kept >= 40 && kept < 50, "\(kept)")
  }

  /// With rights that even the administrator cannot go round.
  private var unprivileged: String? {
    if geteuid() != 0 { return "\"$0\"" }
    let program = "/usr/bin/setpriv"
    guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
    return
      "\(program) --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search \"$0\""
  }

  @Test func aDatabaseThatCannotBeWrittenIsRead() throws {
    let c3n = try #require(unprivileged, "setpriv is not installed")
    try makeClips(["a", "b"])
    try FileManager.default.createDirectory(
      at: folder.appending(path: "other's"), withIntermediateDirectories: true)
    let command = "evaluate data --database \"other's/r?#%.sqlite\""
    #expect(try shell("\"$0\" \(command) --limit 1").status == 0)
    let file = path("other's/r?#%.sqlite")
    let before = try #require(FileManager.default.contents(atPath: file))
    for mode: (folder: mode_t, file: mode_t) in [(0o755, 0o444), (0o555, 0o444), (0o555, 0o644)] {
      chmod(file, mode.file)
      chmod(path("other's"), mode.folder)
      defer { chmod(path("other's"), 0o755) }
      let (kept, known) = try shell("\(c3n) \(command) --limit 1")
      #expect(
        kept == 0 && known.contains("(1 from the database)") && !known.contains("can only be read"),
        "\(known)")
      let (status, text) = try shell("\(c3n) \(command)")
      // A file of one's own in a folder of another's can be read, too, but has no place for SQLite's log.
      #expect(status == 0 && text.contains("2 clips (1 from the database)"), "\(text)")
      #expect(text.components(separatedBy: "can only be read").count == 2, "once: \(text)")
      let (seen, screen) = try shell(
        "\(c3n) explore data --snapshot clips --database \"other's/r?#%.sqlite\" --size 120x24")
      #expect(seen == 0 && screen.contains("evaluated 20"), "\(screen)")
    }
    #expect(FileManager.default.contents(atPath: file) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("other's")) == ["r?#%.sqlite"])
  }

  @Test func withoutAStateDirectoryScoresArePrinted() throws {
    try makeClips(["a"])
    try Data().write(to: folder.appending(path: "state"))
    let (status, text) = try shell("\"$0\" evaluate data")
    #expect(status == 0 && text.contains("mIoU 0.") && text.contains("new results are not kept"), "\(text)")
    // Who names a file means it.
    let (refused, reason) = try shell("\"$0\" evaluate data --database state/r.sqlite")
    #expect(
      refused == 1 && !reason.contains("mIoU")
        && reason.contains("state/r.sqlite: the database of results cannot be made"), "\(reason)")
    let (shown, screen) = try shell("\"$0\" explore data --snapshot inspect --clip a")
    #expect(shown == 0 && screen.contains("IoU"), "\(screen)")
    #expect(try shell("\"$0\" run dog_c3n_001 >/dev/null").status == 0)
  }

  /// No file can grow beyond 64 KiB, SQLite's log neither, as on a disk that fills up.
  @Test func scoresThatCannotBeStoredAreTold() throws {
    try makeClips((0..<9).map { "c\($0)" })
    let (status, text) = try shell(
      "trap '' XFSZ; ulimit -f 128; exec \"$0\" evaluate data --database r.sqlite")
    #expect(status == 1 && text.contains("9 clips (0 from the database)"), "\(text)")
    let told = try #require(
      text.firstMatch(of: #/Error: scores of (\d) clips? are not in the database: r\.sqlite: /#), "\(text)")
    #expect(text.components(separatedBy: "it is tried again").count == 2, "once: \(text)")
    let (again, kept) = try shell("\"$0\" evaluate data --database r.sqlite")
    #expect(again == 0 && kept.contains("(\(9 - Int(told.1)!) from the database)"), "\(kept)")
  }

  // MARK: Names

  @Test func namesSteerNoTerminalAndComeBack() throws {
    let name = "a\u{9b}31m\u{202e}b\u{1b}[2J\n\\c"
    try makeClips([name])
    let (status, json) = try shell(
      "\"$0\" evaluate data --database r.sqlite --json --csv clips.csv 2>/dev/null")
    #expect(status == 0)
    for text in [json, contents("clips.csv")] {
      #expect(
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
      )
      #expect(!text.contains("\u{202e}") && text.contains(#"a\u009b31m\u202eb\u001b[2J"#), "\(text)")
    }
    struct Report: Decodable {
      struct Clip: Decodable { let id: String }
      let clips: [Clip]
    }
    #expect(try JSONDecoder().decode([Report].self, from: Data(json.utf8))[0].clips.map(\.id) == [name])
    #expect(contents("clips.csv").split(separator: "\n").count == 2)
    let (_, difference) = try shell("\"$0\" evaluate --diff clips.csv clips.csv --json")
    struct Difference: Decodable {
      struct Line: Decodable { let clip: String }
      let clips: [Line]
    }
    #expect(
      try JSONDecoder().decode(Difference.self, from: Data(difference.utf8)).clips.map(\.clip) == [
        "S4 \(name)"
      ])
  }
}
