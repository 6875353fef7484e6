import AVSBench
import Foundation
import Media
import Testing

@Suite struct OtherLayoutTests {
  private let tree: Tree

  init() throws { tree = try Tree() }

  @Test(arguments: ["ms3_data", "Multi-sources/ms3_data", "ms3_data/ms3_data", "renamed"])
  func multipleSources(_ root: String) throws {
    try tree.multipleSources(root, "train", "-a_1")
    try tree.multipleSources(root, "test", "b c")
    let list = (root as NSString).deletingLastPathComponent + "/ms3_meta_data.csv"
    try tree.text("video_id,split\nb c,test\n-a_1,train\n", list)
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.layout == .multipleSources)
    #expect(dataset.warnings == [])
    #expect(dataset.clips.map(\.id) == ["b c", "-a_1"])
    #expect(dataset.clips.map(\.category) == [nil, nil])
    let contents = try dataset.clip("-a_1").load()
    #expect(contents.frames.map { $0.pixels[0] } == [1, 2, 3, 4, 5])
    #expect(contents.masks.allSatisfy { $0 != nil })
    #expect(contents.warnings == [])
    let inside = try Dataset.open(tree.path("\(root)/visual_frames/b c"))
    #expect(inside.clips.map(\.id) == ["b c"])
  }

  @Test func multipleSourcesWithoutAListFindTheirSplits() throws {
    try tree.multipleSources("ms3", "train", "a")
    try tree.multipleSources("ms3", "val", "b")
    try tree.frame("ms3/visual_frames/c/c.mp4_1.png")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.map(\.split) == ["train", "val", nil])
    #expect(
      dataset.warnings(in: tree) == [
        "ms3: no ms3_meta_data.csv: the clips are what the folders hold", "ms3: 1 clips in no split: c",
      ])
    #expect(try dataset.clip("b").load().masks.allSatisfy { $0 != nil })
  }

  @Test func aListBesideALinkComesFirst() throws {
    for name in ["a", "b"] { try tree.multipleSources("all/ms3_data", "train", name) }
    try tree.text("video_id,split\na,train\nb,train\n", "all/ms3_meta_data.csv")
    try tree.text("video_id,split\nb,train\n", "some/ms3_meta_data.csv")
    try FileManager.default.createSymbolicLink(
      atPath: tree.path("some/ms3_data"), withDestinationPath: "../all/ms3_data")
    #expect(try Dataset.open(tree.path("some")).clips.map(\.id) == ["b"])
    #expect(try Dataset.open(tree.path("all")).clips.map(\.id) == ["a", "b"])
  }

  @Test func listedClipsWithoutFramesAreWarnedOf() throws {
    try tree.multipleSources("ms3", "train", "a")
    try tree.multipleSources("ms3", "train", "b")
    try tree.text("video_id,split\na,train\ngone,val\n", "ms3/ms3_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.count == 2)
    #expect(
      dataset.warnings(in: tree) == [
        "ms3/ms3_meta_data.csv: 1 clips have no frames: gone",
        "ms3/ms3_meta_data.csv: 1 clips on disk are not listed: b",
      ])
  }

  @Test func foldersWithASuffixAreFound() throws {
    try tree.multipleSources("ms3", "train", "a")
    for part in ["visual_frames", "gt_masks"] {
      try FileManager.default.moveItem(atPath: tree.path("ms3/\(part)"), toPath: tree.path("ms3/\(part)_384"))
    }
    #expect(try Dataset.open(tree.path()).clip("a").load().masks.allSatisfy { $0 != nil })
  }

  @Test func twoDataSetsAreAChoice() throws {
    try tree.singleSource("s4_data", "val", "dog", "x")
    try tree.multipleSources("ms3_data", "val", "a")
    #expect(
      problem(in: tree) { _ = try Dataset.open(tree.path()) }
        == "\(tree.path()): 2 data sets; open one of them: ms3_data (MS3), s4_data (S4)")
    #expect(try DatasetLocation.all(under: tree.path()).map(\.layout) == [.multipleSources, .singleSource])
    #expect(try Dataset.open(tree.path("ms3_data")).clips.map(\.id) == ["a"])
  }

  @Test func aFolderOfFramesAndSoundIsAClip() throws {
    for i in [8, 9, 10] { try tree.frame("my clip/shot-\(i).png", level: UInt8(i)) }
    try tree.frame("my clip/poster.png")
    try tree.sound("my clip/sound.wav", seconds: 3)
    let dataset = try Dataset.open(tree.path("my clip"))
    #expect(dataset.layout == .plain)
    #expect(dataset.clips.map(\.id) == ["my clip"])
    let contents = try dataset.clip("my clip").load()
    #expect(contents.frames.map { $0.pixels[0] } == [8, 9, 10])
    #expect(contents.masks.count == 3)
    #expect(contents.masks.allSatisfy { $0 == nil })
    #expect(contents.waveform.seconds == 3)
    #expect(contents.warnings == ["other pictures among the frames of my clip: poster.png"])
  }

  @Test func plainFramesMayBeSpacedEvenlyButNotHaveGaps() throws {
    for i in [25, 50, 75, 100] {
      try tree.frame("clip/frame_\(i < 100 ? "00" : "0")\(i).png", level: UInt8(i))
    }
    try tree.sound("clip/clip.wav")
    try tree.sound("clip/other.wav")
    let dataset = try Dataset.open(tree.path())
    #expect(try dataset.clip("clip").load().frames.map { $0.pixels[0] } == [25, 50, 75, 100])
    #expect(try dataset.clip("clip").files().audio == tree.path("clip/clip.wav"))
    try tree.frame("clip/frame_0026.png")
    #expect(
      problem(in: tree) { _ = try dataset.clip("clip").load() }
        == "clip/frame_0027.png: frame missing in a sequence of 5 others")
  }

  @Test func plainFramesWithoutNumbersGoByName() throws {
    for (i, name) in ["alpha", "beta", "gamma"].enumerated() {
      try tree.frame("c/\(name).png", level: UInt8(i))
    }
    try tree.sound("c/c.wav", seconds: 3)
    #expect(try Dataset.open(tree.path("c")).clip("c").load().frames.map { $0.pixels[0] } == [0, 1, 2])
  }

  @Test func aFolderOfClipFoldersIsADataSet() throws {
    for name in ["b", "a"] {
      try tree.frame("\(name)/1.png")
      try tree.sound("\(name)/s.wav", seconds: 1)
    }
    try tree.frame("silent/1.png")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.layout == .plain)
    #expect(dataset.clips.map(\.id) == ["a", "b"])
    #expect(dataset.warnings(in: tree) == ["silent: frames and no sound file (.wav); left out"])
  }

  @Test func plainFoldersNeedOneSound() throws {
    try tree.frame("c/1.png")
    let dataset = try Dataset.open(tree.path("c"))
    #expect(dataset.warnings(in: tree) == ["c: no sound file (.wav)"])
    #expect(
      problem(in: tree) { _ = try dataset.clip("c").load() }
        == "c: no sound file (.wav); expected one for clip c")
    try tree.sound("c/x.wav")
    try tree.sound("c/y.wav")
    #expect(
      problem(in: tree) { _ = try Dataset.open(tree.path("c")) }
        == "c: 2 sound files; expected one: x.wav, y.wav")
  }

  @Test func otherFoldersAreNoDataSet() throws {
    try tree.text("hello", "readme.txt")
    #expect(
      problem(in: tree) { _ = try Dataset.open(tree.path()) }?.contains("no data set: no visual_frames")
        == true)
    #expect(problem(in: tree) { _ = try Dataset.open(tree.path("x")) } == "x: No such file or directory")
    #expect(
      problem(in: tree) { _ = try Dataset.open(tree.path("readme.txt")) } == "readme.txt: Not a directory")
  }
}
