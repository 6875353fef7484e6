import Foundation
import PseudoTerminal
import Testing

/// The executable as a user runs it, on small data sets made of the embedded clips.
@Suite struct CommandTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private let folder = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID().uuidString)")

  /// Runs `c3n`; the text is its standard output and its errors.
  private func c3n(_ arguments: String...) throws -> (status: Int32, text: String) { try c3n(arguments) }

  private func c3n(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "c3n-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = try ChildProcess(
      "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path], output: output)
    return (try process.status(), process.text)
  }

  /// Makes an S4 data set of one clip with another name, and runs `body` with its path.
  private func withClip(_ name: String, _ body: (String) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = Self.assets.appending(path: "Clips/Single-source/s4_data")
    for (part, suffix) in [("visual_frames", ""), ("gt_masks", ""), ("audio_wav", ".wav")] {
      let target = folder.appending(path: "\(part)/test/dog")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      let copy = target.appending(path: name + suffix)
      try FileManager.default.copyItem(
        at: source.appending(path: "\(part)/test/dog/dog_c3n_001\(suffix)"), to: copy)
      guard suffix.isEmpty else { continue }
      for i in 1...5 {
        try FileManager.default.moveItem(
          at: copy.appending(path: "dog_c3n_001_\(i).png"), to: copy.appending(path: "\(name)_\(i).png"))
      }
    }
    try body(folder.path)
  }

  @Test(arguments: [
    "-h_clip_abcd", "--iSerV5DbY_68000_78000", "--hIm4-abcd", "two words", "\u{fc}n\u{ef}\u{732b}",
    "esc\u{1b}[31m\nred",
  ])
  func clipsOfAnyNameRun(name: String) throws {
    try withClip(name) { path in
      let (status, text) = try c3n("run", "--dataset", path, name, "--no-non-local")
      #expect(status == 0, "\(text)")
      #expect(text.contains("frame 5\n"))
      #expect(!text.contains("\u{1b}") && !text.contains("OVERVIEW"))
      let (healthy, report) = try c3n("doctor", path)
      #expect(healthy == 0, "\(report)")
      #expect(report.contains("S4, 1 clip\n") && report.hasSuffix("\nok\n"))
    }
  }

  /// What the explorer evaluates in the background is there the next time, and for `c3n evaluate`.
  @Test func evaluatedClipsAreKept() throws {
    try withClip("dog_1") { path in
      let keys = folder.appending(path: "keys").path
      let database = folder.appending(path: "results.sqlite").path
      func table(_ script: String) throws -> String {
        try Data(script.utf8).write(to: URL(filePath: keys))
        let (status, text) = try c3n(
          "explore", path, "--replay", keys, "--database", database, "--size", "120x24")
        #expect(status == 0)
        return text.split(separator: "\n").first { $0.contains("dog_1") }.map(String.init) ?? text
      }
      #expect(try table("j").contains(" new "))
      let fresh = try table("E")
      #expect(fresh.contains("done") && fresh.contains("this session"))
      let kept = try table("j")
      #expect(kept.contains("done") && kept.contains("evaluated 20"))
      #expect(
        kept.prefix(80).drop { !$0.isNumber } == fresh.prefix(80).drop { !$0.isNumber }, "the same scores")
      let (status, text) = try c3n("evaluate", path, "--database", database)
      #expect(status == 0 && text.contains("(1 from the database)"), "\(text)")
    }
  }

  /// So is what the user runs, on Inspect or as a column, unless a label was forced; a snapshot shows it and keeps nothing.
  @Test func clipsRunByHandAreKept() throws {
    try withClip("dog_1") { path in
      let keys = folder.appending(path: "keys").path
      let database = folder.appending(path: "results.sqlite").path
      func replay(_ script: String) throws {
        try Data(script.utf8).write(to: URL(filePath: keys))
        #expect(try c3n("explore", path, "--replay", keys, "--database", database).status == 0)
      }
      func evaluated(_ arguments: String...) throws -> Bool {
        try c3n(["evaluate", path, "--database", database] + arguments).text.contains("(1 from the database)")
      }
      func table() throws -> String {
        let (_, text) = try c3n(
          ["explore", path, "--snapshot", "clips", "--database", database, "--size", "120x24"])
        return text.split(separator: "\n").first { $0.contains("dog_1") }.map(String.init) ?? text
      }
      let (_, picture) = try c3n(
        ["explore", path, "--snapshot", "inspect", "--clip", "dog_1", "--database", database])
      #expect(picture.contains("IoU") && !FileManager.default.fileExists(atPath: database))
      try replay("Enter 3 F 2")
      #expect(try table().contains("evaluated 20"), "the run before the label was forced")
      #expect(try !evaluated("--noise-audio", "10") && !evaluated("--label", "340"))
      try replay("Enter ( ( 5")
      #expect(try evaluated("--noise-audio", "20"), "noise of the same seed is the same condition")
      #expect(
        try evaluated(
          "--weights", "embedded:cc-v", "--noise-audio", "20", "--consensus", "visual",
          "--no-audio-features"))
      #expect(try evaluated())
    }
  }

  @Test func namesWithADashElsewhereAreExplained() throws {
    for arguments in [["doctor", "-hat"], ["weights", "-help.pth"], ["explore", "-history"]] {
      let (status, text) = try c3n(arguments[0], arguments[1])
      #expect(status == 1)
      #expect(text.contains("\(arguments[1]): no option; a name that begins with a dash goes behind --"))
    }
    let (status, text) = try c3n("doctor", "--", "-hat")
    #expect(status == 1 && text.contains("PROBLEM: -hat: No such file or directory"))
  }

  @Test func theDoctorListsTheFirstAndCountsTheRest() throws {
    let name = "a\u{1b}[2J"
    try withClip(name) { path in
      for i in 2...5 {
        try Data("bad".utf8).write(
          to: folder.appending(path: "visual_frames/test/dog/\(name)/\(name)_\(i).png"))
        try Data("bad".utf8).write(to: folder.appending(path: "gt_masks/test/dog/\(name)/\(name)_\(i).png"))
      }
      try Data("RIFF".utf8).write(to: folder.appending(path: "audio_wav/test/dog/\(name).wav"))
      for i in 6...7 {
        try Data("bad".utf8).write(
          to: folder.appending(path: "visual_frames/test/dog/\(name)/\(name)_\(i).png"))
      }
      let (status, text) = try c3n("doctor", path)
      #expect(status == 1)
      #expect(text.contains("/visual_frames/test/dog/a^[[2J/a^[[2J_2.png: not an image"), "\(text)")
      #expect(
        text.contains("PROBLEM: and 3 more; --all lists them") && text.hasSuffix("13 problems\n"), "\(text)")
      #expect(!text.contains("\u{1b}"))
      let (_, all) = try c3n("doctor", "--all", path)
      #expect(all.split(separator: "\n").count { $0.hasPrefix("PROBLEM: ") } == 13)
    }
  }

  @Test func figuresAreFiles() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for number in ["6", "7", "8"] {
      let path = folder.appending(path: "\(number).svg").path
      let (status, text) = try c3n("figure", number, "dog_c3n_001", "--frames", "1", "3", "-o", path)
      #expect(status == 0 && text == "wrote \(path)\n", "\(text)")
      let svg = try String(contentsOfFile: path, encoding: .utf8)
      #expect(svg.contains("Clip dog_c3n_001 (dog), frames 1, 3 of 5"))
      #expect(svg.contains("lite is a demonstration"))
    }
    let refusals = [
      (["6", "dog_c3n_001", "-o", "figure.gif"], "figure.gif: expected a name that ends in .svg or .png"),
      (["7", "dog_c3n_001", "--frames", "6", "-o", folder.path + "/x.svg"], "--frames 6: clip dog_c3n_001"),
      (["7", "dog_c3n_001", "-o", folder.path + "/missing/x.svg"], "/missing is no folder to write to"),
      (
        ["8", "dog_c3n_001", "--no-non-local", "-o", folder.path + "/x.svg"], "runs the clip without and with"
      ),
    ]
    for (arguments, reason) in refusals {
      let (status, text) = try c3n(["figure"] + arguments)
      #expect(status != 0 && text.contains(reason), "\(text)")
    }
  }
}
