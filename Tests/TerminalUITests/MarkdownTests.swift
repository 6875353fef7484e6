import TerminalUI
import Testing

/// Articles in Markdown as terminals show them.
@Suite struct MarkdownTests {
  private func text(_ markdown: String, columns: Int = 40, marksCode: Bool = true) -> [String] {
    MarkdownText(markdown).lines(
      columns: columns, marksCode: marksCode, articles: ["SpeedOfThings": "c3n help speed"]
    ).map(\.text)
  }

  @Test func headingsAreUnderlinedByTheirLevel() {
    #expect(
      text("# Title\n\n## Part\n### Less\ntext") == [
        "Title", "=====", "", "Part", "----", "", "Less", "", "text",
      ])
    #expect(MarkdownText("# A `b` c\n\nFirst\npart.\n\nSecond.").title == "A b c")
    #expect(MarkdownText("# T\n\nFirst\npart.\n\nSecond.").abstract == "First part.")
    #expect(MarkdownText("text").title == nil)
  }

  @Test func paragraphsAreWrappedAndJoined() {
    let lines = text("one two three\nfour five six seven eight nine ten", columns: 20)
    #expect(lines == ["one two three four", "five six seven eight", "nine ten"])
    #expect(text("a 犬犬犬犬犬犬犬犬犬犬 b", columns: 20) == ["a", "犬犬犬犬犬犬犬犬犬犬", "b"])
    #expect(text("", columns: 20) == [] && text("\n\n") == [])
  }

  @Test func codeIsNeitherWrappedNorRead() {
    let code =
      "```sh\nc3n run *a* `b` <doc:X> # a very long line that has no end at forty columns\n\n  # no title\n```"
    #expect(
      text(code) == [
        "    c3n run *a* `b` <doc:X> # a very long line that has no end at forty columns", "    ",
        "      # no title",
      ])
    #expect(text("```\nnever closed") == ["    never closed"])
  }

  @Test func spansLoseTheirMarks() {
    #expect(
      text("a **bold** and *soft* word, 3 * 4 * 5, a_b_c, x^2", columns: 80) == [
        "a bold and soft word, 3 * 4 * 5, a_b_c, x^2"
      ])
    #expect(
      text("`key` and ``C3NModel/see(_:observe:)`` and ``a`b``") == [
        "`key` and `see(_:observe:)` and `a`b`"
      ])
    #expect(text("`key`", marksCode: false) == ["key"])
    #expect(
      text("[text](https://a.b) <doc:SpeedOfThings> [x](doc:SpeedOfThings)", columns: 80) == [
        "text <https://a.b> `c3n help speed` x (`c3n help speed`)"
      ])
    #expect(
      text("![a screen](b.svg) [open `` *end ** <x \\* \\|", columns: 80) == [
        "[picture: a screen] [open `` *end ** <x * |"
      ])
    let roles = MarkdownText("a **b** `c`").lines(columns: 40)[0].spans
    #expect(roles.map(\.role) == [.text, .strong, .text, .key])
  }

  @Test func listsHang() {
    #expect(
      text("* one two three four five six\n  seven\n* two:\n  1. a\n  2. b\n\nend", columns: 20) == [
        "• one two three four", "  five six seven", "• two:", "  1. a", "  2. b", "", "end",
      ])
    #expect(text("9. a\n10. b") == ["9.  a", "10. b"])
    #expect(text("text\n- a\n- b") == ["text", "", "• a", "• b"])
  }

  @Test func tablesFillTheirWidth() {
    #expect(
      text("| a | b |\n|---|---|\n| 1 | two |\n| x \\| y | |") == [
        "a      b", "-----  ---", "1      two", "x | y",
      ])
    // The longer column gets the room.
    #expect(
      text("| k | what |\n|-|-|\n| `a` | one two three four five |\n| b | six |", columns: 20) == [
        "k    what", "---  ---------------", "`a`  one two three", "     four five", "", "b    six",
      ])
    #expect(text("| | |\n|-|-|\n| a | b |") == ["a  b"])
    // Words that do not fit beside each other: a record for each row.
    #expect(
      text("| row | aaaaaaaaaaaa | bbbbbbbbbbbb |\n|-|-|-|\n| r1 | 1 | 2 |\n| r2 | | 4 |", columns: 20) == [
        "r1", "  aaaaaaaaaaaa: 1", "  bbbbbbbbbbbb: 2", "", "r2", "  bbbbbbbbbbbb: 4",
      ])
    #expect(text("| no table\nsecond") == ["| no table second"])
  }

  @Test func whatOnlyDocCNeedsIsLeftOut() {
    let page = """
      # T

      @Metadata {
        @PageImage(purpose: icon, source: x) { }
      }

      Abstract.
      <!-- a
      comment -->

      > Note: mind
      > this.

      ## Topics

      ### Articles

      - <doc:SpeedOfThings>

      ## After

      end
      """
    #expect(
      text(page) == ["T", "=", "", "Abstract.", "", "| Note: mind this.", "", "After", "-----", "", "end"])
  }

  @Test func stylesAndGlyphsFollowTheAppearance() {
    let line = MarkdownText("**b** α `é`").lines(columns: 40)[0]
    let color = Appearance(colors: .ansi8, glyphs: .quadrants)
    #expect(line.text(for: color, isStyled: true) == "\u{1B}[1mb\u{1B}[0m α \u{1B}[1;36mé\u{1B}[0m")
    #expect(line.text(for: Appearance(colors: .ansi8, glyphs: .ascii), isStyled: false) == "b a ?")
    #expect(
      MarkdownText("a\u{1B}[31mb").lines(columns: 40)[0].text(for: color, isStyled: false) == "a^[[31mb")
  }
}
