import AVSBench
import Foundation
import Media
import Testing

@Suite struct SingleSourceTests {
  private let tree: Tree
  private let list = """
    name,start,category,split
    -0kz ü,0,dog,train
    _abc,1.5,"ambulance, siren",test

    """

  init() throws {
    tree = try Tree()
    try tree.singleSource("s4_data", "train", "dog", "-0kz ü")
    try tree.singleSource("s4_data", "test", "ambulance, siren", "_abc")
    try tree.text(list, "s4_meta_data.csv")
  }

  @Test(arguments: ["", "s4_data", "s4_data/"])
  func opensFromTheFolderOrOneAbove(_ name: String) throws {
    let dataset = try Dataset.open(tree.path(name))
    #expect(dataset.layout == .singleSource)
    #expect(dataset.root == tree.path("s4_data"))
    #expect(dataset.warnings == [])
    #expect(dataset.clips.map(\.id) == ["-0kz ü", "_abc"])
    #expect(dataset.clips.map(\.split) == ["train", "test"])
    #expect(dataset.clips.map(\.category) == ["dog", "ambulance, siren"])
  }

  @Test func opensNestedAndRenamedRoots() throws {
    for root in ["avsbench_data/Single-source", "a/b/renamed"] {
      let other = try Tree()
      try other.singleSource("\(root)/s4_data", "val", "cat", "x")
      try other.text("name,start,category,split\nx,0,cat,val\n", "\(root)/s4_meta_data.csv")
      try other.text("stray", "\(root)/README.txt")
      try other.text("stray", "\(root)/s4_data/visual_frames/.DS_Store")
      for start in [String(root.split(separator: "/")[0]), root, "\(root)/s4_data"] {
        let dataset = try Dataset.open(other.path(start))
        #expect(dataset.clips.map(\.id) == ["x"])
        #expect(dataset.warnings == [])
      }
    }
  }

  @Test func opensAClipOrCategoryFolderInside() throws {
    for part in ["", "/test", "/test/ambulance, siren", "/test/ambulance, siren/_abc"] {
      let dataset = try Dataset.open(tree.path("s4_data/visual_frames\(part)"))
      #expect(dataset.clips.map(\.id) == (part.isEmpty ? ["-0kz ü", "_abc"] : ["_abc"]))
      #expect(try dataset.clip("_abc").load().masks.count == 5)
    }
  }

  @Test func loadsFramesMasksAndSound() throws {
    let contents = try Dataset.open(tree.path()).clip("_abc").load()
    #expect(contents.frames.map { $0.pixels[0] } == [1, 2, 3, 4, 5])
    #expect(contents.masks.count == 5)
    #expect(contents.masks.allSatisfy { $0?.values == [1] + [UInt8](repeating: 0, count: 15) })
    #expect(contents.waveform.samples.shape == [5, 16_000])
    #expect(abs(contents.waveform.samples[39] - 39.0 / 80) < 1e-4)
    #expect(contents.warnings == [])
  }

  @Test func trainingClipsHaveTheFirstMaskAlone() throws {
    let contents = try Dataset.open(tree.path()).clip("-0kz ü").load()
    #expect(contents.masks.map { $0 != nil } == [true, false, false, false, false])
    #expect(contents.warnings == [])
  }

  @Test func listMayHaveMarkCRLFAndOtherOrder() throws {
    let list = "\u{feff}split,name,extra,category\r\ntest,_abc,\"say \"\"x\"\"\",\"ambulance, siren\"\r\n\r\n"
    try tree.text(list, "s4_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.map(\.id) == ["_abc"])
    #expect(
      dataset.warnings(in: tree) == ["s4_data/../s4_meta_data.csv: 1 clips on disk are not listed: -0kz ü"])
  }

  @Test func withoutAListTheFoldersTell() throws {
    try tree.remove("s4_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.map(\.id) == ["-0kz ü", "_abc"])
    #expect(
      dataset.warnings(in: tree) == ["s4_data: no s4_meta_data.csv: the clips are what the folders hold"])
  }

  @Test func aListedClipWithoutFolderIsAWarningThenAnError() throws {
    try tree.text(list + "gone,0,dog,val\n", "s4_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.count == 3)
    #expect(dataset.warnings(in: tree) == ["s4_data/../s4_meta_data.csv: 1 clips have no frames: gone"])
    #expect(
      problem(in: tree) { _ = try dataset.clip("gone").load() }
        == "s4_data/visual_frames/val/dog/gone: No such file or directory")
  }

  @Test func damagedListsNameTheLine() throws {
    let cases = [
      (
        "name,start,split\na,0,train\n",
        "no column category in the header name,start,split; expected split,category,name"
      ),
      ("name,start,category,split\na,0,dog,train\nb,0,dog\n", "line 3: 3 fields; expected 4"),
      ("name,start,category,split\n\"a,0,dog,train\n", "line 2: a quote that is not closed"),
      (
        "name,start,category,split\n../a,0,dog,train\n",
        "line 2: name is \"../a\"; expected the name of a folder"
      ),
      (
        "name,start,category,split\na,0,..,train\n",
        "line 2: category is \"..\"; expected the name of a folder"
      ),
      ("\n\n", "no header; expected the columns split,category,name"),
      ("", "the file is empty (0 bytes)"),
    ]
    for (text, expected) in cases {
      try tree.text(text, "s4_meta_data.csv")
      let found = problem(in: tree) { _ = try Dataset.open(tree.path()) }
      #expect(found == "s4_data/../s4_meta_data.csv: \(expected)")
    }
  }

  @Test func repeatedNamesKeepTheFirst() throws {
    try tree.text(list + "_abc,0,dog,train\n", "s4_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.map(\.id) == ["-0kz ü", "_abc"])
    #expect(try dataset.clip("_abc").split == "test")
    #expect(dataset.warnings(in: tree).last == "s4_data: 1 repeated names are left out: _abc")
  }

  @Test func unknownNamesGetTheClosest() throws {
    let dataset = try Dataset.open(tree.path())
    #expect(
      problem(in: tree) { _ = try dataset.clip("_abd") }
        == "s4_data: no clip _abd among 2; closest: _abc, -0kz ü")
    #expect(problem(in: tree) { _ = try dataset.clip("0KZ") }?.contains("closest: -0kz ü, ") == true)
  }

  @Test func thousandsOfClipsAreListedWithoutReadingThem() throws {
    // The files are no pictures: opening must not look into them.
    let names = (0..<300).map { "clip\($0)" }
    for name in names { try tree.folder("s4_data/visual_frames/val/cat/\(name)") }
    let rows = names.map { "\($0),0,cat,val\n" }.joined()
    try tree.text(list + rows, "s4_meta_data.csv")
    let dataset = try Dataset.open(tree.path())
    #expect(dataset.clips.count == 302)
    #expect(dataset.warnings == [])
    #expect(
      problem(in: tree) { _ = try dataset.clip("clip7").load() }?.hasSuffix("no pictures (.png, .jpg)")
        == true)
  }
}
