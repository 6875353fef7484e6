import AVSBench
import Foundation
import Media
import Testing

@Suite struct SemanticTests {
  private let tree: Tree
  private let list = """
    vid,uid,s_min,s_sec,a_obj,split,label
    a,-a_0,0,0,dog,train,v1s
    b,b c,0,5,"cat_dog",val,v1m
    d,d_2,1,0,lawn/mover,test,v2

    """

  init() throws {
    tree = try Tree()
    try clip("v1s/-a_0", frames: 5, masks: 1)
    try clip("v1m/b c", frames: 5, masks: 5)
    try clip("v2/d_2", frames: 10, masks: 10)
    try tree.text(list, "metadata.csv")
  }

  private func clip(_ folder: String, frames: Int, masks: Int) throws {
    for i in 0..<frames { try tree.copy("frame.jpg", "\(folder)/frames/\(i).jpg") }
    for i in 0..<masks {
      try tree.copy("semantic.png", "\(folder)/labels_semantic/\(i).png")
      try tree.copy("palette.png", "\(folder)/labels_rgb/\(i).png")
    }
    try tree.sound("\(folder)/audio.wav", seconds: Double(frames))
  }

  @Test(arguments: ["", "nested/AVSBench/"])
  func opensTheThreeParts(_ root: String) throws {
    if !root.isEmpty {
      for name in ["v1s", "v1m", "v2", "metadata.csv"] {
        try tree.folder(root)
        try FileManager.default.moveItem(atPath: tree.path(name), toPath: tree.path(root + name))
      }
    }
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.layout == .semantic)
    #expect(dataset.warnings == [])
    #expect(dataset.clips.map(\.id) == ["-a_0", "b c", "d_2"])
    #expect(dataset.clips.map(\.category) == ["dog", "cat_dog", "lawn/mover"])
    #expect(dataset.clips.map(\.split) == ["train", "val", "test"])
    for inside in ["v2", "v2/d_2", "v2/d_2/frames"] {
      #expect(try Dataset.open(tree.path(root + inside)).clips.map(\.id) == ["d_2"])
    }
  }

  @Test func everyClassButTheBackgroundSounds() throws {
    let expected =
      [UInt8]([1, 1, 1, 1, 0, 0, 0, 1]) + (0..<5).flatMap { _ in [1, 1, 1, 1, 0, 0, 0, 0] as [UInt8] }
    let dataset = try Dataset.open(tree.path())
    let contents = try dataset.clip("d_2").load()
    #expect(contents.frames.count == 10)
    #expect(contents.waveform.seconds == 10)
    #expect(contents.masks.count == 10)
    #expect(contents.masks.allSatisfy { $0?.values == expected })
    #expect(contents.warnings == [])
    // The classes as colours, with a palette and without.
    for picture in ["palette.png", "colours.png"] {
      try tree.remove("v2/d_2/labels_semantic/4.png")
      try tree.copy(picture, "v2/d_2/labels_semantic/4.png")
      #expect(try dataset.clip("d_2").load().masks[4]?.values == expected)
    }
  }

  @Test func trainingClipsOfOneSourceHaveTheFirstMaskAlone() throws {
    let dataset = try Dataset.open(tree.path())
    let contents = try dataset.clip("-a_0").load()
    #expect(contents.masks.map { $0 != nil } == [true, false, false, false, false])
    #expect(contents.warnings == [])
    try tree.remove("v1m/b c/labels_semantic/3.png")
    #expect(try dataset.clip("b c").load().warnings == ["ground truth for 4 of the 5 frames of b c"])
  }

  @Test func coloursServeWhereThereAreNoIndices() throws {
    for clip in ["v1s/-a_0", "v1m/b c", "v2/d_2"] { try tree.remove("\(clip)/labels_semantic") }
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.warnings == [])
    #expect(try dataset.clip("d_2").load().masks[9]?.values.prefix(8) == [1, 1, 1, 1, 0, 0, 0, 1])
  }

  @Test func missingFramesAndListsAreNamed() throws {
    try tree.remove("v1m/b c/frames/0.jpg")
    let clip = try Dataset.open(tree.path()).clip("b c")
    #expect(
      problem(in: tree) { _ = try clip.load() }
        == "v1m/b c/frames/0.jpg: frame missing in a sequence of 4 others")
    try tree.text(list + "e,gone,0,0,dog,val,v2\n", "metadata.csv")
    #expect(
      try Dataset.open(tree.path()).warnings(in: tree) == ["metadata.csv: 1 clips have no frames: gone"])
    try tree.remove("metadata.csv")
    let without = try Dataset.open(tree.path())
    #expect(without.layout == .semantic)
    #expect(without.clips.map(\.split) == [nil, nil, nil])
    #expect(
      without.warnings(in: tree).map { $0.replacingOccurrences(of: tree.path(), with: "root") }
        == ["root: no metadata.csv: the clips are what the folders hold, in no split"])
  }
}
