/// Comma-separated text as RFC 4180 has it, with line feeds.
///
/// Beyond that, characters that may steer a terminal, line ends among them, are written as in JSON (`\u001b`), and a backslash
/// as two: a record is a line, and every field comes back.
public enum CSVText {
  /// One line without its end. Fields with commas, quotes or outer blanks are quoted.
  public static func line(_ fields: [String]) -> String {
    fields.map {
      quoted(CharacterEscapes.escaped($0.replacing("\\", with: "\\\\")))
    }.joined(separator: ",")
  }

  private static func quoted(_ field: String) -> String {
    let isPlain =
      field.utf8.allSatisfy { ![0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      && field.first != " " && field.last != " "
    return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
  }

  /// The records of a text, blank lines left out; nil if a quote is not closed.
  public static func records(_ text: String) -> [[String]]? {
    var records: [[String]] = []
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    var wasQuoted = false
    func endField() {
      fields.append(CharacterEscapes.unescaped(String(field)))
      field = .init()
      wasQuoted = false
    }
    func endRecord() {
      let isBlank = fields.isEmpty && field.isEmpty && !wasQuoted
      endField()
      if !isBlank { records.append(fields) }
      fields = []
    }
    let scalars = Array(text.unicodeScalars)
    var i = 0
    while i < scalars.count {
      let scalar = scalars[i]
      if isQuoted {
        if scalar != "\"" {
          field.append(scalar)
        } else if i + 1 < scalars.count, scalars[i + 1] == "\"" {
          field.append("\"")
          i += 1
        } else {
          isQuoted = false
        }
      } else if scalar == "\"", field.isEmpty, !wasQuoted {
        isQuoted = true
        wasQuoted = true
      } else if scalar == "," {
        endField()
      } else if scalar == "\n" {
        endRecord()
      } else if scalar != "\r" || i + 1 == scalars.count || scalars[i + 1] != "\n" {
        field.append(scalar)
      }
      i += 1
    }
    guard !isQuoted else { return nil }
    endRecord()
    return records
  }
}
