import TerminalUI

/// The shapes of glyphs that fill their cell: Unicode's block elements (U+2580 to U+259F) and box drawing lines.
enum CellShape {
  /// Whether a glyph is drawn by its shape; others are text.
  static func isDrawn(_ glyph: Character) -> Bool {
    shade(glyph) != nil || !blocks(glyph).isEmpty || arms(glyph) != nil
  }

  /// The share of a cell that a shade covers; nil for other glyphs.
  static func shade(_ glyph: Character) -> Float? {
    switch glyph {
    case "░": 0.25
    case "▒": 0.5
    case "▓": 0.75
    default: nil
    }
  }

  /// The parts of a cell that a block element covers, in eighths of its width and height; none for other glyphs.
  static func blocks(_ glyph: Character) -> [Rect] {
    guard let value = glyph.unicodeScalars.first?.value, glyph.unicodeScalars.count == 1 else { return [] }
    switch value {
    case 0x2580: return [Rect(x: 0, y: 0, width: 8, height: 4)]
    case 0x2581...0x2588:
      let height = Int(value - 0x2580)
      return [Rect(x: 0, y: 8 - height, width: 8, height: height)]
    case 0x2589...0x258F: return [Rect(x: 0, y: 0, width: Int(0x2590 - value), height: 8)]
    case 0x2590: return [Rect(x: 4, y: 0, width: 4, height: 8)]
    case 0x2594: return [Rect(x: 0, y: 0, width: 8, height: 1)]
    case 0x2595: return [Rect(x: 7, y: 0, width: 1, height: 8)]
    case 0x2596...0x259F: return quadrants[Int(value - 0x2596)].map { corners[$0] }
    default: return []
    }
  }

  /// How thick the lines from the middle of a cell to its sides are: 0 for none, 1 for light, 2 for heavy ones.
  struct Arms: Hashable {
    let left, right, up, down: Int
  }

  /// The lines of a box drawing glyph, light or heavy throughout; nil for other glyphs.
  static func arms(_ glyph: Character) -> Arms? { lines[glyph] }

  private static let corners = [
    Rect(x: 0, y: 0, width: 4, height: 4), Rect(x: 4, y: 0, width: 4, height: 4),
    Rect(x: 0, y: 4, width: 4, height: 4), Rect(x: 4, y: 4, width: 4, height: 4),
  ]

  /// From U+2596 on: which of upper left, upper right, lower left, lower right are covered.
  private static let quadrants = [
    [2], [3], [0], [0, 2, 3], [0, 3], [0, 1, 2], [0, 1, 3], [1], [1, 2], [1, 2, 3],
  ]

  private static let lines: [Character: Arms] = {
    let glyphs: [(light: Character, heavy: Character, sides: [Int])] = [
      ("─", "━", [1, 1, 0, 0]), ("│", "┃", [0, 0, 1, 1]), ("┌", "┏", [0, 1, 0, 1]), ("┐", "┓", [1, 0, 0, 1]),
      ("└", "┗", [0, 1, 1, 0]), ("┘", "┛", [1, 0, 1, 0]), ("├", "┣", [0, 1, 1, 1]), ("┤", "┫", [1, 0, 1, 1]),
      ("┬", "┳", [1, 1, 0, 1]), ("┴", "┻", [1, 1, 1, 0]), ("┼", "╋", [1, 1, 1, 1]), ("╴", "╸", [1, 0, 0, 0]),
      ("╵", "╹", [0, 0, 1, 0]), ("╶", "╺", [0, 1, 0, 0]), ("╷", "╻", [0, 0, 0, 1]),
    ]
    var lines: [Character: Arms] = [:]
    for (light, heavy, sides) in glyphs {
      for (glyph, weight) in [(light, 1), (heavy, 2)] {
        lines[glyph] = Arms(
          left: sides[0] * weight, right: sides[1] * weight, up: sides[2] * weight, down: sides[3] * weight)
      }
    }
    return lines
  }()
}
