import Evaluation
import Testing

@Suite struct CSVTests {
  @Test func onlyWhatMustBeIsQuoted() {
    #expect(CSVText.line(["-a_1", "male speech", "0.5", ""]) == "-a_1,male speech,0.5,")
    #expect(
      CSVText.line(["a,b", "say \"x\"", "two\nlines", " edge"])
        == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\" edge\"")
  }

  @Test func everyFieldComesBack() {
    let rows = [
      ["plain", "", "0.1"], ["a,b", "\"", "\"\""], ["line\nfeed", "carriage\r\nreturn", "\r"], ["", "", ""],
      [" ", "é,日本", "tail "],
    ]
    #expect(CSVText.records(rows.map(CSVText.line).joined(separator: "\n")) == rows)
    #expect(CSVText.records(rows.map(CSVText.line).joined(separator: "\r\n") + "\r\n") == rows)
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
