/// Text as a terminal may show it: labels and file names are untrusted, so control characters, bidirectional
/// controls, invisible format characters and invalid UTF-8 are spelled out instead of sent.
public enum TerminalText {
  /// One glyph and the columns it takes (1 or 2).
  struct Piece {
    var glyph: Character
    var columns: Int
  }

  /// Spells out what must not reach a terminal: ESC as `^[`, U+009B as `<9B>`, U+202E as `<202E>`.
  public static func escaped(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = ""
    for scalar in text.unicodeScalars { append(scalar, to: &result) }
    return result
  }

  /// The same for bytes, such as a file name's; each byte that isn't UTF-8 becomes `\xFF`.
  public static func escaped(utf8 bytes: [UInt8]) -> String {
    var result = ""
    var parser = Unicode.UTF8.ForwardParser()
    var input = bytes.makeIterator()
    var position = 0
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        position += encoded.count
        append(Unicode.UTF8.decode(encoded), to: &result)
      case .error(let length):
        for byte in bytes[position..<position + length] { result += "\\x" + hexadecimal(UInt32(byte), 2) }
        position += length
      case .emptyInput: return result
      }
    }
  }

  /// The columns a text takes once escaped.
  public static func columns(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    return pieces(text).reduce(0) { $0 + $1.columns }
  }

  /// A text cut to a number of columns; a cut one ends in `…`, or `~` in ASCII.
  public static func truncated(_ text: String, columns: Int, ascii: Bool = false) -> String {
    let cut = fit(pieces(text), columns: columns, ascii: ascii)
    return String(cut.map(\.glyph))
  }

  /// The glyphs of a text after escaping, each with its width; combining marks stay with their base.
  static func pieces(_ text: String) -> [Piece] {
    var result: [Piece] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in escaped(text).unicodeScalars {
      let columns = ColumnWidth.of(scalar)
      if columns > 0 {
        result.append(Piece(glyph: Character(scalar), columns: columns))
      } else if let last = result.indices.last, result[last].glyph.unicodeScalars.count < 4 {
        // Four scalars fit every terminal's and curses' cell; more only serves to smear over other rows.
        let joined = String(result[last].glyph) + String(scalar)
        if joined.count == 1 { result[last].glyph = Character(joined) }
      }
    }
    return result
  }

  /// Cuts pieces to a width; the last piece is the mark of a cut.
  static func fit(_ pieces: [Piece], columns: Int, ascii: Bool) -> [Piece] {
    let total = pieces.reduce(0) { $0 + $1.columns }
    if total <= columns { return pieces }
    if columns <= 0 { return [] }
    var result: [Piece] = []
    var used = 0
    for piece in pieces {
      if used + piece.columns > columns - 1 { break }
      result.append(piece)
      used += piece.columns
    }
    result.append(Piece(glyph: ascii ? "~" : "…", columns: 1))
    return result
  }

  private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
    let value = scalar.value
    if value < 0x20 {
      result += "^" + String(Unicode.Scalar(UInt8(value + 0x40)))
    } else if value < 0x7F {
      result.unicodeScalars.append(scalar)
    } else if value == 0x7F {
      result += "^?"
    } else if value == 0x200C || value == 0x200D || (0xFE00...0xFE0F).contains(value) {
      // Joiners and variation selectors change widths from terminal to terminal; without them text stays legible.
      return
    } else {
      switch scalar.properties.generalCategory {
      case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
        result += "<" + hexadecimal(value, 2) + ">"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
