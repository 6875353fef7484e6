import Foundation
import Glibc
import PseudoTerminal
import TerminalUI
import Testing

/// Weight files that others write to while the program runs: what is computed belongs to the bytes that were loaded.
@Suite(.serialized) final class ChangingFilesTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private let folder = FileManager.default.temporaryDirectory.appending(path: "changing-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func start(_ arguments: [String], output: String = "output") throws -> ChildProcess {
    try ChildProcess(
      "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path], output: path(output))
  }

  private func c3n(_ arguments: String...) throws -> (status: Int32, text: String) {
    let process = try start(arguments)
    return (try process.status(), process.text)
  }

  /// An S4 data set of copies of an embedded clip, all in the split `test`.
  private func makeClips(_ count: Int) throws -> String {
    let source = Self.assets.appending(path: "Clips/Single-source/s4_data")
    for name in (1...count).map({ "clip\($0)" }) {
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

  /// The embedded decoder in single precision, whose vectors the model is lent; and a file of the same size with zeros for
  /// numbers.
  private func makeWeights() throws -> (right: Data, wrong: Data) {
    let (status, text) = try c3n(
      "weights", Self.assets.appending(path: "Weights/lite-decoder.f16.safetensors").path, "--export",
      path("weights.safetensors"), "--brief")
    try #require(status == 0, "\(text)")
    let right = try Data(contentsOf: folder.appending(path: "weights.safetensors"))
    let header = 8 + right.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return (right, right.prefix(header) + Data(count: right.count - header))
  }

  /// Writes over a file without making it another one.
  private func overwrite(_ name: String, _ bytes: Data) throws {
    let file = try FileHandle(forWritingTo: folder.appending(path: name))
    try file.write(contentsOf: bytes)
    try file.close()
  }

  /// The IoU of each clip, and how many were read from the database.
  private struct Evaluated: Equatable {
    let iou: Double
    let fromDatabase: Int
  }

  private func evaluated(_ data: String, _ database: String) throws -> Evaluated {
    let (status, text) = try c3n(
      "evaluate", data, "--weights", path("weights.safetensors"), "--database", path(database), "--csv",
      path("\(database).csv"))
    try #require(status == 0, "\(text)")
    let rows = try String(contentsOfFile: path("\(database).csv"), encoding: .utf8).split(separator: "\n")
      .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    try #require(Set(rows.map { $0[5] }).count == 1, "the same clip, the same score: \(rows)")
    return Evaluated(
      iou: try #require(Double(rows[0][5])), fromDatabase: rows.count { $0.last == "database" })
  }

  /// What may become of a weights file during a run.
  enum Fate: String, CaseIterable, Sendable {
    case rewritten, cutShort, removed, replaced, touched
  }

  @Test(arguments: Fate.allCases) func anEvaluationIsOfTheFileThatWasLoaded(_ fate: Fate) throws {
    let data = try makeClips(9)
    let (right, wrong) = try makeWeights()
    let run = try start(
      ["evaluate", data, "--weights", path("weights.safetensors"), "--database", path("results")],
      output: "run")
    // The second clip is stored: the database's log has its folder.
    let limit = ContinuousClock.now + .seconds(120)
    func isUnderWay() -> Bool {
      (try? Data(contentsOf: folder.appending(path: "results-wal")))?.range(of: Data("/dog/clip2".utf8))
        != nil
    }
    while !run.hasEnded, !isUnderWay(), ContinuousClock.now < limit { usleep(2000) }
    try #require(!run.hasEnded && isUnderWay(), "\(run.text)")
    switch fate {
    case .rewritten: try overwrite("weights.safetensors", wrong)
    case .cutShort: #expect(truncate(path("weights.safetensors"), 100) == 0)
    case .removed: try FileManager.default.removeItem(atPath: path("weights.safetensors"))
    case .replaced: try wrong.write(to: folder.appending(path: "weights.safetensors"), options: .atomic)
    case .touched: #expect(utimensat(AT_FDCWD, path("weights.safetensors"), nil, 0) == 0)
    }
    #expect(run.wait() == .status(0), "\(run.text)")
    #expect(
      run.text.contains("Warning: \(path("weights.safetensors")): ")
        && run.text.contains(" since it was loaded")
        && run.text.contains("; the scores are those of the file as it was loaded"),
      "\(run.text)")

    try right.write(to: folder.appending(path: "weights.safetensors"), options: .atomic)
    let served = try evaluated(data, "results")
    #expect(served.fromDatabase == 9)
    #expect(try evaluated(data, "fresh") == Evaluated(iou: served.iou, fromDatabase: 0))
    try overwrite("weights.safetensors", wrong)
    let others = try evaluated(data, "results")
    #expect(others.fromDatabase == 0 && others.iou != served.iou, "zeros are another model")
  }

  /// Other weights of the same size, with the time of those before, as `cp -p` and `touch -r` leave them.
  @Test func weightsOfTheSameSizeAndTimeAreEvaluatedAnew() throws {
    let data = try makeClips(1)
    let (_, wrong) = try makeWeights()
    usleep(2_100_000)
    let right = try evaluated(data, "results")
    #expect(try evaluated(data, "results") == Evaluated(iou: right.iou, fromDatabase: 1))
    var status = stat()
    _ = stat(path("weights.safetensors"), &status)
    try overwrite("weights.safetensors", wrong)
    #expect(utimensat(AT_FDCWD, path("weights.safetensors"), [status.st_mtim, status.st_mtim], 0) == 0)
    let others = try evaluated(data, "results")
    #expect(others.fromDatabase == 0 && others.iou != right.iou)
  }

  // MARK: In the explorer

  /// Presses keys and repaints until the whole screen shows a text.
  private func press(_ keys: String, _ terminal: PseudoTerminal, until text: String) throws {
    terminal.type(keys)
    for attempt in 1...60 {
      terminal.type("\u{C}")
      _ = terminal.bytes(within: 100, first: 1000)
      if terminal.text.contains(text) { return }
      if attempt == 60 { try terminal.expect(text, within: 1) }
    }
  }

  private func dismissErrors(_ terminal: PseudoTerminal) {
    for _ in 1...3 {
      terminal.type("\u{1B}")
      _ = terminal.bytes(within: 150, first: 500)
    }
  }

  @Test func theExplorerTellsAChangedFileAndLoadsItAgain() throws {
    let data = try makeClips(1)
    let (right, wrong) = try makeWeights()
    let terminal = try PseudoTerminal(
      program: "c3n",
      arguments: [
        "explore", data, "--weights", path("weights.safetensors"), "--clip", "clip1", "--database",
        path("results"),
      ],
      environment: ["LC_ALL": "C.UTF-8", "C3N_ASSETS": Self.assets.path].merging(
        ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS") || $0.key == "PATH" }
      ) { own, _ in own }, size: Size(width: 200, height: 40))
    try press("", terminal, until: "precision")
    let score = try evaluated(data, "fresh").iou
    let shown = String(format: "clip IoU %.3f", score)
    #expect(terminal.text.contains(shown), "\(terminal.text)")

    // Cut short, it cannot be loaded again: what was loaded stays, and is still computed with.
    #expect(truncate(path("weights.safetensors"), 100) == 0)
    try press("a", terminal, until: "changed on disk since it was loaded")
    try press("A", terminal, until: shown)
    try press("Zr", terminal, until: "what was loaded stays")
    dismissErrors(terminal)
    try press("r", terminal, until: shown)

    try overwrite("weights.safetensors", wrong)
    dismissErrors(terminal)
    // Nothing of the mask is left. What the status line said of it, the run's end has replaced.
    try press("Zr", terminal, until: "clip IoU 0.000")
    #expect(!terminal.text.contains("since it was loaded"))
    terminal.type("qq")
    #expect(try terminal.end() == 0)
    #expect(terminal.modes == terminal.modesBefore)

    // Each has its own score in the database.
    #expect(try evaluated(data, "results").fromDatabase == 1)
    try right.write(to: folder.appending(path: "weights.safetensors"), options: .atomic)
    #expect(try evaluated(data, "results") == Evaluated(iou: score, fromDatabase: 1))
  }
}
