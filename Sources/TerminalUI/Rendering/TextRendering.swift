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
          result += cell.style == .plain ? SGR.reset : SGR.change(from: current, to: cell.style)
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

  /// The shortest sequence from one style to another: what is gone is taken away, or everything and the rest set again.
  static func change(from: Style, to: Style) -> String {
    var codes: [String] = []
    var kept = from.attributes
    let gone = from.attributes.subtracting(to.attributes)
    if !gone.isDisjoint(with: [.bold, .dim]) {
      codes.append("22")
      kept.subtract([.bold, .dim])
    }
    if gone.contains(.underline) { codes.append("24") }
    if gone.contains(.reverse) { codes.append("27") }
    codes += self.codes(of: to.attributes.subtracting(kept.subtracting(gone)))
    codes += colors(from: from, to: to)
    let anew = (to == .plain ? [] : ["0"]) + self.codes(of: to.attributes) + colors(from: .plain, to: to)
    return [codes, anew].map { "\u{1B}[" + $0.joined(separator: ";") + "m" }.min {
      $0.utf8.count < $1.utf8.count
    }!
  }

  private static func codes(of attributes: Attributes) -> [String] {
    [(Attributes.bold, "1"), (.dim, "2"), (.underline, "4"), (.reverse, "7")]
      .filter { attributes.contains($0.0) }.map(\.1)
  }

  private static func colors(from: Style, to: Style) -> [String] {
    (from.foreground == to.foreground ? [] : [code(to.foreground, base: 30)])
      + (from.background == to.background ? [] : [code(to.background, base: 40)])
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

extension StyledLine {
  /// The line for a terminal outside the explorer: escaped, in the glyphs of an appearance and, where `isStyled`, with SGR
  /// sequences for its roles; it ends in the default style.
  public func text(for appearance: Appearance, isStyled: Bool) -> String {
    var result = ""
    var current = Style.plain
    for span in spans {
      let style = isStyled ? appearance.style(span.role) : .plain
      if style != current {
        result += style == .plain ? SGR.reset : SGR.change(from: current, to: style)
        current = style
      }
      for piece in TerminalText.pieces(span.text) {
        result.append(appearance.isASCII ? ASCIIFallback.glyph(for: piece.glyph) : piece.glyph)
      }
    }
    return current == .plain ? result : result + SGR.reset
  }
}
