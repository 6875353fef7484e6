extension TerminalText {
  /// Breaks a text at spaces into lines of at most so many columns; longer words are cut, newlines kept.
  public static func wrapped(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      var used = 0
      for word in paragraph.split(separator: " ") {
        var rest = pieces(String(word))[...]
        var length = rest.reduce(0) { $0 + $1.columns }
        if used > 0 && used + 1 + length <= columns {
          line += " "
          used += 1
        } else if used > 0 {
          lines.append(line)
          line = ""
          used = 0
        }
        while length > columns && rest.count > 1 {
          var head = ""
          var taken = 0
          // A glyph wider than the line is taken alone; drawing cuts it.
          while let next = rest.first, taken + next.columns <= columns || taken == 0 {
            head.append(next.glyph)
            taken += next.columns
            rest.removeFirst()
          }
          lines.append(head)
          length -= taken
        }
        line += String(rest.map(\.glyph))
        used += length
      }
      lines.append(line)
    }
    return lines
  }
}

extension CellGrid {
  /// Draws a text wrapped to a rectangle. What doesn't fit is left out, which the last row's end tells.
  ///
  /// - Returns: The rows used.
  @discardableResult
  public mutating func drawText(_ text: String, in rect: Rect, role: Role = .text) -> Int {
    let lines = TerminalText.wrapped(text, columns: rect.width)
    for (row, line) in lines.prefix(rect.height).enumerated() {
      let isCut = row == rect.height - 1 && lines.count > rect.height
      put(isCut ? lines[row...].joined(separator: " ") : line, in: rect.row(row), role: role)
    }
    return min(lines.count, rect.height)
  }
}
