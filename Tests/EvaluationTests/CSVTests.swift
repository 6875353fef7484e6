import Evaluation
import Testing

@Suite struct CSVTests {
  @Test func onlyWhatMustBeIsQuoted() {
    #expect(CSVText.line(["-a_1", "male speech", "0.5", ""]) == "-a_1,male speech,0.5,")
    #expect(
      CSVText.line(["a,b", "say \"x\"", "two words", " edge"])
        == "\"a,b\",\"say \"\"x\"\"\",two words,\" edge\"")
  }

  @Test func everyFieldComesBack() {
    let rows = [
      ["plain", "", "0.1"], ["a,b", "\"", "\"\""], ["line\nfeed", "carriage\r\nreturn", "\r"], ["", "", ""],
      [" ", "é,日本", "tail "], ["\u{1b}[2J", "\u{9b}31m\u{7f}", "a\u{202e}b\u{2028}"],
      ["\\", "\\u001b", "\\\\n\t"], ["\u{e0001}\u{10fffd}", "👩\u{200d}🔬", "\u{0}"],
    ]
    #expect(CSVText.records(rows.map(CSVText.line).joined(separator: "\n")) == rows)
    #expect(CSVText.records(rows.map(CSVText.line).joined(separator: "\r\n") + "\r\n") == rows)
  }

  /// Neither control characters nor bidirectional overrides, and one line a record.
  @Test func noFieldSteersATerminal() {
    let line = CSVText.line(["esc\u{1b}[31m\nred", "csi\u{9b}2J", "over\u{202e}ride", "C:\\dir"])
    #expect(line == #"esc\u001b[31m\u000ared,csi\u009b2J,over\u202eride,C:\\dir"#)
    // What was written before there were escapes.
    #expect(
      CSVText.records("C:\\dir,\"two\nlines\",\\u12,\\u+123,tail\\") == [
        ["C:\\dir", "two\nlines", "\\u12", "\\u+123", "tail\\"]
      ])
  }

  @Test func blankLinesAreNoRecords() {
    #expect(CSVText.records("\n\na,b\n\n") == [["a", "b"]])
    #expect(CSVText.records("") == [])
    #expect(CSVText.records("\"\"\n") == [[""]])
  }

  @Test func anOpenQuoteIsNoText() {
    #expect(CSVText.records("a,\"b\nc") == nil)
  }

  @Test func numbersComeBackExactly() {
    let values = [0.1, 1.0 / 3, 0.30000000000000004, Double.leastNonzeroMagnitude, 0]
    for value in values { #expect(Double("\(value)") == value) }
  }
}
