import TerminalUI
import Testing

@Suite struct KeyTests {
  enum Command: Sendable, Equatable { case down, top, bookmark, filter, next, quit }
  enum Context: Hashable, Sendable { case list, everywhere }

  let table = KeyTable<Command, Context>([
    KeyBinding(["j", "Down"], .down, in: [.list], "next row"),
    KeyBinding(["gg", "Home"], .top, in: [.list], "first row"),
    KeyBinding(["m{x}"], .bookmark, in: [.everywhere], "set bookmark"),
    KeyBinding(["f"], .filter, in: [.everywhere], "filter"),
    KeyBinding([",", "j"], .next, in: [.everywhere], "next frame"),
    KeyBinding(["q", "Ctrl-c"], .quit, in: [.everywhere], "quit"),
  ])

  func commands(_ notation: String, _ contexts: [Context] = [.list, .everywhere]) throws -> [String] {
    var reader = KeyReader()
    return try KeyScript.parse(notation).map { key in
      switch reader.feed(key, table: table, contexts: contexts) {
      case .command(let command, let argument): "\(command)" + (argument.map { "(\($0))" } ?? "")
      case .pending: "pending"
      case .unbound: "unbound"
      }
    }
  }

  @Test func dispatches() throws {
    #expect(try commands("j Down g g m a") == ["down", "down", "pending", "top", "pending", "bookmark(a)"])
    #expect(try commands("j", [.everywhere]) == ["next"])
    #expect(try commands("g x j") == ["pending", "unbound", "down"])
    #expect(try commands("m Esc j") == ["pending", "unbound", "down"])
    #expect(try commands("m Down") == ["pending", "unbound"])
    #expect(try commands("Ctrl-C z") == ["quit", "unbound"])
  }

  @Test(arguments: ["a", ",", "Space", "Ctrl-d", "S-Tab", "PgDn", "F5", "Esc", "#", "\"", "?", "é"])
  func notationIsReversible(_ notation: String) {
    #expect(KeyEvent(notation: notation)?.description == notation)
  }

  @Test func notationReadsVariants() {
    #expect(KeyEvent(notation: "ctrl-I") == .named(.tab))
    #expect(KeyEvent(notation: "C-x") == .control("x"))
    #expect(KeyEvent(notation: "pagedown") == .named(.pageDown))
    #expect(KeyEvent(notation: "Hyper-x") == nil)
    #expect(KeyEvent(notation: "") == nil)
    #expect(KeySequence(notation: "page") == nil)
  }

  @Test func scriptsTypeText() throws {
    let keys = try KeyScript.parse("# a remark\n/ \"a b\" Enter\n\"\n")
    #expect(
      keys == [
        .character("/"), .character("a"), .character(" "), .character("b"), .named(.enter), .character("\""),
      ])
    #expect(try KeyScript.parse("gg ma") == "ggma".map { .character($0) })
    let problem = #expect(throws: KeyScript.Problem.self) { try KeyScript.parse("a\n Foo b") }
    #expect(problem?.line == 2 && problem?.found == "Foo")
  }

  @Test func conflictsAreFound() {
    #expect(table.conflicts.isEmpty)
    let bad = KeyTable<Command, Context>([
      KeyBinding(["g"], .down, in: [.list], "a"), KeyBinding(["gg"], .top, in: [.list], "b"),
      KeyBinding(["m{x}"], .bookmark, in: [.list], "c"), KeyBinding(["ma"], .filter, in: [.list], "d"),
      KeyBinding(["q", "q"], .quit, in: [.everywhere], "e"), KeyBinding(["g"], .next, in: [.everywhere], "f"),
    ])
    #expect(
      bad.conflicts == ["g (a) and gg (b)", "m{x} (c) and ma (d)", "q and q (e)"])
  }

  @Test func helpFits() {
    for columns in [0, 5, 12, 30, 60, 100] {
      for line in table.help(in: [.list, .everywhere], columns: columns) {
        #expect(line.columns <= columns)
      }
    }
    #expect(table.help(in: [.list, .everywhere], columns: 100).count == 3)
    #expect(table.help(in: [.list, .everywhere], columns: 30).count == 6)
    #expect(table.help(in: [.everywhere], columns: 30).first?.text == "m{x}      set bookmark")
    #expect(table.hints(in: [.everywhere], columns: 30).text == "m{x} set bookmark  f filter")
  }

  @Test func paletteFinds() {
    func titles(_ query: String) -> [String] {
      table.search(query, in: [.list, .everywhere]).map(\.binding.title)
    }
    #expect(titles("nf") == ["next frame"])
    #expect(titles("row") == ["next row", "first row"])
    #expect(titles("").count == 6)
    #expect(titles("zz").isEmpty)
    #expect(titles("FIL") == ["filter"])
    #expect(FuzzyMatch("nr", in: "in next row")!.positions == [3, 8])
    #expect(table.search("nf", in: [.everywhere])[0].line.text == "next frame  , j")
  }

  @Test func paletteFitsAnySize() {
    let matches = table.search("n", in: [.list, .everywhere])
    for width in [0, 1, 4, 10, 30, 90] {
      for height in [0, 1, 3, 5, 20] {
        var grid = CellGrid(
          size: Size(width: width, height: height), appearance: Appearance(colors: .ansi8, glyphs: .ascii))
        let rows = grid.drawPalette(
          "command", field: TextField("n"), matches: matches, state: ListState(), in: grid.bounds)
        #expect(rows >= 0 && rows <= height)
        if width >= 30 && height >= 5 { #expect(grid.plainText.contains("next frame")) }
      }
    }
  }
}
