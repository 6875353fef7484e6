import AVSBench
import Foundation
import Media
import Testing

/// What may be wrong with one clip's files.
@Suite struct ClipTests {
  private let tree: Tree
  private let frames = "s4_data/visual_frames/test/dog/x"
  private let masks = "s4_data/gt_masks/test/dog/x"
  private let completed =
    "padded with silence, for VGGish the last whole 0.96 s repeated, as by AVSBench's preprocessing"

  init() throws {
    tree = try Tree()
    try tree.singleSource("s4_data", "test", "dog", "x")
    try tree.text("name,start,category,split\nx,0,dog,test\n", "s4_data/s4_meta_data.csv")
  }

  private func load() throws -> ClipContents { try Dataset.open(tree.path()).clip("x").load() }
  private var loading: String? { problem(in: tree) { _ = try load() } }
  private func warnings() throws -> [String] {
    try load().warnings.map { $0.replacingOccurrences(of: tree.path() + "/", with: "") }
  }

  @Test(arguments: [1, 3])
  func aFrameMissingInTheSequenceIsNamed(_ number: Int) throws {
    try tree.remove("\(frames)/x_\(number).png")
    #expect(loading == "\(frames)/x_\(number).png: frame missing in a sequence of 4 others")
  }

  @Test func fourFramesInsteadOfFiveAreAClipOfFourSeconds() throws {
    try tree.remove("\(frames)/x_5.png")
    let contents = try load()
    #expect(contents.frames.count == 4)
    #expect(contents.masks.count == 4)
    #expect(contents.waveform.seconds == 4)
    #expect(
      try warnings() == [
        "5 masks for the 4 frames of x; 4 belong to a frame",
        "s4_data/audio_wav/test/dog/x.wav: 5.0 s of sound for 4 frames; the first 4 s are taken",
      ])
  }

  @Test func framesAreInNumericalOrder() throws {
    for i in 6...11 { try tree.frame("\(frames)/x_\(i).png", level: UInt8(i)) }
    #expect(try load().frames.map { Int($0.pixels[0]) } == Array(1...11))
    #expect(try warnings().first == "ground truth for 5 of the 11 frames of x")
    #expect(
      try warnings().last?.hasSuffix("x.wav: 5.0 s of sound for 11 frames; \(completed)") == true)
  }

  @Test func strayFilesAreIgnored() throws {
    try tree.text("stray", "\(frames)/Thumbs.db")
    try tree.text("stray", "\(frames)/._x_1.png")
    try tree.text("not read", "\(frames)/cover.png")
    try tree.text("not read", "\(frames)/y_9.png")
    #expect(try load().frames.count == 5)
    #expect(try warnings() == ["other pictures among the frames of x: cover.png, y_9.png"])
  }

  @Test func twoFramesOfOneNumberAreAnError() throws {
    try tree.frame("\(frames)/x_02.png")
    #expect(loading == "\(frames): number 2 twice: x_02.png, x_2.png")
  }

  @Test func missingMasksAreNoGroundTruth() throws {
    try tree.remove("\(masks)/x_2.png")
    #expect(try load().masks.map { $0 != nil } == [true, false, true, true, true])
    #expect(try warnings() == ["ground truth for 4 of the 5 frames of x"])
    try tree.remove(masks)
    #expect(try load().masks.allSatisfy { $0 == nil })
    #expect(try warnings() == ["no ground truth for x: no folder \(masks)"])
    try tree.folder(masks)
    #expect(try warnings() == ["no ground truth for x: no pictures in \(masks)"])
    try tree.remove("s4_data/gt_masks")
    #expect(
      try Dataset.open(tree.path()).warnings(in: tree) == ["s4_data: no gt_masks folder: no ground truth"])
    #expect(try load().masks.allSatisfy { $0 == nil })
  }

  @Test func missingAndDamagedFilesAreNamed() throws {
    let sound = "s4_data/audio_wav/test/dog/x.wav"
    try tree.text("", "\(masks)/x_4.png")
    #expect(loading == "\(masks)/x_4.png: the file is empty (0 bytes)")
    try tree.text("", "\(frames)/x_4.png")
    #expect(loading == "\(frames)/x_4.png: the file is empty (0 bytes)")
    try tree.frame("\(frames)/x_4.png")
    try tree.mask("\(masks)/x_4.png")
    try tree.remove(sound)
    #expect(loading == "\(sound): No such file or directory")
    try tree.remove("s4_data/audio_wav")
    #expect(loading == "\(frames): no sound file (.wav); expected one for clip x")
    for i in 1...5 { try tree.remove("\(frames)/x_\(i).png") }
    #expect(loading == "\(frames): no pictures (.png, .jpg)")
  }

  @Test func odditiesAreWarnedOf() throws {
    for i in [1, 2] { try tree.mask("\(masks)/x_\(i).png", level: 200) }
    try tree.frame("\(frames)/x_3.png", size: 6)
    try writeWAV([0, 0], to: tree.path("s4_data/audio_wav/test/dog/x.wav"))
    #expect(
      try warnings() == [
        "\(frames)/x_3.png: 6 x 6; the first frame is 4 x 4",
        "\(masks)/x_3.png: 4 x 4; its frame is 6 x 6",
        "\(masks)/x_1.png and 1 more: values 0 and 200, not 0 and 255; every value but 0 counts",
        "s4_data/audio_wav/test/dog/x.wav: 0.0 s of sound for 5 frames; \(completed)",
        "s4_data/audio_wav/test/dog/x.wav: silent",
      ])
  }
}
