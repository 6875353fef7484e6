import TerminalUI

extension ExplorerState {
  /// Filters and sorts the rows; the selected clip stays selected if it is still there.
  mutating func arrangeRows(selecting wanted: Int? = nil) {
    let selected = wanted ?? (rows.indices.contains(table.selection) ? rows[table.selection] : nil)
    var shown = clips.indices.filter { filter.admits(clips[$0], results[$0]) }
    if let sortColumn {
      // What is not known goes last in either direction; equals keep the data set's order.
      let known = shown.filter { sortColumn.isKnown(results[$0]) }
      let unknown = shown.filter { !sortColumn.isKnown(results[$0]) }
      let sorted = known.sorted { a, b in
        guard let isBefore = sortColumn.orders((clips[a], results[a]), (clips[b], results[b])) else {
          return a < b
        }
        return isBefore == ascending
      }
      shown = sorted + unknown
    } else if !ascending {
      shown.reverse()
    }
    rows = shown
    let row = selected.flatMap { rows.firstIndex(of: $0) } ?? table.selection
    table.select(row, count: rows.count, height: tableHeight)
  }

  /// Goes on to the next column, after the last back to the data set's order.
  mutating func sort() {
    if let column = sortColumn {
      sortColumn = ClipColumn(rawValue: column.rawValue + 1)
    } else {
      sortColumn = .name
    }
    arrangeRows()
  }

  /// Selects the next or the previous row that the search finds, beginning anew at the end.
  mutating func find(_ step: Int) {
    guard !searchText.isEmpty else {
      message = "nothing was searched yet; / searches"
      return
    }
    select(from: table.selection + step, step: step)
  }

  /// Selects the first row at or after a place that the search finds.
  func firstMatch(from start: Int, step: Int) -> Int? {
    guard !rows.isEmpty else { return nil }
    return (0..<rows.count).lazy
      .map { ((start + $0 * step) % rows.count + rows.count) % rows.count }
      .first { isMatch(rows[$0]) }
  }

  mutating func select(from start: Int, step: Int) {
    guard let row = firstMatch(from: start, step: step) else {
      message = "not found: \(searchText)"
      return
    }
    table.select(row, count: rows.count, height: tableHeight)
  }

  /// Whether the search finds a clip.
  func isMatch(_ position: Int) -> Bool {
    contains(clips[position].id, searchText) || contains(clips[position].category ?? "", searchText)
  }
}
