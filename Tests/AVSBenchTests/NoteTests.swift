import AVSBench
import Foundation
import Media
import Tensors
import Testing

/// Notes about clips' files, and their counts over many clips.
@Suite struct NoteTests {
  private let tree: Tree

  init() throws { tree = try Tree() }

  private func clip(_ samples: [Float]) throws -> ClipContents {
    for i in 1...3 { try tree.frame("c/\(i).png") }
    try writeWAV(samples, to: tree.path("c/s.wav"))
    return try Dataset.open(tree.path("c")).clip("c").load()
  }

  private func lines(_ contents: ClipContents, _ completion: SoundCompletion?) -> [String] {
    contents.notes(completion).map { $0.description.replacingOccurrences(of: tree.path() + "/c/", with: "") }
  }

  @Test func whatWasDoneAboutAShortSoundFollowsTheEncoder() throws {
    let short = try clip([Float](repeating: 0.1, count: 2 * 16_000))
    let found = "s.wav: 2.0 s of sound for 3 frames; "
    #expect(lines(short, .silence) == [found + "padded with silence"])
    #expect(
      lines(short, .lastExample) == [
        found + "the last whole 0.96 s repeated, as by AVSBench's preprocessing"
      ])
    #expect(
      lines(short, .ownLogMels) == [
        found + "VGGish takes the data set's log-mels, whatever the sound's length"
      ])
    #expect(lines(short, .unheard) == [found + "no audio encoder, so nobody listens"])
    // Nothing is repeated where every second has its whole example.
    let complete = try clip([Float](repeating: 0.1, count: 47_000))
    #expect(lines(complete, .lastExample) == [])
    #expect(lines(complete, .silence).count == 1)
    #expect(short.completion(takesLogMels: true, repeatsLastExample: true) == .lastExample)
  }

  @Test func longAndQuietSoundsAreTold() throws {
    #expect(
      lines(try clip([Float](repeating: 0.1, count: 64_000)), nil) == [
        "s.wav: 4.0 s of sound for 3 frames; the first 3 s are taken"
      ])
    let quiet = [Float](repeating: 1 / 32768, count: 48_000)
    #expect(
      lines(try clip(quiet), nil) == [
        "s.wav: samples up to 3.0517578e-05, nearly silent; divided by 32768 twice? taken as they are"
      ])
  }

  @Test func clipsAreCountedByWhatIsOdd() throws {
    var tally = NoteTally()
    for i in 1...3 {
      for k in 1...2 { try tree.mask("\(i)/masks/\(k).png", level: i == 2 ? 255 : 1) }
      for k in 1...2 { try tree.frame("\(i)/\(k).png") }
      try tree.sound("\(i)/s.wav", seconds: i == 1 ? 1 : 2)
      tally.add(try Dataset.open(tree.path("\(i)")).clip("\(i)").load().notes(.silence))
    }
    #expect(
      tally.lines.map { $0.replacingOccurrences(of: tree.path() + "/", with: "") } == [
        "1 of 3 clips: sound shorter than the frames; padded with silence (first: 1/s.wav)",
        "2 of 3 clips: values 0 and 1, not 0 and 255; every value but 0 counts (first: 1/masks/1.png)",
      ])
  }

  @Test func aListThatIsAPointerIsNamed() throws {
    try tree.singleSource("s4_data", "test", "dog", "x")
    try tree.text("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "s4_meta_data.csv")
    #expect(
      problem(in: tree) { _ = try Dataset.open(tree.path()) }?.hasSuffix(
        "s4_meta_data.csv: a Git LFS pointer, not the file: git lfs pull") == true)
  }
}
