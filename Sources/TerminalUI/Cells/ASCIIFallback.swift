/// What stands for a glyph where the locale has no UTF-8.
enum ASCIIFallback {
  /// One ASCII character of the same width, `?` when there is no likeness.
  static func glyph(for glyph: Character) -> Character {
    glyph.isASCII ? glyph : table[glyph] ?? "?"
  }

  private static let table: [Character: Character] = [
    "…": "~", "·": ".", "•": "*", "–": "-", "—": "-", "−": "-", "×": "x", "±": "+", "≤": "<", "≥": ">",
    "∧": "^", "∨": "v",
    "‘": "'", "’": "'", "“": "\"", "”": "\"", "°": "o", "µ": "u", "\u{A0}": " ",
    "α": "a", "β": "b", "γ": "g", "σ": "s", "ω": "w", "Δ": "D", "θ": "t", "Φ": "P",
    "→": ">", "←": "<", "↑": "^", "↓": "v", "▲": "^", "▼": "v", "▶": ">", "◀": "<", "✓": "v", "✗": "x",
    "│": "|", "─": "-", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+",
    "┼": "+",
    "┃": "|", "━": "=", "┏": "+", "┓": "+", "┗": "+", "┛": "+",
    "█": "#", "▓": "#", "▒": "+", "░": ".", "▀": "\"", "▄": "_",
  ]
}
