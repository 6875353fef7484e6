import AVSBench
import Testing

@Suite struct ClassNamesTests {
  private let tree: Tree

  init() throws { tree = try Tree() }

  private func lines(_ count: Int) -> [String] {
    (0..<count).map { "\($0),/m/\($0),\"Name, \"\"\($0)\"\"\u{1b}[31m\"" }
  }

  private func reading(_ lines: [String], header: String = "index,mid,display_name") throws -> String? {
    try tree.text(([header] + lines).joined(separator: "\n"), "classes.csv")
    return problem(in: tree) { _ = try ClassNames.audioSet(csv: tree.path("classes.csv")) }
  }

  @Test func listsAreReadAsTheyAre() throws {
    #expect(try reading(lines(527)) == nil)
    let names = try ClassNames.audioSet(csv: tree.path("classes.csv"))
    #expect(names.names.count == 527)
    #expect(names.names[3] == "Name, \"3\"\u{1b}[31m")
    #expect(names.identifiers[526] == "/m/526")
  }

  @Test func imageNetHasOtherColumns() throws {
    let rows = (0..<1000).map { "\($0),n\($0),thing \($0)\r\n" }.joined()
    try tree.text("index,wnid,name\r\n" + rows, "imagenet.csv")
    let names = try ClassNames.imageNet(csv: tree.path("imagenet.csv"))
    #expect(names.names.last == "thing 999")
    #expect(names.identifiers.first == "n0")
    #expect(
      problem(in: tree) { _ = try ClassNames.audioSet(csv: tree.path("imagenet.csv")) }
        == "imagenet.csv: no column mid in the header index,wnid,name; expected index,mid,display_name")
  }

  @Test func countAndOrderAreStrict() throws {
    #expect(try reading(lines(526)) == "classes.csv: 526 classes; expected 527")
    #expect(try reading(lines(528)) == "classes.csv: 528 classes; expected 527")
    var swapped = lines(527)
    swapped.swapAt(4, 5)
    #expect(try reading(swapped) == "classes.csv: line 6: index 5; expected 4")
    var unnamed = lines(527)
    unnamed[0] = "0,/m/0,"
    #expect(try reading(unnamed) == "classes.csv: line 2: an empty display_name")
  }
}
