/// A column of a table.
public struct TableColumn: Hashable, Sendable {
  /// The header.
  public var title: String
  /// The width.
  public var width: Length
  /// Where values stand; numbers stand at the right.
  public var alignment: Alignment

  /// A column of a header, a width and an alignment.
  public init(_ title: String, _ width: Length, alignment: Alignment = .left) {
    self.title = title
    self.width = width
    self.alignment = alignment
  }
}

/// Which column a table is sorted by.
public struct TableOrder: Hashable, Sendable, Codable {
  /// The column's index.
  public var column: Int
  /// Whether small values come first.
  public var ascending: Bool

  /// An order by a column.
  public init(column: Int, ascending: Bool) {
    self.column = column
    self.ascending = ascending
  }
}

extension CellGrid {
  /// The rows a table shows in a rectangle: all but the header and, in the last column, the scroll mark.
  public static func tableHeight(in rect: Rect) -> Int { max(0, rect.height - 1) }

  /// Draws a table with a header, the selected row, and a mark at the right when rows are out of sight.
  ///
  /// - Parameters:
  ///   - columns: The titles and widths.
  ///   - count: The rows.
  ///   - state: The selection; rows in sight follow from it, clamped here for this height.
  ///   - order: The column that the rows are sorted by; nil for none.
  ///   - rect: The place of header and rows.
  ///   - focused: Whether the table has the keyboard.
  ///   - values: The cells of a row, one a column; asked only for rows in sight.
  public mutating func drawTable(
    columns: [TableColumn], count: Int, state: ListState, order: TableOrder? = nil, in rect: Rect,
    focused: Bool = true, values: (Int) -> [StyledLine]
  ) {
    guard !rect.isEmpty else { return }
    let height = Self.tableHeight(in: rect)
    var state = state
    state.clamp(count: count, height: height)
    let scrolls = count > height
    let body = rect.dropping(right: scrolls ? 1 : 0)
    let places = body.columns(columns.map(\.width), gap: 1)
    for (index, column) in columns.enumerated() {
      var title = column.title
      if let order, order.column == index { title += order.ascending ? "▲" : "▼" }
      put(title, in: places[index].row(0), role: .header, alignment: column.alignment)
    }
    for row in state.visible(count: count, height: height) {
      let line = 1 + row - state.top
      for (index, value) in values(row).prefix(columns.count).enumerated() {
        put(value, in: places[index].row(line), alignment: columns[index].alignment)
      }
      if row == state.selection {
        let mark = style(focused ? .selection : .inactiveSelection)
        // The first column says which row it is; the whole row would send all of it twice for every step.
        let first = body.row(line).dropping(right: body.maxX - (places.first?.maxX ?? body.maxX))
        restyle(first) { $0.attributes.formUnion(mark.attributes) }
      }
    }
    if scrolls {
      drawScrollMark(
        top: state.top, count: count, in: rect.dropping(top: 1, left: rect.width - 1))
    }
  }

  /// Draws where the part in sight lies in the whole, down a column.
  public mutating func drawScrollMark(top: Int, count: Int, in rect: Rect) {
    guard rect.height > 0, count > rect.height else { return }
    let length = max(1, rect.height * rect.height / count)
    let start = (rect.height - length) * top / max(1, count - rect.height)
    for row in 0..<rect.height {
      let inside = row >= start && row < start + length
      set(inside ? "█" : "│", x: rect.x, y: rect.y + row, role: .faint)
    }
  }
}
