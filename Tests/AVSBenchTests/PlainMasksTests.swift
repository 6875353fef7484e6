import AVSBench
import Foundation
import Media
import Testing

/// Ground truth beside the frames of plain folders.
@Suite struct PlainMasksTests {
  private let tree: Tree

  init() throws { tree = try Tree() }

  private func load() throws -> ClipContents {
    let dataset = try Dataset.open(tree.path("c"))
    #expect(dataset.layout == .plain && dataset.warnings == [])
    return try dataset.clip("c").load()
  }

  private func notes() throws -> [String] {
    try load().warnings.map { $0.replacingOccurrences(of: tree.path() + "/", with: "") }
  }

  /// Writes frames of the levels 1, 2, ... and masks, whose first pixel is set where their number is even.
  private func make(frames: [String], masks: [String], sound: String = "c/s.wav") throws {
    for (i, name) in frames.enumerated() { try tree.frame("c/\(name)", level: UInt8(i + 1)) }
    for (i, name) in masks.enumerated() { try tree.mask("c/\(name)", level: i % 2 == 0 ? 0 : 255) }
    try tree.sound(sound, seconds: Double(frames.count))
  }

  private func set() throws -> [Bool?] { try load().masks.map { $0.map { !$0.isEmpty } } }

  @Test(arguments: ["", "frames/", "images/", "visual_frames/"], ["masks", "gt_masks", "labels"])
  func masksAreBesideTheFrames(_ frames: String, _ masks: String) throws {
    try make(
      frames: (1...3).map { "\(frames)c_\($0).png" }, masks: (1...3).map { "\(masks)/000\($0)_mask.png" })
    #expect(try set() == [false, true, false])
    #expect(try notes() == [])
    #expect(try load().frames.map { $0.pixels[0] } == [1, 2, 3])
  }

  @Test func theSoundMayBeWithTheFramesOrApart() throws {
    for sound in ["frames/s.wav", "audio/s.wav", "audio_wav/s.flac.wav"] {
      try make(frames: ["frames/1.png"], masks: ["masks/1.png"], sound: "c/\(sound)")
      #expect(try load().files.audio == tree.path("c/\(sound)"))
      try tree.remove("c/\((sound as NSString).deletingLastPathComponent)")
    }
  }

  @Test func aFolderOfSuchClipsIsADataSet() throws {
    for name in ["b", "a"] {
      try tree.frame("all/\(name)/visual_frames/1.png")
      try tree.mask("all/\(name)/masks/1.png")
      try tree.sound("all/\(name)/x.wav", seconds: 1)
    }
    try tree.frame("all/mute/frames/1.png")
    try tree.frame("all/two/1.png")
    for name in ["x", "y"] { try tree.sound("all/two/\(name).wav", seconds: 1) }
    let dataset = try Dataset.open(tree.path("all"))
    #expect(dataset.clips.map(\.id) == ["a", "b"])
    #expect(try dataset.clip("a").load().masks[0]?.isEmpty == false)
    #expect(
      dataset.warnings(in: tree) == [
        "all/mute: frames and no sound file (.wav); left out",
        "all/two: 2 sound files; expected one: x.wav, y.wav; left out",
      ])
  }

  @Test func otherNumbersGoInOrderAndAreTold() throws {
    try make(frames: (1...4).map { "frames/\($0).png" }, masks: (0..<4).map { "masks/\($0).png" })
    #expect(try set() == [false, true, false, true])
    #expect(try notes() == ["masks of c from number 0, its frames from 1; taken in order"])
  }

  @Test func anotherCountIsToldAndGoesByNumber() throws {
    try make(frames: (1...4).map { "frames/f\($0).png" }, masks: [2, 3].map { "masks/m\($0).png" })
    #expect(try set() == [nil, false, true, nil])
    #expect(try notes() == ["ground truth for 2 of the 4 frames of c"])
    for i in 4...6 { try tree.mask("c/masks/m\(i).png") }
    #expect(
      try notes() == [
        "ground truth for 3 of the 4 frames of c",
        "5 masks for the 4 frames of c; 3 belong to a frame",
      ])
  }

  @Test func namesWithoutNumbersMatchByName() throws {
    try make(
      frames: ["alpha.png", "beta.png", "gamma.png"], masks: ["masks/alpha_gt.png", "masks/gamma.png"])
    #expect(try set() == [false, nil, true])
  }

  @Test func suffixesBehindNumbersKeepTheirOrder() throws {
    try make(frames: (1...11).map { "f\($0)_rgb.png" }, masks: (1...11).map { "masks/\($0)_gt.png" })
    #expect(try load().frames.map { Int($0.pixels[0]) } == Array(1...11))
    #expect(try set() == (0..<11).map { $0 % 2 == 1 })
  }
}
