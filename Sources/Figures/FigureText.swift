import TerminalUI

/// A line of text in a figure with raised and lowered parts. What it says may come from files and is escaped.
struct FigureText: ExpressibleByStringInterpolation {
  /// A part of one kind.
  struct Run {
    enum Kind { case plain, strong, raised, lowered }

    let text: String
    let kind: Kind
  }

  private(set) var runs: [Run]

  init(_ runs: [Run]) {
    self.runs = runs
  }

  init(stringLiteral text: String) {
    runs = [Run(text: text, kind: .plain)]
  }

  init(_ text: String) {
    runs = [Run(text: text, kind: .plain)]
  }

  static func strong(_ text: String) -> FigureText { FigureText([Run(text: text, kind: .strong)]) }

  /// A symbol with an index below or above: M with sim, C with alpha.
  static func symbol(_ symbol: String, lowered: String = "", raised: String = "") -> FigureText {
    FigureText(
      [
        Run(text: symbol, kind: .plain), Run(text: lowered, kind: .lowered),
        Run(text: raised, kind: .raised),
      ].filter { !$0.text.isEmpty })
  }

  static func + (left: FigureText, right: FigureText) -> FigureText { FigureText(left.runs + right.runs) }

  /// The SVG inside of a text element.
  var markup: String {
    var markup = ""
    // A shift stays until it is taken back.
    var back = ""
    for run in runs {
      let text = Self.escaped(run.text)
      switch run.kind {
      case .plain: markup += back.isEmpty ? text : "<tspan dy=\"\(back)\">\(text)</tspan>"
      case .strong:
        markup += "<tspan font-weight=\"bold\"\(back.isEmpty ? "" : " dy=\"\(back)\"")>\(text)</tspan>"
      case .raised: markup += "<tspan dy=\"-0.38em\" font-size=\"75%\">\(text)</tspan>"
      case .lowered: markup += "<tspan dy=\"0.28em\" font-size=\"75%\">\(text)</tspan>"
      }
      // Of the smaller font's size, hence of three quarters.
      back = run.kind == .raised ? "0.285em" : run.kind == .lowered ? "-0.21em" : ""
    }
    return markup
  }

  /// Text that neither steers a terminal nor means anything to XML; characters that XML cannot hold are replaced.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in TerminalText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\u{20}"..."\u{7e}", "\u{a0}"..."\u{d7ff}", "\u{e000}"..."\u{fffd}", "\u{10000}"..."\u{10ffff}":
        escaped.unicodeScalars.append(scalar)
      default: escaped += "\u{fffd}"
      }
    }
    return escaped
  }

  // MARK: Widths

  /// The width of a text in Helvetica, which Arial and Liberation Sans share, plus a tenth for other fonts.
  static func width(_ text: String, size: Double) -> Double {
    let thousandths = TerminalText.escaped(text).unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0x20...0x7e: sum + widths[Int(scalar.value) - 0x20]
      case 0..<0x1100: sum + 600
      default: sum + 1000
      }
    }
    return Double(thousandths) * size / 1000 * 1.1
  }

  /// A text that fits, its end cut if need be.
  static func fitted(_ text: String, width room: Double, size: Double) -> String {
    guard width(text, size: size) > room else { return text }
    var short = text
    while !short.isEmpty, width(short + "…", size: size) > room { short.removeLast() }
    return short + "…"
  }

  /// The words of a text in lines that fit; a word that does not is cut where the line ends.
  static func wrapped(_ text: String, width room: Double, size: Double) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      var word = String(word)
      let longer = line.isEmpty ? word : "\(line) \(word)"
      if width(longer, size: size) <= room {
        line = longer
        continue
      }
      if !line.isEmpty { lines.append(line) }
      while width(word, size: size) > room, word.count > 1 {
        var part = word
        while part.count > 1, width(part, size: size) > room { part.removeLast() }
        lines.append(part)
        word.removeFirst(part.count)
      }
      line = word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  // Thousandths of the size, from the space to the tilde: the widths of Adobe's Helvetica.
  private static let widths = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]
}
