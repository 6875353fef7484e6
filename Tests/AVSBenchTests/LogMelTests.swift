import AVSBench
import Media
import Testing

@Suite struct LogMelTests {
  private let tree: Tree
  private let logMel = "ms3/audio_log_mel/test/x.pkl"

  init() throws {
    tree = try Tree()
    try tree.multipleSources("ms3", "test", "x")
    try tree.text("video_id,split\nx,test\n", "ms3/ms3_meta_data.csv")
    try tree.copy("log-mel.pkl", logMel)
  }

  private func load() throws -> ClipContents { try Dataset.open(tree.path()).clip("x").load() }

  private func firsts(_ contents: ClipContents) -> [Float]? {
    contents.logMel.map { mel in (0..<mel.shape[0]).map { mel[$0 * 96 * 64] } }
  }

  @Test func theDataSetsLogMelsAreRead() throws {
    let contents = try load()
    #expect(contents.logMel?.shape == [5, 96, 64])
    #expect(firsts(contents) == [1, 2, 3, 4, 5])
    #expect(contents.logMel?[5 * 96 * 64 - 1] == 5)
    #expect(contents.warnings == [])
    try tree.remove(logMel)
    #expect(try load().logMel == nil)
    #expect(try load().warnings == [])
  }

  @Test func theyBelongToTheSoundAlone() throws {
    let contents = try load()
    #expect(contents.replacing(frames: contents.frames).logMel != nil)
    #expect(contents.replacing(waveform: contents.waveform).logMel == nil)
  }

  @Test func thereIsOneForEachFrame() throws {
    try tree.remove(logMel)
    try tree.copy("log-mel-4.pkl", logMel)
    #expect(firsts(try load()) == [1, 2, 3, 4, 4])
    try tree.remove("ms3/visual_frames/x/x.mp4_5.png")
    try tree.remove("ms3/visual_frames/x/x.mp4_4.png")
    #expect(firsts(try load()) == [1, 2, 3])
  }

  @Test func damagedOnesAreWarnedOf() throws {
    try tree.text("not a pickle", logMel)
    let contents = try load()
    #expect(contents.logMel == nil)
    #expect(contents.warnings.count == 1)
    #expect(contents.warnings[0].hasPrefix(tree.path(logMel) + ": is text ('not a pickle')"))
    #expect(contents.warnings[0].hasSuffix("; the log-mels are made from the sound instead"))
  }
}
