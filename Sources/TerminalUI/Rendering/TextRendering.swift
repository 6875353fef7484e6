extension CellGrid {
  /// The glyphs of each row without styles; blanks at the end of rows are left out.
  public var plainText: String {
    (0..<size.height).map { y in
      var line = glyphs(of: y)
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// The rows with SGR sequences wherever the style changes (ECMA-48; colours as xterm reads them). Each row
  /// ends in the default style.
  public var ansiText: String {
    var result = ""
    for y in 0..<size.height {
      var current = Style.plain
      for x in 0..<size.width {
        let cell = self[x, y]
        if cell.isContinuation { continue }
        if cell.style != current {
          result += SGR.sequence(from: current, to: cell.style)
          current = cell.style
        }
        result.append(cell.glyph)
      }
      if current != .plain { result += SGR.reset }
      result += "\n"
    }
    return result
  }

  func glyphs(of row: Int) -> String {
    var line = ""
    for x in 0..<size.width where !self[x, row].isContinuation { line.append(self[x, row].glyph) }
    return line
  }
}

/// Select Graphic Rendition sequences.
enum SGR {
  static let reset = "\u{1B}[0m"

  /// The shortest change: attributes can only be added without a reset.
  static func sequence(from: Style, to: Style) -> String {
    if to == .plain { return reset }
    var codes: [String] = []
    var known = from
    if !to.attributes.isSuperset(of: from.attributes) {
      codes.append("0")
      known = .plain
    }
    let added = to.attributes.subtracting(known.attributes)
    if added.contains(.bold) { codes.append("1") }
    if added.contains(.dim) { codes.append("2") }
    if added.contains(.underline) { codes.append("4") }
    if added.contains(.reverse) { codes.append("7") }
    if to.foreground != known.foreground { codes.append(code(to.foreground, base: 30)) }
    if to.background != known.background { codes.append(code(to.background, base: 40)) }
    return "\u{1B}[" + codes.joined(separator: ";") + "m"
  }

  static func code(_ color: Color, base: Int) -> String {
    switch color {
    case .standard: "\(base + 9)"
    case .ansi(let index): index < 8 ? "\(base + Int(index))" : "\(base + 52 + Int(index & 15))"
    case .indexed(let index): "\(base + 8);5;\(index)"
    case .rgb(let red, let green, let blue): "\(base + 8);2;\(red);\(green);\(blue)"
    }
  }
}
