import TerminalUI

/// The table of the data set.
struct ClipsScreen {
  let state: ExplorerState

  /// The table's place: all but the line below it.
  static func tableRect(in body: Rect) -> Rect { body.dropping(top: 0, bottom: 1, left: 1, right: 1) }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    let columns = rect.width >= 64 ? ClipColumn.allCases : [.name, .iou, .fScore, .status]
    let order = columns.firstIndex { $0 == state.sortColumn }
      .map { TableOrder(column: $0, ascending: state.ascending) }
    let table = Self.tableRect(in: rect)
    grid.drawTable(
      columns: columns.map(\.column), count: state.rows.count, state: state.table, order: order, in: table
    ) { row in
      columns.map { value(of: $0, row: row) }
    }
    if state.rows.isEmpty {
      let words = state.clips.isEmpty ? "the data set has no clips" : "no clip fits the filter; f changes it"
      grid.put(words, in: table.row(2), role: .faint)
    }
    drawSummary(in: rect.row(rect.height - 1).inset(1, 0), on: &grid)
  }

  private func value(of column: ClipColumn, row: Int) -> StyledLine {
    let position = state.rows[row]
    let (clip, result) = (state.clips[position], state.results[position])
    // Scores of other knobs than those shown are kept, but stand back.
    let isOld = result.switches != nil && result.switches != state.knobs
    switch column {
    case .name:
      let isMatch = !state.searchText.isEmpty && state.isMatch(position)
      let mark = position == state.current ? "▶ " : "  "
      return [Span(mark, .accent), Span(clip.id, isMatch ? .match : .text), Span(result.marks, .accent)]
    case .category: return StyledLine(clip.category ?? "-")
    case .split: return StyledLine(clip.split ?? "-", .faint)
    case .frames: return StyledLine(result.frames.map(String.init) ?? "-", .faint)
    case .iou: return StyledLine(score(result.iou), isOld ? .faint : .text)
    case .fScore: return StyledLine(score(result.fScore), isOld ? .faint : .text)
    case .status:
      if result.status == .done, isOld { return StyledLine("other knobs", .warning) }
      return StyledLine(result.status.rawValue, result.status.role)
    }
  }

  private func drawSummary(in rect: Rect, on grid: inout CellGrid) {
    var parts = ["\(state.rows.count) of \(state.clips.count) clips"]
    let scores = state.rows.compactMap { state.results[$0].iou }
    if !scores.isEmpty {
      parts.append("mean IoU of \(scores.count): \(decimal(scores.reduce(0, +) / Double(scores.count), 3))")
    }
    let order =
      state.sortColumn.map { "by \($0.column.title)" }
      ?? (state.ascending ? "data set order" : "reverse order")
    parts.append(order)
    if !state.filter.text.isEmpty { parts.append("filter: \(state.filter.text)") }
    if !state.searchText.isEmpty { parts.append("search: \(state.searchText)") }
    let selected =
      state.rows.indices.contains(state.table.selection) ? state.rows[state.table.selection] : nil
    if let notes = selected.map({ state.results[$0].notes }), !notes.isEmpty {
      parts.append("note: " + notes.split(separator: "\n").joined(separator: "; "))
    }
    grid.put(parts.joined(separator: " · "), in: rect, role: .faint)
  }
}

extension ClipStatus {
  /// How it is shown.
  var role: Role {
    switch self {
    case .new: .faint
    case .reading, .running: .accent
    case .done: .good
    case .cancelled: .warning
    case .failed: .error
    }
  }
}
