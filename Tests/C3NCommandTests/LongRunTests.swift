import Foundation
import PseudoTerminal
import Testing

/// Commands that go on for long: trainings that are stopped, evaluations of files that cannot be read.
@Suite final class LongRunTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private let folder = FileManager.default.temporaryDirectory.appending(path: "long-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Starts `c3n` with its output and errors in a file.
  private func start(_ arguments: [String], output: String) throws -> ChildProcess {
    try ChildProcess(
      "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path], output: path(output))
  }

  private func c3n(_ arguments: String...) throws -> (status: Int32, text: String) {
    let process = try start(arguments, output: "output")
    return (try process.status(), process.text)
  }

  /// An S4 data set of copies of an embedded clip, all in the split `test`.
  private func makeClips(_ names: String...) throws -> String {
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
    return path("data")
  }

  /// In processes of their own, with as many threads as the machine has processors.
  @Test func aTrainingThatIsStoppedAndGoesOnMakesTheSameBytes() throws {
    let data = try makeClips("a", "b")
    func arguments(_ output: String) -> [String] {
      [
        "train", data, "--output", path(output), "--train-split", "test", "--validation-split", "none",
        "--epochs", "2", "--batch", "1", "--width", "16",
      ]
    }
    let whole = try start(arguments("whole"), output: "whole.txt")
    #expect(whole.wait() == .status(0), "\(whole.text)")

    let pieces = try start(arguments("pieces"), output: "pieces.txt")
    let limit = ContinuousClock.now + .seconds(120)
    // Wherever it is when the signal comes, the result is the same.
    while !pieces.hasEnded, ContinuousClock.now < limit,
      !((try? String(contentsOfFile: path("pieces/log.csv"), encoding: .utf8)) ?? "").contains(
        "\ntrain,1,")
    {
      usleep(5000)
    }
    pieces.kill(SIGINT)
    #expect(pieces.wait() == .status(130) && pieces.text.contains("go on with --resume"), "\(pieces.text)")
    let (status, rest) = try c3n("train", data, "--output", path("pieces"), "--resume")
    #expect(status == 0, "\(rest)")
    for name in ["training.safetensors", "best.safetensors"] {
      #expect(
        FileManager.default.contentsEqual(atPath: path("whole/\(name)"), andPath: path("pieces/\(name)")),
        "\(name)")
    }

    let (exported, report) = try c3n(
      "weights", path("whole/training.safetensors"), "--export", path("network.safetensors"), "--part",
      "network", "--brief")
    #expect(exported == 0, "\(report)")
    let (_, listed) = try c3n("weights", path("network.safetensors"))
    #expect(listed.contains(/tpavi_1.W_z.1.num_batches_tracked +I64 +\[\]/), "\(listed)")
    #expect(!listed.contains("audio_backbone.") && listed.contains("path4.resConfUnit1.conv1.weight"))
  }

  /// Killed three times, at whatever step that is; the last checkpoint must be whole each time.
  @Test(arguments: ["1", "2"]) func aTrainingThatIsKilledGoesOnToTheSameBytes(threads: String) throws {
    let data = try makeClips("a", "b")
    func arguments(_ output: String) -> [String] {
      [
        "train", data, "--output", path(output), "--train-split", "test", "--validation-split", "test",
        "--epochs", "6", "--batch", "1", "--width", "8", "--no-color-jitter", "--threads", threads,
      ]
    }
    let whole = try start(arguments("whole"), output: "whole.txt")
    #expect(whole.wait() == .status(0), "\(whole.text)")
    #expect(whole.text.contains("no s4_meta_data.csv: the clips are what the folders hold"), "\(whole.text)")

    var command = arguments("pieces")
    for kill in 1...3 {
      let run = try start(command + ["--save-every", "0.0001"], output: "pieces.txt")
      let limit = ContinuousClock.now + .seconds(120)
      while !run.hasEnded, ContinuousClock.now < limit,
        !((try? String(contentsOfFile: path("pieces/log.csv"), encoding: .utf8)) ?? "").contains(
          "\ntrain,\(3 * kill),")
      {
        usleep(5000)
      }
      run.kill(SIGKILL)
      #expect(run.wait() == .signal(SIGKILL))
      let (status, text) = try c3n("weights", path("pieces/training.safetensors"), "--brief")
      #expect(status == 0, "\(text)")
      command = ["train", data, "--output", path("pieces"), "--resume", "--threads", threads]
    }
    #expect(try start(command, output: "pieces.txt").wait() == .status(0))
    for name in ["training.safetensors", "best.safetensors"] {
      #expect(
        FileManager.default.contentsEqual(atPath: path("whole/\(name)"), andPath: path("pieces/\(name)")),
        "\(name)")
    }
    /// Kind, step, epoch, loss and its parts: everything before what the machine's speed decides.
    func rows(_ run: String) throws -> [[Substring]] {
      try String(contentsOfFile: path("\(run)/log.csv"), encoding: .utf8).split(separator: "\n").map {
        Array($0.split(separator: ",", omittingEmptySubsequences: false).prefix(7))
      }
    }
    #expect(try rows("pieces") == rows("whole"))
  }

  @Test func anEvaluationTellsWhichClipCannotBeRead() throws {
    let data = try makeClips("a", "b", "c", "d")
    for (name, file) in [
      ("b", "audio_wav/test/dog/b.wav"), ("c", "visual_frames/test/dog/c/c_2.png"),
    ] {
      try Data("damaged \(name)".utf8).write(to: folder.appending(path: "data/\(file)"))
    }
    for (count, source) in [(0, "computed"), (2, "database")] {
      let (status, text) = try c3n(
        "evaluate", data, "--database", path("results.sqlite"), "--csv", path("clips.csv"))
      #expect(status == 1)
      #expect(text.contains("b.wav") && text.contains("c_2.png"), "\(text)")
      let rows = try String(contentsOfFile: path("clips.csv"), encoding: .utf8).split(separator: "\n")
        .dropFirst()
      #expect(
        rows.map { $0.split(separator: ",")[1] } == ["a", "d"] && rows.allSatisfy { $0.hasSuffix(source) })
      #expect(Set(rows.map { $0.split(separator: ",")[5] }).count == 1, "the same clip, the same score")
      #expect(count == 0 || text.contains("(\(count) from the database)"), "\(text)")
    }
  }

  /// The paper's Table III is of the split `val`; these clips have `test` alone.
  @Test func aTableOfASplitThatIsNotThereIsOfTheTestSplit() throws {
    let data = try makeClips("a")
    let (status, text) = try c3n(
      "evaluate", data, "--table", "III", "--database", path("results.sqlite"))
    #expect(status == 0 && text.contains("on split test"), "\(text)")
    #expect(text.contains("the paper's numbers are of split val"), "\(text)")
    let (refused, reason) = try c3n(
      "evaluate", data, "--table", "III", "--split", "val", "--database", path("results.sqlite"))
    #expect(refused == 1 && reason.contains("no clips of split val"), "\(reason)")
  }

  @Test func onlyOneThingIsMeasuredAtATime() throws {
    let (status, text) = try c3n("bench", "--clips", "4", "--cold")
    #expect(status != 0 && text.contains("--clips and --cold exclude each other"), "\(text)")
    #expect(try c3n("bench", "--clips", "1").text.contains("--clips 1: expected 2 or more"))
  }

  @Test func aRunTellsWhenItsMasksWereThere() throws {
    let (status, text) = try c3n("run", "dog_c3n_001", "--json")
    #expect(status == 0)
    struct Output: Decodable {
      let secondsAfterLaunch: [String: Double]
    }
    let stamps = try JSONDecoder().decode(Output.self, from: Data(text.utf8)).secondsAfterLaunch
    #expect(stamps["model"]! > 0 && stamps["masks"]! >= stamps["model"]!)
  }
}
