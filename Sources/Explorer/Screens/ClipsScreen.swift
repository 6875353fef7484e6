import TerminalUI

/// The table of the data set.
struct ClipsScreen {
  let state: ExplorerState

  /// The table's place: all but the lines below it.
  static func tableRect(in body: Rect) -> Rect { body.dropping(top: 0, bottom: 2, left: 1, right: 1) }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    let columns =
      rect.width >= 110
      ? ClipColumn.allCases
      : rect.width >= 76 ? ClipColumn.allCases.filter { $0 != .source } : [.name, .iou, .fScore, .status]
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
    drawSummary(in: rect.row(rect.height - 2).inset(1, 0), on: &grid)
    drawSelected(in: rect.row(rect.height - 1).inset(1, 0), on: &grid)
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
      return [Span(mark, .accent), Span(clip.id, isMatch ? .match : .text)]
    case .category: return StyledLine(clip.category ?? "-")
    case .split: return StyledLine(clip.split ?? "-", .faint)
    case .frames: return StyledLine(result.frames.map(String.init) ?? "-", .faint)
    case .iou: return StyledLine(score(result.iou), isOld ? .faint : .text)
    case .fScore: return StyledLine(score(result.fScore), isOld ? .faint : .text)
    case .difference:
      return StyledLine(result.difference.map(signed) ?? "-", isOld ? .faint : .text)
    case .source: return StyledLine(result.source?.text ?? "-", .faint)
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
    let differences = state.rows.compactMap { state.results[$0].difference }
    if !differences.isEmpty {
      let mean = differences.reduce(0, +) / Double(differences.count)
      parts.append("mean diff of \(differences.count): \(signed(mean))")
    }
    if !state.filter.text.isEmpty { parts.append("filter: \(state.filter.text)") }
    if !state.searchText.isEmpty { parts.append("search: \(state.searchText)") }
    grid.put(parts.joined(separator: " · "), in: rect, role: .faint)
  }
}

extension ClipsScreen {
  /// Where the selected clip's numbers come from, or what is wrong with it; what runs in the background.
  private func drawSelected(in rect: Rect, on grid: inout CellGrid) {
    let progress = backgroundLine
    let parts = rect.columns([.share(1), .fixed(progress.columns)], gap: 1)
    grid.put(progress, in: parts[1])
    guard state.rows.indices.contains(state.table.selection) else { return }
    let result = state.results[state.rows[state.table.selection]]
    if let problem = result.problem {
      grid.put(problem, in: parts[0], role: result.status == .failed ? .error : .warning)
      return
    }
    guard let iou = result.iou else {
      grid.put("E evaluates the clips shown", in: parts[0], role: .faint)
      return
    }
    var words: [String] = []
    if let reference = result.reference {
      words.append("diff = \(decimal(iou, 3)) - \(decimal(reference, 3)) = \(signed(iou - reference))")
    } else {
      words.append("IoU \(decimal(iou, 3)), mean of its frames")
    }
    if let source = result.source { words.append(source.text) }
    if let switches = result.switches, switches != state.knobs { words.append("of \(switches.summary)") }
    if result.reference != nil { words.append("against \(state.evaluation.reference.summary)") }
    grid.put(words.joined(separator: " · "), in: parts[0], role: .faint)
  }

  private var backgroundLine: StyledLine {
    let evaluation = state.evaluation
    guard evaluation.isActive else { return StyledLine("") }
    let share = evaluation.running.map { " \(Int(($0.share * 100).rounded())) %" } ?? " waits"
    let failures = evaluation.failed > 0 ? ", \(evaluation.failed) failed" : ""
    return [
      Span(
        "evaluating \(min(evaluation.total, evaluation.done + evaluation.failed + 1))/\(evaluation.total)"
          + "\(share)\(failures) ", .accent), Span("x", .key), Span(" stop", .faint),
    ]
  }
}

extension ClipStatus {
  /// How it is shown.
  var role: Role {
    switch self {
    case .new, .queued: .faint
    case .reading, .running: .accent
    case .done: .good
    case .cancelled: .warning
    case .failed: .error
    }
  }
}
