import C3N
import Explorer
import Foundation
import PseudoTerminal
import TerminalUI
import Testing

/// Sessions, configuration and import as a user has them: by the executable, with folders of their own.
@Suite(.serialized) final class SessionFileTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()
  private let folder: URL
  private let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "session-\(UUID().uuidString)")
    for part in ["state", "config/c3n", "bin"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: part), withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func environment(_ path: String) -> [String: String] {
    [
      "C3N_ASSETS": Self.package.appending(path: "Assets").path, "HOME": folder.path, "PATH": path,
      "XDG_STATE_HOME": folder.appending(path: "state").path,
      "XDG_CONFIG_HOME": folder.appending(path: "config").path, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
    ]
  }

  private var automatic: URL { folder.appending(path: "state/c3n/sessions/autosave-embedded.json") }

  private func terminal(_ arguments: [String] = []) throws -> PseudoTerminal {
    try PseudoTerminal(
      program: "c3n", arguments: ["explore"] + arguments, environment: environment(path),
      size: Size(width: 120, height: 40), in: folder)
  }

  /// Runs `c3n` in the test's folder; the text is its standard output and its errors.
  private func c3n(_ arguments: [String], path: String? = nil) throws -> (status: Int32, text: String) {
    let process = try ChildProcess(
      "c3n", arguments, environment: environment(path ?? self.path), in: folder,
      output: folder.appending(path: "output").path)
    return (try process.status(), process.text)
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  /// Waits for what another process writes.
  private func session(where isWanted: (Session) -> Bool) throws -> Session? {
    let limit = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < limit {
      if let data = try? Data(contentsOf: automatic) {
        // Whatever is there is whole: it was renamed.
        let session = try Session(json: data)
        if isWanted(session) { return session }
      }
      usleep(20_000)
    }
    return nil
  }

  @Test func aKilledProgramComesBack() throws {
    do {
      let terminal = try terminal()
      try terminal.expect("clips")
      terminal.type("jjsmk;cthird\rAA")
      let written = try session { $0.knobs.alpha == 0.2 && !$0.notes.isEmpty }
      #expect(written != nil, "a change is written by itself")
      kill(terminal.process, SIGKILL)
      #expect(try terminal.end() == -SIGKILL)
    }
    let names = try FileManager.default.contentsOfDirectory(
      atPath: automatic.deletingLastPathComponent().path)
    #expect(
      Set(names) == ["autosave-embedded.json", ".autosave-embedded.lock"], "no temporary file is left")
    let before = try Data(contentsOf: automatic)
    let again = try terminal()
    try again.expect("--fresh starts without")
    #expect(again.text.contains("0.20") && again.text.contains("'k *"))
    _ = again.bytes(within: 1200)
    #expect(try Data(contentsOf: automatic) == before, "what was not changed is not written")
    again.type("q")
    #expect(try again.end() == 0)

    let fresh = try terminal(["--fresh"])
    try fresh.expect("clips")
    #expect(!fresh.text.contains("'k *"))
    fresh.type("aq")
    #expect(try fresh.end() == 0)
    let last = try Session(json: Data(contentsOf: automatic))
    #expect(last.knobs.alpha == 0.05 && last.notes.isEmpty, "the last change is written at the end")
    #expect(try Data(contentsOf: file("previous-1")) == before, "a fresh start does not lose the notes")
    // Nor do two of them.
    for note in ["second", "third"] {
      let fresh = try terminal(["--fresh"])
      try fresh.expect("clips")
      fresh.type(";c\(note)\rq")
      #expect(try fresh.end() == 0)
    }
    #expect(try Session(json: Data(contentsOf: automatic)).notes.map(\.text) == ["third"])
    #expect(try Session(json: Data(contentsOf: file("previous-2"))).notes.map(\.text) == ["second"])
    #expect(try Data(contentsOf: file("previous-1")) == before)
  }

  /// A file beside the one that keeps itself.
  private func file(_ word: String) -> URL {
    automatic.deletingLastPathComponent().appending(path: "autosave-embedded.\(word).json")
  }

  @Test func twoExplorersOfOneDataSetShareTheirNotes() throws {
    let first = try terminal()
    try first.expect("clips")
    let second = try terminal()
    try second.expect("clips")
    first.type("jma;cof the first\r")
    #expect(try session { !$0.notes.isEmpty } != nil)
    second.type("jjmb;cof the second\r")
    let both = try session { $0.notes.count == 2 }
    #expect(both.map { Set($0.notes.map(\.text)) } == ["of the first", "of the second"])
    #expect(both?.bookmarks.keys.sorted() == ["a", "b"])
    try second.expect("taken up")
    // The first one hears of it with its own next change, here a deletion.
    first.type(";c\u{15}\r")
    #expect(try session { $0.notes.map(\.text) == ["of the second"] } != nil)
    try first.expect("taken up")

    // A fresh start beside them neither empties their notebook nor loses its own.
    let fresh = try ["third", "fourth"].map { note in
      let terminal = try terminal(["--fresh"])
      try terminal.expect("clips")
      terminal.type(";cof the \(note)\r")
      try terminal.expect("another explorer keeps these clips")
      return terminal
    }
    for terminal in [first, second] + fresh {
      terminal.type("q")
      #expect(try terminal.end() == 0)
    }
    #expect(try Session(json: Data(contentsOf: automatic)).notes.map(\.text) == ["of the second"])
    #expect(try Session(json: Data(contentsOf: file("apart-1"))).notes.map(\.text) == ["of the third"])
    #expect(try Session(json: Data(contentsOf: file("apart-2"))).notes.map(\.text) == ["of the fourth"])
  }

  @Test func aFreshStartDoesNotEmptyTheNotesOfOneThatCameLater() throws {
    do {
      let before = try terminal()
      try before.expect("clips")
      before.type(";cprecious\rq")
      #expect(try before.end() == 0)
    }
    let fresh = try terminal(["--fresh"])
    try fresh.expect("clips")
    let later = try terminal()
    try later.expect("--fresh starts without")
    later.type("j")
    #expect(try session { $0.view.selected != nil || !$0.notes.isEmpty } != nil)
    fresh.type("jj")
    try fresh.expect("another explorer keeps these clips")
    later.type("jjj")
    _ = later.bytes(within: 900)
    for terminal in [fresh, later] {
      terminal.type("q")
      #expect(try terminal.end() == 0)
    }
    #expect(try Session(json: Data(contentsOf: automatic)).notes.map(\.text) == ["precious"])
  }

  @Test(arguments: [
    ("{\"format\": \"c3n-session\",", "no JSON"),
    ("{\"format\": \"c3n-session\", \"version\": 99}", "version: found 99"),
  ]) func anUnreadableSessionIsKeptAside(_ text: String, _ expected: String) throws {
    try FileManager.default.createDirectory(
      at: automatic.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: automatic)
    let terminal = try terminal()
    try terminal.expect("error: ")
    terminal.type("aq\u{1B}q")
    #expect(try terminal.end() == 0)
    let aside = automatic.deletingLastPathComponent().appending(path: "autosave-embedded.unread-1.json")
    #expect(try String(contentsOf: aside, encoding: .utf8) == text)
    let (status, message) = try c3n(["explore", "--session", aside.path, "--snapshot", "clips"])
    #expect(status == 1 && message.contains("\(aside.lastPathComponent): ") && message.contains(expected))
    #expect(message.split(separator: "\n").count == 1, "\(message)")
  }

  @Test func aFreshStartKeepsWhatItCannotRead() throws {
    let text = "{\"format\": \"c3n-session\", \"version\": 99}"
    try FileManager.default.createDirectory(
      at: automatic.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: automatic)
    let fresh = try terminal(["--fresh"])
    try fresh.expect("clips")
    fresh.type("mcq")
    #expect(try fresh.end() == 0)
    #expect(fresh.text.contains("bookmarks and notes from before: "), "told also without a screen")
    #expect(try String(contentsOf: file("previous-1"), encoding: .utf8) == text)
    #expect(try Session(json: Data(contentsOf: automatic)).bookmarks.count == 1)
  }

  @Test func whatIsGivenGoesBeforeWhatWasKept() throws {
    var letters = Array("abcdefgh")
    func knobs(_ options: String...) throws -> Switches {
      let terminal = try terminal(options)
      try terminal.expect("clips")
      // Any change, so that it is written.
      terminal.type("m\(letters.removeFirst())q")
      #expect(try terminal.end() == 0)
      return try Session(json: Data(contentsOf: automatic)).knobs
    }
    let row = try knobs("--weights", "embedded:none", "--alpha", "0.3")
    #expect(row.consensus == .none && !row.audioFeatures && row.alpha == 0.3)
    let kept = try knobs("--beta", "0.5", "--alpha", "0.1")
    #expect(kept.consensus == .none && kept.alpha == 0.1 && kept.beta == 0.5)
    #expect(
      try knobs("--weights", "embedded:af+cc") == Switches(), "other weights begin as they were trained")
    let same = try knobs("--weights", "embedded:af+cc", "--alpha", "0.4")
    #expect(same.alpha == 0.4)
    #expect(try knobs("--weights", "embedded:af+cc") == same, "the weights that were there keep their knobs")
  }

  @Test func theShippedSessionFits() throws {
    let url = Self.package.appending(path: "Sessions/tour.json")
    let session = try Session(json: Data(contentsOf: url))
    #expect(session.bookmarks.count == 4 && session.notes.count == 2)
    let (status, text) = try c3n([
      "explore", "--session", "tour", "--snapshot", "inspect", "--size", "120x40",
    ])
    #expect(status == 0 && text.contains("note on the clip: Start here"), "\(text)")
    try write("' d\n", "keys")
    let (_, played) = try c3n(["explore", "--session", "tour", "--replay", "keys", "--size", "120x40"])
    #expect(
      played.contains("dog_cow_001") && played.contains("Two animals"), "all its clips are there: \(played)")
  }

  @Test func aSessionOfAnotherMachineOpensWhatIsHere() throws {
    try write(
      """
      {"format": "c3n-session", "version": 1, "dataset": "/nowhere/data", "clip": "x",
       "models": [{"weights": ["/nowhere/a.pth"]}], "knobs": {"alpha": 0.3}}
      """, "other.json")
    try write("", "keys")
    let (status, text) = try c3n([
      "explore", "--session", "./other.json", "--replay", "keys", "--size", "200x30",
    ])
    #expect(status == 0 && text.contains("0.30") && text.contains("/nowhere/a.pth"), "\(text)")
    let (missing, message) = try c3n(["explore", "--session", "nothing", "--snapshot", "clips"])
    #expect(
      missing == 1 && message.contains("no session nothing; there") && message.contains("tour"), "\(message)")
  }

  @Test func replaysSaveAndOpenSessions() throws {
    try write("# a remark\nA Z s \"mine\" Enter a a\nZ o \"mine\" Enter\n", "keys")
    let (status, text) = try c3n(["explore", "--replay", "keys", "--size", "120x30"])
    #expect(status == 0 && text.contains("0.15") && text.contains("session mine"), "\(text)")
    #expect(
      FileManager.default.fileExists(atPath: folder.appending(path: "state/c3n/sessions/mine.json").path))
    #expect(!FileManager.default.fileExists(atPath: automatic.path), "a script does not keep itself")
    try write("A\nFoo\n", "keys")
    let (bad, problem) = try c3n(["explore", "--replay", "keys"])
    #expect(bad == 1 && problem.contains("keys: line 2: found Foo"), "\(problem)")
  }

  @Test func configurationsAreRead() throws {
    try write(
      #"{"theme": "light", "roles": {"key": "bright-red"}, "keys": {"alpha + 0.05": ["J", "F5"]}}"#,
      "config/c3n/config.json")
    try write("J F5", "keys")
    let (status, text) = try c3n(["explore", "--replay", "keys"])
    #expect(status == 0 && text.contains("0.20"), "\(text)")
    for (json, expected) in [
      (#"{"theme": "pink"}"#, "theme: found \"pink\", expected one of dark, high-contrast, light"),
      (#"{"keys": {"run": "x"}}"#, "keys.\"run\": x collides with x, which is \"cancel\""),
      (#"{"keys": {"rum": "x"}}"#, "closest: \"run\""), (#"{"colour": 1}"#, "colour: no such entry"),
      (#"{"roles": {"key": "mauve"}}"#, "roles.key: found \"mauve\""), ("{\n oops", "no JSON"),
    ] {
      try write(json, "config/c3n/config.json")
      let (bad, problem) = try c3n(["explore", "--snapshot", "clips"])
      #expect(bad == 1 && problem.contains("config.json: ") && problem.contains(expected), "\(problem)")
    }
  }

  // MARK: Sound

  /// A player that writes its process and its last argument, then does what the script says.
  private func makePlayer(_ script: String) throws {
    try write("#!/bin/sh\necho $$ $1 > \"\(folder.path)/played\"\n\(script)\n", "bin/player")
    chmod(folder.appending(path: "bin/player").path, 0o755)
    try write("{\"player\": [\"\(folder.path)/bin/player\"]}", "config/c3n/config.json")
  }

  private func listening() throws -> PseudoTerminal {
    let terminal = try terminal(["--clip", "dog_c3n_001"])
    try terminal.expect("precision")
    terminal.type("Lc")
    return terminal
  }

  /// The player's process and file, once it has begun.
  private func played() throws -> (process: pid_t, file: String) {
    let limit = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < limit {
      let words = ((try? String(contentsOf: folder.appending(path: "played"), encoding: .utf8)) ?? "")
        .split(whereSeparator: \.isWhitespace)
      if words.count == 2, let process = pid_t(words[0]) { return (process, String(words[1])) }
      usleep(20_000)
    }
    throw CocoaError(.fileNoSuchFile)
  }

  @Test(arguments: [
    ("exit 3", "player ended with status 3: is there a sound device?"),
    ("exit 0", "of 5.0 s: is there a sound device?"),
  ]) func aPlayerThatFailsIsTold(_ script: String, _ expected: String) throws {
    try makePlayer(script)
    let terminal = try listening()
    try terminal.expect(expected)
    #expect(!FileManager.default.fileExists(atPath: try played().file))
    terminal.type("qq")
    #expect(try terminal.end() == 0)
  }

  @Test func noPlayerIsLeftBehind() throws {
    try makePlayer("exec sleep 60")
    let terminal = try listening()
    try terminal.expect("playing the clip")
    let (process, file) = try played()
    #expect(kill(process, 0) == 0 && FileManager.default.fileExists(atPath: file))
    terminal.type("qq")
    #expect(try terminal.end() == 0, "the end does not wait for the sound")
    #expect(!FileManager.default.fileExists(atPath: file))
    // Its parent is gone: whoever inherits it reaps it.
    for _ in 0..<250 where Self.isAlive(process) { usleep(20_000) }
    #expect(!Self.isAlive(process))
  }

  /// Whether a process is there and has not ended.
  private static func isAlive(_ process: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
      return false
    }
    return status.split(separator: ")").last?.dropFirst().first != "Z"
  }

  // MARK: Import

  /// An ffmpeg that writes its arguments, and so many frames.
  private func makeFFmpeg(frames: Int, samples: Int = 80_000, status: Int = 0) throws {
    let script = """
      #!/bin/sh
      printf '%s\\n' "$@" > "\(folder.path)/arguments"
      i=1; while [ $i -le \(frames) ]; do echo png > $i.png; i=$((i+1)); done
      head -c \(44 + 2 * samples) /dev/zero > sound.wav
      echo "moov atom not found" >&2
      exit \(status)
      """
    try write(script, "bin/ffmpeg")
    chmod(folder.appending(path: "bin/ffmpeg").path, 0o755)
  }

  @Test(arguments: ["two words.mp4", "-dash.mp4", "h\u{fc}nd 100% \u{732b}.mkv"])
  func videosOfAnyNameAreImported(_ name: String) throws {
    try makeFFmpeg(frames: 5)
    try write("video", name)
    let search = folder.appending(path: "bin").path + ":/usr/bin:/bin"
    let (status, text) = try c3n(["import", name, "--start", "2.5"].filter { !$0.isEmpty }, path: search)
    #expect(status == 0, "\(text)")
    let clip = "\(name.dropLast(4))-2.5s"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: clip).path)
      .sorted()
    #expect(files == ((1...5).map { "\(clip)_\($0).png" } + ["\(clip).wav"]).sorted())
    let arguments = try String(contentsOf: folder.appending(path: "arguments"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    #expect(arguments[3...6] == ["-ss", "2.5", "-t", "5"] && arguments[8] == "file:\(folder.path)/\(name)")
    #expect(arguments.contains("16000") && arguments.last == "sound.wav")
    let (again, message) = try c3n(["import", name, "--start", "2.5"], path: search)
    #expect(again == 1 && message.contains("is there already"), "\(message)")
  }

  @Test func importLeavesNothingHalf() throws {
    try write("video", "v.mp4")
    let search = folder.appending(path: "bin").path + ":/usr/bin:/bin"
    for (frames, samples, status, expected) in [
      (5, 80_000, 1, "v.mp4: ffmpeg cannot read it: moov atom not found"),
      (3, 80_000, 0, "v.mp4: no picture in second 4 after 0.0 s, expected 5 seconds"),
      (5, 16_000, 0, "v.mp4: 1.0 s of sound after 0.0 s, expected 5"),
    ] {
      try makeFFmpeg(frames: frames, samples: samples, status: status)
      let (code, message) = try c3n(["import", "v.mp4"], path: search)
      #expect(code == 1 && message.contains(expected), "\(message)")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!left.contains("v") && !left.contains { $0.hasSuffix(".partial") }, "\(left)")
    }
    let (code, message) = try c3n(["import", "v.mp4"], path: folder.appending(path: "state").path)
    #expect(
      code == 1 && message == "Error: no ffmpeg on the search path; install it: sudo apt-get install ffmpeg\n"
    )
    let (missing, absent) = try c3n(["import", "w.mp4"], path: search)
    #expect(missing == 1 && absent.contains("w.mp4: no such video"))
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg"), "ffmpeg is not installed"))
  func aRealVideoIsImported() throws {
    let make = try ChildProcess(
      "/usr/bin/ffmpeg",
      [
        "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=96x64:rate=7:duration=3.5", "-f",
        "lavfi",
      ]
        + ["-i", "sine=frequency=440:duration=3.5", "-c:v", "mpeg4", "-c:a", "pcm_s16le", "test.mkv"],
      in: folder, output: folder.appending(path: "ffmpeg.txt").path)
    #expect(make.wait() == .status(0), "\(make.text)")
    let (status, text) = try c3n(["import", "test.mkv", "--seconds", "3", "--output", "clip"])
    #expect(status == 0, "\(text)")
    let (healthy, report) = try c3n(["doctor", "clip"])
    #expect(healthy == 0 && report.contains("1 clip"), "\(report)")
    let (short, message) = try c3n(["import", "test.mkv", "--seconds", "5", "--output", "other"])
    #expect(short == 1 && message.contains("no picture in second 5"), "\(message)")
    #expect(
      message.contains("--seconds 4 takes what is there") || message.contains("--seconds 3"), "\(message)")
    let (early, advice) = try c3n(["import", "test.mkv", "--start", "30", "--output", "other"])
    #expect(early == 1 && advice.contains("--start begins earlier"), "\(advice)")
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg"), "ffmpeg is not installed"),
    arguments: [
      ("testsrc=size=96x64:duration=2", "mpeg4", "no sound stream"),
      ("sine=duration=2", "pcm_s16le", "no picture stream"),
    ])
  func whatAVideoLacksIsTold(_ source: String, _ codec: String, _ expected: String) throws {
    let make = try ChildProcess(
      "/usr/bin/ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-c", codec, "half.mkv"],
      in: folder, output: folder.appending(path: "ffmpeg.txt").path)
    #expect(make.wait() == .status(0), "\(make.text)")
    let (status, text) = try c3n(["import", "half.mkv", "--seconds", "2"])
    #expect(
      status == 1 && text == "Error: half.mkv: has \(expected), expected a video with picture and sound\n",
      "\(text)")
  }
}
