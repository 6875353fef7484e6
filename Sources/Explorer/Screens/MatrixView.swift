import TerminalUI

/// A small matrix of numbers with its largest entry in brackets, on the colours of a map where there are some.
struct MatrixView {
  let values: [[Float]]
  let rows: [String]
  let columns: [String]
  let cursor: Point?
  let map: ColorMap

  /// The place of the largest entry: column x, row y. Of equal ones the first.
  var maximum: Point? {
    var best: (value: Float, place: Point)?
    for (y, row) in values.enumerated() {
      for (x, value) in row.enumerated() where value.isFinite {
        if best == nil || value > best!.value { best = (value, Point(x: x, y: y)) }
      }
    }
    return best?.place
  }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    guard !values.isEmpty, let width = values.first?.count, width > 0 else { return }
    // Six columns an entry are enough for two digits and brackets; what is left goes to the names.
    let room = rect.width - 8
    let cell = max(6, min(16, room * 3 / 4 / width))
    let names = max(0, rect.width - width * cell - 1)
    let height = max(1, min(5, (rect.height - 1) / max(1, values.count)))
    let all = values.flatMap { $0 }.filter(\.isFinite)
    let (low, high) = (all.min() ?? 0, all.max() ?? 0)
    let maximum = maximum
    for x in 0..<width {
      let place = Rect(x: rect.x + names + 1 + x * cell, y: rect.y, width: cell - 1, height: 1)
      let title = cell >= 9 && x < columns.count ? columns[x] : "A\(x + 1)"
      grid.put(title, in: place.intersection(rect), role: .header, alignment: .right)
    }
    for (y, row) in values.enumerated() {
      let top = rect.y + 1 + y * height
      let line = Rect(x: rect.x, y: top + (height - 1) / 2, width: names, height: 1)
      let title = names >= 8 && y < rows.count ? rows[y] : "V\(y + 1)"
      grid.put(title, in: line.intersection(rect), role: .header)
      for (x, value) in row.enumerated() {
        let place = Rect(x: rect.x + names + 1 + x * cell, y: top, width: cell, height: height).intersection(
          rect)
        let at = Point(x: x, y: y)
        let part = high > low && value.isFinite ? (value - low) / (high - low) : 0
        Self.drawEntry(
          value, part: part, isMaximum: at == maximum, isCursor: at == cursor, map: map, in: place, on: &grid)
      }
    }
  }

  /// Draws one entry; `part` is its place on the colour scale, 0 to 1.
  static func drawEntry(
    _ value: Float, part: Float, isMaximum: Bool, isCursor: Bool, map: ColorMap, in rect: Rect,
    on grid: inout CellGrid
  ) {
    guard !rect.isEmpty else { return }
    var style = grid.style(isMaximum ? .strong : .text)
    if grid.appearance.colors >= .indexed256 {
      // Eight colours are enough beside numbers, and equal neighbours cost the terminal less.
      let color = map.rgb((part * 7).rounded() / 7)
      style = Style(
        color.luminance > 0.45 ? .indexed(16) : .indexed(231), on: color.color, isMaximum ? .bold : []
      ).lowered(to: grid.appearance.colors)
      grid.fill(rect, style: style)
    } else if isMaximum {
      style = grid.style(.accent)
    }
    let digits = rect.width >= 7 ? 3 : 2
    let number = decimal(value, digits)
    let middle = rect.row((rect.height - 1) / 2)
    grid.put(number + " ", in: middle, style: style, alignment: .right)
    if isMaximum {
      let start = middle.maxX - 2 - TerminalText.columns(number)
      grid.put("[", in: Rect(x: max(middle.x, start), y: middle.y, width: 1, height: 1), style: style)
      grid.put("]", in: Rect(x: middle.maxX - 1, y: middle.y, width: 1, height: 1), style: style)
      // Where there is no room for both brackets the digits stay.
      if start < middle.x { grid.put(number + "]", in: middle, style: style, alignment: .right) }
    }
    if isCursor { grid.restyle(middle) { $0.attributes.formUnion([.bold, .reverse, .underline]) } }
  }
}
