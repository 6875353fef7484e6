/// A grid as plain values for JSON: the glyphs of each row and the runs of styles that differ from the default.
public struct GridSnapshot: Hashable, Sendable, Codable {
  /// Neighbouring cells of one style.
  public struct Run: Hashable, Sendable, Codable {
    /// The first column.
    public var x: Int
    /// The row.
    public var y: Int
    /// Columns.
    public var width: Int
    /// The style as `Style.description` writes it.
    public var style: String
  }

  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// The glyphs of each row; wide ones take two columns, so a row may have fewer characters than columns.
  public var rows: [String]
  /// The runs from left to right and top to bottom; cells in the default style are in none.
  public var runs: [Run]

  /// The values of a grid.
  public init(_ grid: CellGrid) {
    width = grid.size.width
    height = grid.size.height
    rows = (0..<grid.size.height).map(grid.glyphs(of:))
    runs = []
    for y in 0..<height {
      var x = 0
      while x < width {
        let style = grid[x, y].style
        let start = x
        while x < width && grid[x, y].style == style { x += 1 }
        if style != .plain {
          runs.append(Run(x: start, y: y, width: x - start, style: style.description))
        }
      }
    }
  }
}

extension Color: CustomStringConvertible {
  /// `default`, `ansi3`, `256:71`, `#1f9e89`.
  public var description: String {
    func hexadecimal(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16) }
    switch self {
    case .standard: return "default"
    case .ansi(let index): return "ansi\(index)"
    case .indexed(let index): return "256:\(index)"
    case .rgb(let red, let green, let blue):
      return "#" + hexadecimal(red) + hexadecimal(green) + hexadecimal(blue)
    }
  }
}

extension Style: CustomStringConvertible {
  /// `bold reverse ansi6 on default`.
  public var description: String {
    var words: [String] = []
    if attributes.contains(.bold) { words.append("bold") }
    if attributes.contains(.dim) { words.append("dim") }
    if attributes.contains(.underline) { words.append("underline") }
    if attributes.contains(.reverse) { words.append("reverse") }
    words.append("\(foreground) on \(background)")
    return words.joined(separator: " ")
  }
}
