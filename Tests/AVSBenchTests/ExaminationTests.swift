import AVSBench
import Foundation
import Media
import Testing

@Suite struct ExaminationTests {
  private let tree: Tree

  init() throws { tree = try Tree() }

  private func examination() throws -> DatasetExamination {
    let dataset = try Dataset.open(tree.path())
    var examination = DatasetExamination(dataset)
    for clip in dataset.clips { examination.add(ClipExamination(of: clip)) }
    return examination
  }

  private func lines(_ lines: [String]) -> [String] {
    lines.map { $0.replacingOccurrences(of: tree.path() + "/", with: "") }
  }

  @Test func countsWhatIsThere() throws {
    try tree.singleSource("s4_data", "train", "dog", "-a")
    try tree.singleSource("s4_data", "test", "cat", "b c")
    try tree.text("name,start,category,split\nb c,0,cat,test\n-a,0,dog,train\n", "s4_meta_data.csv")
    let whole = try examination()
    #expect(
      lines(whole.facts) == [
        "s4_data: S4, 2 clips", "  train: 1 clip: dog (1)", "  test: 1 clip: cat (1)",
        "  frames a clip: 5 (2)",
        "  masks a clip: 1 (1), 5 (1)", "  frames: 4 x 4 (10)", "  masks: 4 x 4 (6)",
        "  mask values: black and white (6)", "  sound: 16000 Hz mono (2)", "  sound length: 5.0 s (2)",
      ])
    #expect(whole.missing == [] && whole.damaged == [] && whole.remarks == [])
    #expect(whole.advice == [])
    #expect(
      whole.adaptations == [
        "frames of other sizes than 224 x 224 are resized when they are read",
        "no log-mels of the data set: variants with VGGish make them from the sound",
      ])
  }

  @Test func everyMissingAndDamagedFileIsNamed() throws {
    try tree.multipleSources("ms3", "test", "a")
    try tree.multipleSources("ms3", "test", "b")
    try tree.text("video_id,split\na,test\nb,test\ngone,val\n", "ms3/ms3_meta_data.csv")
    try tree.text("", "ms3/visual_frames/a/a.mp4_2.png")
    try tree.text("GIF89a", "ms3/visual_frames/a/a.mp4_4.png")
    try tree.remove("ms3/gt_masks/test/a/a_3.png")
    try tree.text("x", "ms3/gt_masks/test/a/a_5.png")
    try tree.text("RIFF", "ms3/audio_wav/test/a.wav")
    try tree.remove("ms3/visual_frames/b/b.mp4_3.png")
    try tree.remove("ms3/audio_wav/test/b.wav")
    let found = try examination()
    #expect(
      lines(found.missing) == [
        "ms3/gt_masks/test/a/a_3.png: no mask of this frame",
        "ms3/visual_frames/b/b.mp4_3.png: frame missing in a sequence of 4 others",
        "ms3/audio_wav/test/b.wav: no sound file",
        "ms3/visual_frames/gone: No such file or directory",
        "ms3/audio_wav/val/gone.wav: no sound file",
      ])
    #expect(
      lines(found.damaged).map { $0.split(separator: ":")[0] } == [
        "ms3/visual_frames/a/a.mp4_2.png", "ms3/visual_frames/a/a.mp4_4.png", "ms3/gt_masks/test/a/a_5.png",
        "ms3/audio_wav/test/a.wav",
      ])
    #expect(found.advice.contains { $0.hasPrefix("missing files: ") })
    #expect(found.advice.contains { $0.hasPrefix("damaged files: ") })
  }

  @Test func shortSoundsAndOtherRatesAreCounted() throws {
    for i in 1...4 { try tree.frame("clip/\(i).png", size: 224) }
    try writeWAV(
      [Float](repeating: 0.1, count: 2 * 44_100), sampleRate: 44_100, channels: 2, to: tree.path("clip/a.wav")
    )
    let found = try examination()
    #expect(found.facts.contains("  sound: 44100 Hz stereo (1)"))
    #expect(found.facts.contains("  sound length: 1.0 s (1)"))
    let completed =
      "padded with silence, for VGGish the last whole 0.96 s repeated, as by AVSBench's preprocessing"
    #expect(lines(found.remarks) == ["clip/a.wav: 1.0 s of sound for 4 frames; \(completed)"])
    #expect(found.missing.isEmpty && found.damaged.isEmpty)
    #expect(
      found.advice == [
        "no ground truth: run and explore work, evaluate needs a folder masks, gt_masks or labels beside the frames"
      ])
  }
}
