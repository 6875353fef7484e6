/// One column of one row.
public struct Cell: Hashable, Sendable {
  /// A base scalar with at most three combining marks; a space in the right half of a wide glyph.
  public var glyph: Character
  /// The columns the glyph takes: 1, 2, or 0 for the right half of the wide glyph to the left.
  public var columns: UInt8
  /// The colours and attributes.
  public var style: Style

  /// A cell of one column.
  public init(_ glyph: Character = " ", style: Style = .plain) {
    self.init(glyph, columns: 1, style: style)
  }

  init(_ glyph: Character, columns: UInt8, style: Style) {
    self.glyph = glyph
    self.columns = columns
    self.style = style
  }

  /// Whether this is the right half of a wide glyph.
  public var isContinuation: Bool { columns == 0 }
}

/// A screen in memory: what drawing code writes and what terminals, tests and snapshots read.
///
/// Colours are lowered to the appearance's depth and glyphs to its set as they are written, so every output
/// shows the same cells. Writing outside is ignored.
public struct CellGrid: Hashable, Sendable {
  /// The extent.
  public let size: Size
  /// The colours and glyphs that may be used.
  public let appearance: Appearance
  /// All cells, row by row.
  public private(set) var cells: [Cell]

  /// A blank grid.
  public init(size: Size, appearance: Appearance) {
    self.size = size
    self.appearance = appearance
    cells = Array(repeating: Cell(), count: size.width * size.height)
  }

  /// The whole grid.
  public var bounds: Rect { Rect(size) }

  /// The cell at a place; a blank one outside.
  public subscript(x: Int, y: Int) -> Cell {
    bounds.contains(Point(x: x, y: y)) ? cells[y * size.width + x] : Cell()
  }

  /// The style of a role at this grid's colour depth.
  public func style(_ role: Role) -> Style { appearance.style(role) }

  /// Puts one glyph of one column; wider glyphs and controls become `?`.
  public mutating func set(_ glyph: Character, x: Int, y: Int, style: Style) {
    let lowered = style.lowered(to: appearance.colors)
    if Self.isSimple(glyph) {
      write(Cell(display(glyph), style: lowered), x: x, y: y)
    } else {
      let pieces = TerminalText.pieces(String(glyph))
      let fits = pieces.count == 1 && pieces[0].columns == 1
      write(Cell(display(fits ? pieces[0].glyph : "?"), style: lowered), x: x, y: y)
    }
  }

  /// Puts one glyph in a role's style.
  public mutating func set(_ glyph: Character, x: Int, y: Int, role: Role) {
    set(glyph, x: x, y: y, style: style(role))
  }

  /// Changes only the style of the cells in a rectangle.
  public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let inside = rect.intersection(bounds)
    for y in inside.y..<inside.maxY {
      for x in inside.x..<inside.maxX {
        change(&cells[y * size.width + x].style)
        cells[y * size.width + x].style = cells[y * size.width + x].style.lowered(to: appearance.colors)
      }
    }
  }

  /// Fills a rectangle with one glyph.
  public mutating func fill(_ rect: Rect, with glyph: Character = " ", style: Style = .plain) {
    let inside = rect.intersection(bounds)
    let style = style.lowered(to: appearance.colors)
    for y in inside.y..<inside.maxY {
      for x in inside.x..<inside.maxX { set(glyph, x: x, y: y, style: style) }
    }
  }

  /// Fills a rectangle with blanks in a role's style.
  public mutating func fill(_ rect: Rect, role: Role) {
    fill(rect, with: " ", style: style(role))
  }

  /// Puts one line of text at the left of a rectangle's first row, cut to the rectangle.
  ///
  /// - Returns: The columns used.
  @discardableResult
  public mutating func put(
    _ text: String, in rect: Rect, style: Style = .plain, alignment: Alignment = .left
  ) -> Int {
    guard !rect.isEmpty else { return 0 }
    let ascii = appearance.isASCII
    let pieces = TerminalText.fit(TerminalText.pieces(text), columns: rect.width, ascii: ascii)
    let used = pieces.reduce(0) { $0 + $1.columns }
    var x = rect.x + alignment.offset(of: used, in: rect.width)
    let lowered = style.lowered(to: appearance.colors)
    for piece in pieces {
      put(piece, x: x, y: rect.y, style: lowered)
      x += piece.columns
    }
    return used
  }

  /// Puts one line of text in a role's style.
  @discardableResult
  public mutating func put(
    _ text: String, in rect: Rect, role: Role, alignment: Alignment = .left
  ) -> Int {
    put(text, in: rect, style: style(role), alignment: alignment)
  }

  /// Puts text at a cell, cut to a clipping rectangle; what lies left of the rectangle is cut off too.
  ///
  /// - Returns: The columns the whole text takes.
  @discardableResult
  public mutating func put(_ text: String, at point: Point, style: Style = .plain, clip: Rect) -> Int {
    let pieces = TerminalText.pieces(text)
    let total = pieces.reduce(0) { $0 + $1.columns }
    guard point.y >= clip.y, point.y < clip.maxY else { return total }
    let fitted = TerminalText.fit(pieces, columns: clip.maxX - point.x, ascii: appearance.isASCII)
    let lowered = style.lowered(to: appearance.colors)
    var x = point.x
    for piece in fitted {
      if x >= clip.x { put(piece, x: x, y: point.y, style: lowered) }
      x += piece.columns
    }
    return total
  }

  /// Puts text in several styles on a rectangle's first row.
  ///
  /// - Returns: The columns used.
  @discardableResult
  public mutating func put(_ line: StyledLine, in rect: Rect, alignment: Alignment = .left) -> Int {
    guard !rect.isEmpty else { return 0 }
    let total = min(line.columns, rect.width)
    var rest = rect.dropping(left: alignment.offset(of: total, in: rect.width))
    for span in line.spans {
      if rest.isEmpty { break }
      let used = put(span.text, in: rest, role: span.role)
      rest = rest.dropping(left: used)
    }
    return total
  }

  /// Copies a grid onto this one with its top left cell at a point.
  public mutating func copy(_ other: CellGrid, to origin: Point) {
    for y in 0..<other.size.height {
      for x in 0..<other.size.width {
        let cell = other.cells[y * other.size.width + x]
        if !cell.isContinuation {
          put(
            TerminalText.Piece(glyph: cell.glyph, columns: Int(cell.columns)), x: origin.x + x,
            y: origin.y + y,
            style: cell.style.lowered(to: appearance.colors))
        }
      }
    }
  }

  // ASCII, lines and blocks need no measuring: pictures consist of them.
  static func isSimple(_ glyph: Character) -> Bool {
    let scalars = glyph.unicodeScalars
    guard let first = scalars.first?.value, scalars.index(after: scalars.startIndex) == scalars.endIndex
    else {
      return false
    }
    return (0x20..<0x7F).contains(first) || (0x2500..<0x25A0).contains(first)
  }

  private func display(_ glyph: Character) -> Character {
    appearance.isASCII ? ASCIIFallback.glyph(for: glyph) : glyph
  }

  // The style is already lowered.
  private mutating func put(_ piece: TerminalText.Piece, x: Int, y: Int, style: Style) {
    let glyph = display(piece.glyph)
    guard piece.columns == 2 else { return write(Cell(glyph, style: style), x: x, y: y) }
    let whole = x >= 0 && x + 1 < size.width
    if appearance.isASCII || !whole {
      // Half a wide glyph can't be shown: at an edge it becomes a blank.
      write(Cell(whole ? glyph : " ", style: style), x: x, y: y)
      write(Cell(whole ? glyph : " ", style: style), x: x + 1, y: y)
    } else {
      write(Cell(" ", style: style), x: x, y: y)
      write(Cell(" ", columns: 0, style: style), x: x + 1, y: y)
      guard y >= 0, y < size.height else { return }
      cells[y * size.width + x] = Cell(glyph, columns: 2, style: style)
    }
  }

  private mutating func write(_ cell: Cell, x: Int, y: Int) {
    guard x >= 0, y >= 0, x < size.width, y < size.height else { return }
    let index = y * size.width + x
    // A wide glyph that loses one half loses the other.
    if cells[index].columns == 2, x + 1 < size.width {
      cells[index + 1] = Cell(" ", style: cells[index + 1].style)
    } else if cells[index].isContinuation, x > 0 {
      cells[index - 1] = Cell(" ", style: cells[index - 1].style)
    }
    cells[index] = cell
  }
}
