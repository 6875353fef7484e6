import Foundation
import Media
import PseudoTerminal
import Testing

/// Names, folders and notes as the commands take and tell them.
@Suite struct MediaCommandTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private static let source = assets.appending(path: "Clips/Single-source/s4_data")

  private func c3n(_ arguments: String...) throws -> (status: Int32, text: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "c3n-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = try ChildProcess(
      "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path], output: output)
    return (try process.status(), process.text)
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// A plain folder of the embedded clip's frames, sound and masks of 0 and 1 under other names.
  private func makePlain(_ clip: URL) throws {
    for part in ["frames", "masks"] {
      try FileManager.default.createDirectory(
        at: clip.appending(path: part), withIntermediateDirectories: true)
    }
    for i in 1...5 {
      let name = "test/dog/dog_c3n_001/dog_c3n_001_\(i).png"
      try FileManager.default.copyItem(
        at: Self.source.appending(path: "visual_frames/\(name)"),
        to: clip.appending(path: "frames/frame_00\(i).png"))
      let mask = try Mask(contentsOf: Self.source.appending(path: "gt_masks/\(name)").path)
      try GrayImage(width: mask.width, height: mask.height, pixels: mask.values).writePNG(
        to: clip.appending(path: "masks/\(i)_mask.png").path)
    }
    try FileManager.default.copyItem(
      at: Self.source.appending(path: "audio_wav/test/dog/dog_c3n_001.wav"),
      to: clip.appending(path: "sound.wav"))
  }

  @Test func plainFoldersHaveGroundTruthAndTheirNotesAreToldEverywhere() throws {
    try withFolder { folder in
      try makePlain(folder.appending(path: "set/one"))
      try makePlain(folder.appending(path: "set/two"))
      let note = "values 0 and 1, not 0 and 255; every value but 0 counts"
      let (status, text) = try c3n("run", folder.path + "/set/one")
      #expect(status == 0 && text.contains("mean IoU 0.8214, F 0.95"), "\(text)")
      #expect(text.contains("/masks/1_mask.png and 4 more: \(note)"))

      // The second evaluation only reads, and tells the same.
      for source in ["(0 from the database)", "(2 from the database)"] {
        let (status, text) = try c3n(
          "evaluate", folder.path + "/set", "--database", folder.path + "/results.sqlite")
        #expect(status == 0 && text.contains("plain, split all"), "\(text)")
        #expect(text.contains("mIoU 0.8214") && text.contains("2 clips \(source)"), "\(text)")
        #expect(text.contains("note: 2 of 2 clips: \(note) (first: "), "\(text)")
      }
      let (healthy, report) = try c3n("doctor", folder.path + "/set")
      #expect(healthy == 0 && report.contains("note: 2 of 2 clips: \(note) (first: "), "\(report)")
      #expect(report.contains("masks a clip: 5 (2)") && report.contains("mask values: 0 and 1 (10)"))
      #expect(!report.contains("nothing to do") && !report.contains("hint: "))
      let (_, all) = try c3n("doctor", "--all", folder.path + "/set")
      #expect(all.split(separator: "\n").count { $0.hasSuffix(note) } == 2)

      try FileManager.default.removeItem(at: folder.appending(path: "set/two/sound.wav"))
      let (_, mute) = try c3n("doctor", folder.path + "/set")
      #expect(mute.contains("set/two: frames and no sound file (.wav); left out"), "\(mute)")
    }
  }

  @Test func trainingTellsNotesOnceWithClipsCounted() throws {
    try withFolder { folder in
      for (part, suffix) in [("visual_frames", ""), ("gt_masks", ""), ("audio_wav", ".wav")] {
        let target = folder.appending(path: "s4/\(part)/train/dog")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for name in ["a", "b"] {
          let copy = target.appending(path: name + suffix)
          try FileManager.default.copyItem(
            at: Self.source.appending(path: "\(part)/test/dog/dog_c3n_001\(suffix)"), to: copy)
          for i in 1...5 where suffix.isEmpty {
            let path = copy.appending(path: "\(name)_\(i).png")
            try FileManager.default.moveItem(at: copy.appending(path: "dog_c3n_001_\(i).png"), to: path)
            guard part == "gt_masks" else { continue }
            let mask = try Mask(contentsOf: path.path)
            try GrayImage(width: mask.width, height: mask.height, pixels: mask.values).writePNG(to: path.path)
          }
        }
      }
      let (status, text) = try c3n(
        "train", folder.path + "/s4", "--output", folder.path + "/run", "--variant", "lite", "--weights",
        "formula:1", "--epochs", "1", "--validation-split", "none")
      #expect(status == 0, "\(text)")
      let notes = text.split(separator: "\n").filter { $0.contains("values 0 and 1") }
      #expect(notes.count == 1 && notes.first?.hasPrefix("note: 2 of 2 clips: ") == true, "\(text)")
    }
  }

  @Test(arguments: ["embedded:s4", "embedded:ms3"])
  func partsOfTheEmbeddedClipsHaveNames(name: String) throws {
    let layout = name == "embedded:s4" ? "S4" : "MS3"
    let other = name == "embedded:s4" ? ": MS3, " : ": S4, "
    let (status, text) = try c3n("doctor", name)
    #expect(status == 0 && text.contains(": \(layout), ") && !text.contains(other), "\(text)")
    let (shown, screen) = try c3n("explore", name, "--snapshot", "clips")
    #expect(shown == 0, "\(screen)")
    #expect(screen.contains("dog_c3n_001") == (layout == "S4"), "\(screen)")
    let (wrong, message) = try c3n("doctor", "embedded:x")
    #expect(wrong == 1 && message.contains("embedded:s4"), "\(message)")
  }

  @Test func adviceOfTwoDataSetsIsGivenOnce() throws {
    let (status, text) = try c3n("doctor", "embedded")
    #expect(status == 0, "\(text)")
    let hints = text.split(separator: "\n").filter { $0.hasPrefix("hint: ") }
    #expect(Set(hints).count == hints.count)
  }

  @Test func namesThatEqualOptionsAreOptions() throws {
    // Misspelled options are the parser's to explain; names of files that are there are names.
    let (misspelled, text) = try c3n("run", "dog_c3n_001", "--jsn")
    #expect(misspelled == 64 && text.contains("Unknown option '--jsn'"), "\(text)")
    let (alone, message) = try c3n("run", "--jsn")
    #expect(alone == 1 && message.contains("--jsn: no option; a name that begins with a dash"), "\(message)")
    let (behind, report) = try c3n("run", "--", "--json")
    #expect(behind == 1 && report.contains("--json: no such folder"), "\(report)")
    let (missing, id) = try c3n("figure", "6", "--iSerV5DbY_68000_78000", "-o", "x.svg")
    #expect(missing == 1 && id.contains("--iSerV5DbY_68000_78000: no such folder"), "\(id)")
    let (video, problem) = try c3n("import", "--iSerV5DbY.mp4")
    #expect(video == 1 && !problem.contains("Unknown option"), "\(problem)")
    let (screen, shown) = try c3n("explore", "--clip", "--iSerV5DbY_68000_78000", "--snapshot", "inspect")
    #expect(screen == 1 && shown.contains("--iSerV5DbY_68000_78000"), "\(shown)")
    let (alpha, number) = try c3n("run", "dog_c3n_001", "--alpha", "-1")
    #expect(alpha == 64 && number.contains("--alpha -1.0: expected a number from 0 on"), "\(number)")
    let (set, value) = try c3n("evaluate", "embedded", "--csv", "--x/y.csv")
    #expect(set == 1 && value.contains("--x"), "\(value)")
  }
}
