/// What a terminal shows, and the bytes that turn it into another screen, for terminals of xterm's kind (ECMA-48,
/// the cursor waits beyond the last column).
///
/// curses sends both colours whenever one of them changes and the style of blanks too, which is most of what a picture
/// costs. Here only what can be seen is sent: the foreground of a blank cannot, nor the background of a full block.
public struct ScreenWriter {
  private let size: Size
  private let colors: ColorDepth
  private let knows: (Cell) -> Bool
  private var shown: [Cell]

  // How many updates in succession left a row out.
  private var waited: [Int]

  // Where the cursor is, if that is certain, and what is written next looks like, within one update.
  private var cursor: Point?
  private var style = Style.plain
  private var bytes: [UInt8] = []

  /// A writer for a screen that is blank.
  ///
  /// - Parameters:
  ///   - size: The extent of the screen.
  ///   - colors: The colours of the grids to come.
  ///   - knows: Whether the terminal gives a glyph, neither ASCII nor a line nor a block, the columns of its
  ///     cell. One that it would not becomes question marks.
  public init(
    blank size: Size, colors: ColorDepth = .indexed256, knows: @escaping (Cell) -> Bool = { _ in true }
  ) {
    self.size = size
    self.colors = colors
    self.knows = knows
    shown = Array(repeating: Cell(), count: size.width * size.height)
    waited = Array(repeating: 0, count: size.height)
  }

  /// The bytes that show a grid of the screen's extent; none when it is shown.
  ///
  /// Where not all rows find room, those that change least come first, so that what a key does shows beside a picture
  /// that moves; a row that waits counts half as much each time, so that none waits for ever.
  ///
  /// - Parameters:
  ///   - grid: What is to be shown.
  ///   - limit: The most bytes, but for one row, which is always written; the rest waits for the next update.
  /// - Returns: The bytes, which leave the style plain, and whether the whole grid is shown after them.
  public mutating func update(to grid: CellGrid, limit: Int = .max) -> (bytes: [UInt8], isComplete: Bool) {
    precondition(grid.size == size, "a grid of \(grid.size) for a screen of \(size)")
    bytes.removeAll(keepingCapacity: true)
    cursor = nil
    style = .plain
    var rows = changedRows(of: grid)
    if rows.reduce(0, { $0 + $1.cells }) * Self.mostBytes(colors) > limit {
      rows.sort { $0.cells >> min(waited[$0.y], 16) < $1.cells >> min(waited[$1.y], 16) }
    }
    var left = rows[...]
    while let y = left.first?.y {
      let row = y * size.width..<(y + 1) * size.width
      let before = (bytes.count, cursor, style)
      write(grid.cells[row], y: y)
      if left.count < rows.count, bytes.count + 3 > limit {
        bytes.removeLast(bytes.count - before.0)
        (cursor, style) = (before.1, before.2)
        break
      }
      shown.replaceSubrange(row, with: grid.cells[row])
      waited[y] = 0
      left.removeFirst()
    }
    for (y, _) in left { waited[y] += 1 }
    if style != .plain { append("\u{1B}[m") }
    return (bytes, left.isEmpty)
  }

  /// The bytes that a cell takes at most: both colours anew.
  public static func mostBytes(_ colors: ColorDepth) -> Int { colors == .truecolor ? 45 : 30 }

  /// The rows that are not as they are shown, and how many of their cells look otherwise.
  private func changedRows(of grid: CellGrid) -> [(y: Int, cells: Int)] {
    (0..<size.height).compactMap { y in
      let row = y * size.width..<(y + 1) * size.width
      if shown[row] == grid.cells[row] { return nil }
      return (y, row.count { !grid.cells[$0].looksLike(shown[$0]) })
    }
  }

  private mutating func write(_ cells: ArraySlice<Cell>, y: Int) {
    let first = cells.startIndex
    let end = endOfText(cells)
    for x in 0..<size.width {
      let cell = cells[first + x]
      if cell.isContinuation || cell.looksLike(shown[first + x]) { continue }
      move(to: Point(x: x, y: y), in: cells)
      if x >= end, size.width - x > 3 {
        // Nothing but plain blanks from here on.
        change(to: .plain)
        append("\u{1B}[K")
        return
      }
      write(cell)
    }
  }

  /// The column after which a row is blank in the terminal's own colours.
  private func endOfText(_ cells: ArraySlice<Cell>) -> Int {
    var end = cells.endIndex
    while end > cells.startIndex, cells[end - 1].looksLike(Cell()) { end -= 1 }
    return end - cells.startIndex
  }

  private mutating func write(_ cell: Cell) {
    change(to: cell.style, inkless: cell.isBlank, paperless: cell.isFull)
    let isKnown = cell.isMeasuredAlike || knows(cell)
    append(isKnown ? String(cell.glyph) : String(repeating: "?", count: Int(cell.columns)))
    guard let place = cursor else { return }
    let next = place.x + Int(cell.columns)
    // Beyond the last column, and after glyphs that terminals may measure otherwise, only absolute moves are safe.
    cursor = next < size.width && cell.isMeasuredAlike ? Point(x: next, y: place.y) : nil
  }

  /// Moves the cursor, or writes again what lies between if that is shorter.
  private mutating func move(to place: Point, in cells: ArraySlice<Cell>) {
    defer { cursor = place }
    guard cursor != place else { return }
    let absolute = "\u{1B}[\(place.y + 1)\(place.x == 0 ? "" : ";\(place.x + 1)")H"
    guard let from = cursor, from.y == place.y, from.x < place.x else { return append(absolute) }
    let between = cells[(cells.startIndex + from.x)..<(cells.startIndex + place.x)]
    let distance = place.x - from.x
    let forward = distance == 1 ? "\u{1B}[C" : "\u{1B}[\(distance)C"
    let again = between.reduce(0) { $0 + String($1.glyph).utf8.count }
    if again <= forward.utf8.count, between.allSatisfy({ $0.isMeasuredAlike && shows($0, in: style) }) {
      for cell in between { append(String(cell.glyph)) }
    } else {
      append(forward.utf8.count < absolute.utf8.count ? forward : absolute)
    }
  }

  /// Whether a cell written in a style looks as it should.
  private func shows(_ cell: Cell, in style: Style) -> Bool {
    Cell(cell.glyph, style: style).looksLike(cell)
  }

  private mutating func change(to wanted: Style, inkless: Bool = false, paperless: Bool = false) {
    var wanted = wanted
    if inkless {
      wanted.foreground = style.foreground
      // Strokes only: a blank has none to be heavy or faint.
      wanted.attributes.subtract([.bold, .dim])
      wanted.attributes.formUnion(style.attributes.intersection([.bold, .dim]))
    }
    if paperless { wanted.background = style.background }
    guard wanted != style else { return }
    append(SGR.change(from: style, to: wanted))
    style = wanted
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension Cell {
  /// Whether two cells cannot be told apart on a screen.
  public func looksLike(_ other: Cell) -> Bool {
    if self == other { return true }
    guard glyph == other.glyph, columns == other.columns else { return false }
    if isBlank && other.isBlank {
      let strokes: Attributes = [.bold, .dim]
      return style.background == other.style.background
        && style.attributes.subtracting(strokes) == other.style.attributes.subtracting(strokes)
    }
    return isFull && other.isFull && style.foreground == other.style.foreground
      && style.attributes == other.style.attributes
  }

  /// Whether only the background shows.
  fileprivate var isBlank: Bool {
    glyph == " " && columns == 1 && style.attributes.isDisjoint(with: [.reverse, .underline])
  }

  /// Whether only the foreground shows.
  fileprivate var isFull: Bool { glyph == "█" && !style.attributes.contains(.reverse) }

  /// Whether terminals give the glyph one column: ASCII, lines, blocks.
  fileprivate var isMeasuredAlike: Bool { columns == 1 && CellGrid.isSimple(glyph) }
}
