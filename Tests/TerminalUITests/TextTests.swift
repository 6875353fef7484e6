import TerminalUI
import Testing

@Suite struct TextTests {
  let grey = Appearance(colors: .monochrome, glyphs: .quadrants)

  @Test(arguments: [
    ("plain", "plain"), ("\u{1B}[31m", "^[[31m"), ("a\nb\t", "a^Jb^I"), ("\u{7F}", "^?"),
    ("\u{9B}2J", "<9B>2J"),
    ("a\u{202E}b", "a<202E>b"), ("\u{200B}", "<200B>"), ("\u{2028}", "<2028>"), ("\u{E000}", "<E000>"),
    ("é", "é"), ("👩\u{200D}🚀", "👩🚀"), ("\r\n", "^M^J"),
  ]) func escapes(_ text: String, _ shown: String) {
    #expect(TerminalText.escaped(text) == shown)
  }

  @Test func escapesInvalidBytes() {
    #expect(TerminalText.escaped(utf8: [0x61, 0xFF, 0x62]) == "a\\xFFb")
    #expect(TerminalText.escaped(utf8: [0xE3, 0x81, 0x61]) == "\\xE3\\x81a")
    #expect(TerminalText.escaped(utf8: [0xC0, 0x80]) == "\\xC0\\x80")
    #expect(TerminalText.escaped(utf8: Array("犬\u{1B}".utf8)) == "犬^[")
  }

  @Test(arguments: [
    ("abc", 3), ("犬", 2), ("e\u{301}", 1), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("🎻", 2), ("─", 1),
    ("α", 1), ("Ａ", 2), ("", 0), ("\u{1B}", 2),
  ]) func columns(_ text: String, _ columns: Int) {
    #expect(TerminalText.columns(text) == columns)
  }

  @Test func truncates() {
    #expect(TerminalText.truncated("abcdef", columns: 6) == "abcdef")
    #expect(TerminalText.truncated("abcdef", columns: 4) == "abc…")
    #expect(TerminalText.truncated("abcdef", columns: 4, ascii: true) == "abc~")
    #expect(TerminalText.truncated("犬犬犬", columns: 4) == "犬…")
    #expect(TerminalText.truncated("abc", columns: 0) == "")
  }

  @Test func aTextThatIsCutSaysSo() {
    var grid = CellGrid(size: Size(width: 8, height: 2), appearance: grey)
    #expect(grid.drawText("one two three four", in: grid.bounds) == 2)
    #expect(grid.plainText == "one two\nthree f…\n")
    #expect(grid.drawText("one two three", in: grid.bounds) == 2)
    #expect(grid.plainText.hasPrefix("one two\nthree"))
  }

  @Test func wideGlyphsKeepBothHalvesOrNone() {
    var grid = CellGrid(size: Size(width: 5, height: 1), appearance: grey)
    grid.put("犬犬", in: grid.bounds)
    #expect(grid[0, 0].columns == 2 && grid[1, 0].isContinuation)
    grid.set("x", x: 1, y: 0, role: .text)
    #expect(grid.plainText == " x犬\n")
    grid.set("y", x: 2, y: 0, role: .text)
    #expect(grid.plainText == " xy\n")
    grid.put("犬", at: Point(x: 4, y: 0), clip: Rect(x: 0, y: 0, width: 6, height: 1))
    #expect(grid[4, 0] == Cell(" "))
    #expect(grid.cells.allSatisfy { !$0.isContinuation })
  }

  @Test func combiningMarksAreLimited() {
    var grid = CellGrid(size: Size(width: 3, height: 1), appearance: grey)
    grid.put("e" + String(repeating: "\u{301}", count: 50) + "f", in: grid.bounds)
    #expect(grid[0, 0].glyph.unicodeScalars.count == 4)
    #expect(grid[1, 0].glyph == "f")
  }

  @Test func asciiKeepsWidths() {
    var grid = CellGrid(
      size: Size(width: 12, height: 1), appearance: Appearance(colors: .ansi8, glyphs: .ascii))
    grid.put("α→犬é│…ok", in: grid.bounds)
    #expect(grid.plainText == "a>???|~ok\n")
  }

  @Test func wraps() {
    #expect(TerminalText.wrapped("one two three", columns: 7) == ["one two", "three"])
    #expect(TerminalText.wrapped("abcdefgh i", columns: 3) == ["abc", "def", "gh", "i"])
    #expect(TerminalText.wrapped("a\n\nb", columns: 3) == ["a", "", "b"])
    #expect(TerminalText.wrapped("犬犬", columns: 1).count == 2)
    #expect(TerminalText.wrapped("a", columns: 0) == [])
  }

  @Test func ansiIsMinimalAndEndsPlain() {
    var grid = CellGrid(
      size: Size(width: 4, height: 1), appearance: Appearance(colors: .ansi8, glyphs: .ascii))
    grid.set("a", x: 0, y: 0, style: Style(.ansi(1), on: .standard, .bold))
    grid.set("b", x: 1, y: 0, style: Style(.ansi(1), on: .ansi(4), .bold))
    grid.set("c", x: 2, y: 0, style: Style(.ansi(1)))
    #expect(grid.ansiText == "\u{1B}[1;31ma\u{1B}[44mb\u{1B}[0;31mc\u{1B}[0m \n")
  }

  @Test func snapshotHoldsRuns() {
    var grid = CellGrid(
      size: Size(width: 4, height: 1), appearance: Appearance(colors: .truecolor, glyphs: .ascii))
    grid.set("a", x: 1, y: 0, style: Style(.rgb(1, 255, 16)))
    let snapshot = GridSnapshot(grid)
    #expect(snapshot.rows == [" a  "])
    #expect(snapshot.runs.count == 1)
    #expect(snapshot.runs[0].style == "#01ff10 on default" && snapshot.runs[0].x == 1)
  }

  @Test func fieldEdits() {
    var field = TextField("dog")
    for key in [KeyEvent.named(.left), .character("!"), .named(.home), .character("a"), .named(.delete)] {
      let handled = field.handle(key)
      #expect(handled)
    }
    #expect(field.text == "ao!g")
    let entered = field.handle(.named(.enter))
    #expect(!entered)
    field = TextField("one two ")
    _ = field.handle(.control("w"))
    #expect(field.text == "one ")
    _ = field.handle(.control("u"))
    #expect(field.text.isEmpty && field.cursor == 0)
  }
}
