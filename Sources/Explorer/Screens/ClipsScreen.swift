import AVSBench
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
    // Scores of the reference's knobs stand in for those of the knobs, but stand back.
    let isOld = result.switches != nil && result.switches != state.knobs
    // Beside another status than "done" nothing would say of which knobs they are.
    let isShown = !isOld || result.status == .done
    switch column {
    case .name:
      let isMatch = !state.searchText.isEmpty && state.isMatch(position)
      let mark = position == state.current ? "▶ " : "  "
      return [Span(mark, .accent), Span(clip.id, isMatch ? .match : .text), Span(result.marks, .accent)]
    case .category: return StyledLine(clip.category ?? "-")
    case .split: return StyledLine(clip.split ?? "-", .faint)
    case .frames: return StyledLine(result.frames.map(String.init) ?? "-", .faint)
    case .iou: return StyledLine(score(isShown ? result.iou : nil), isOld ? .faint : .text)
    case .fScore: return StyledLine(score(isShown ? result.fScore : nil), isOld ? .faint : .text)
    case .difference:
      return StyledLine(result.difference.map(signed) ?? "-", isOld ? .faint : .text)
    case .source: return StyledLine((isShown ? result.source?.text : nil) ?? "-", .faint)
    case .status:
      if result.status == .done, isOld { return StyledLine(otherKnobs(result), .warning) }
      return StyledLine(result.status.rawValue, result.status.role)
    }
  }

  /// Of which knobs the scores shown are, in the columns of the status: what differs, if that is short.
  private func otherKnobs(_ result: ClipResult) -> String {
    guard result.iou != nil, let switches = result.switches else { return "other knobs" }
    let differences = switches.differences(from: state.knobs)
    let words = "of \(differences.joined(separator: " "))"
    return differences.count == 1 && TerminalText.columns(words) <= 11 ? words : "reference"
  }

  /// Means of a value of the clips shown, each data set's by itself: `S4 0.625 of 9, MS3 0.427 of 4`; nil without any.
  private func means(
    _ value: (ClipResult) -> Double?, _ text: (Double) -> String, counted: Bool = true
  ) -> String? {
    let layouts = Set(state.rows.map { state.clips[$0].layout })
    let parts = Layout.allCases.compactMap { layout -> String? in
      let values = state.rows.filter { state.clips[$0].layout == layout }
        .compactMap { value(state.results[$0]) }
      guard !values.isEmpty else { return nil }
      return (layouts.count > 1 ? "\(layout.rawValue) " : "")
        + text(values.reduce(0, +) / Double(values.count))
        + (counted ? " of \(values.count)" : "")
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// How many clips and their means, in more or in fewer words. Clips that have only the reference's scores are left out: a
  /// mean is of one setting.
  private func summary(isLong: Bool) -> String {
    let ious = means({ $0.switches == state.knobs ? $0.iou : nil }, { decimal($0, 3) })
    let differences = means(\.difference, signed, counted: isLong)
    let mean = isLong ? "mean " : ""
    return
      ([
        isLong
          ? "\(state.rows.count) of \(state.clips.count) clips" : "\(state.rows.count)/\(state.clips.count)"
      ]
      + [ious.map { "\(mean)IoU \($0)" }, differences.map { "\(mean)diff \($0)" }].compactMap { $0 })
      .joined(separator: " · ")
  }

  private func drawSummary(in rect: Rect, on grid: inout CellGrid) {
    let long = summary(isLong: true)
    var parts = [TerminalText.columns(long) <= rect.width ? long : summary(isLong: false)]
    parts.append(
      state.sortColumn.map { "by \($0.column.title)" }
        ?? (state.ascending ? "data set order" : "reverse order"))
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
