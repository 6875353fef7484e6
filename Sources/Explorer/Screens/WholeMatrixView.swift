import C3N
import Inference
import TerminalUI

/// A part of the whole M_sim or M_cof of a frame, with the names of its rows and columns, and the entry under the
/// cursor with its arithmetic.
struct WholeMatrixView {
  let state: ExplorerState
  let shown: MatrixBrowser.Shown
  let onePane: Bool

  /// Columns of an entry: five digits in brackets, and a blank.
  private static let cell = 8

  /// Rows of column names: each name may be as wide as so many entries.
  private static let headers = 3

  /// The columns of an entry and the rows of an entry that fit a screen's body.
  static func extent(in body: Rect, onePane: Bool) -> Size {
    let inner = parts(of: body, onePane: onePane)[0].inset(1, 1).inset(1, 0)
    return Size(
      width: max(0, (inner.width - nameWidth(inner)) / cell), height: max(0, inner.height - headers))
  }

  private static func parts(of body: Rect, onePane: Bool) -> [Rect] {
    body.rows([.share(1, minimum: 6), .fixed(onePane ? 3 : 5)])
  }

  private static func nameWidth(_ inner: Rect) -> Int { max(10, min(36, inner.width / 4)) }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    let parts = Self.parts(of: rect, onePane: onePane)
    drawEntries(in: parts[0], on: &grid)
    drawLines(in: parts[1].inset(1, 0), on: &grid)
  }

  private func drawEntries(in rect: Rect, on grid: inout CellGrid) {
    let origin = state.matrix.origin
    let kind = shown.isReweighted ? "M_cof, re-weighted" : "M_sim, label similarity"
    let inside = rect.inset(1, 1).inset(1, 0)
    let names = Self.nameWidth(inside)
    let columns = Array(shown.columns.dropFirst(origin.x).prefix(max(0, (inside.width - names) / Self.cell)))
    let rows = Array(shown.rows.dropFirst(origin.y).prefix(max(0, inside.height - Self.headers)))
    let place = state.matrix.place
    grid.drawPane(
      "\(kind): 1000 visual x 527 audio",
      note: (state.isStale ? "earlier knobs, " : "")
        + "row \(place.y + 1)/\(shown.rows.count), column \(place.x + 1)/\(shown.columns.count)", in: rect,
      focused: true)
    drawHeaders(columns, in: inside.dropping(left: names), on: &grid)
    let range = shown.extremes.low...max(shown.extremes.low, shown.extremes.high)
    for (index, row) in rows.enumerated() {
      let line = inside.row(Self.headers + index)
      let isCursor = row == state.matrix.cell.visual
      // The row of the label in force, be it forced or agreed upon.
      let isLabel = row == state.frameAnalysis?.agreement?.visualLabel
      grid.put(
        "\(isLabel ? "▶" : " ")\(row) \(state.labels.shortVisual(row))",
        in: line.dropping(right: line.width - names + 1),
        role: isCursor ? .accent : isMatch(row, .visual) ? .match : .text)
      for (index, column) in columns.enumerated() {
        let cell = LabelCell(visual: row, audio: column)
        let value = shown.value(cell)
        let maximum = shown.extremes.place
        MatrixView.drawEntry(
          value, part: range.part(value), isMaximum: maximum.visual == row && maximum.audio == column,
          isCursor: cell == state.matrix.cell, map: state.display.colorMap,
          in: Rect(x: line.x + names + index * Self.cell, y: line.y, width: Self.cell, height: 1), on: &grid)
      }
    }
  }

  /// Names stand on three rows in turn, each above its column, over the lines down from the names above.
  private func drawHeaders(_ columns: [Int], in rect: Rect, on grid: inout CellGrid) {
    for (index, column) in columns.enumerated() {
      let role: Role = column == state.matrix.cell.audio ? .accent : .faint
      for below in index % Self.headers + 1..<max(index % Self.headers + 1, Self.headers) {
        grid.set("│", x: rect.x + index * Self.cell + 1, y: rect.y + below, role: role)
      }
    }
    for (index, column) in columns.enumerated() {
      let x = rect.x + index * Self.cell + 1
      // The name ends before the next one on its row.
      let width = min(Self.cell * Self.headers - 1, rect.maxX - x)
      let isLabel = column == state.frameAnalysis?.agreement?.audioLabel
      let role: Role =
        column == state.matrix.cell.audio ? .accent : isMatch(column, .audio) ? .match : .header
      grid.put(
        "\(isLabel ? "▶" : "")\(column) \(state.labels.audio(column)) ",
        in: Rect(x: x, y: rect.y + index % Self.headers, width: width, height: 1), role: role)
    }
  }

  private func isMatch(_ label: Int, _ axis: MatrixBrowser.Axis) -> Bool {
    let text = state.matrix.searchText
    guard !text.isEmpty, axis == state.matrix.axis else { return false }
    return contains(axis == .visual ? state.labels.visual(label) : state.labels.audio(label), text)
  }

  // MARK: The lines below

  private func drawLines(in rect: Rect, on grid: inout CellGrid) {
    var lines: [StyledLine] = [
      [
        Span("\(state.labels.audio(state.matrix.cell.audio))", .accent),
        Span(" (audio \(state.matrix.cell.audio)) × "),
        Span("\(state.labels.shortVisual(state.matrix.cell.visual))", .accent),
        Span(" (visual \(state.matrix.cell.visual))"),
      ],
      .fitting(
        rect.width,
        arithmetics.flatMap { text in
          state.forcingHints("Enter/F").map { [Span(text), $0] as StyledLine }
        } + [[Span(arithmetics.last ?? ""), Span("  F forces", .faint)], StyledLine(arithmetics.last ?? "")]),
    ]
    lines += state.agreementLines.prefix(onePane ? 1 : 2)
    if !onePane {
      lines.append(.fitting(rect.width, [orderLine(isLong: true), orderLine(isLong: false)]))
    }
    for (row, line) in lines.enumerated() { grid.put(line, in: rect.row(row)) }
  }

  /// Where the entry under the cursor comes from, in fewer and fewer words.
  private var arithmetics: [String] {
    let (k, j) = (state.matrix.cell.visual, state.matrix.cell.audio)
    let similarity = shown.evidence.similarity[k, j]
    guard shown.isReweighted else {
      let value = "M_sim = \(decimal(similarity, 3))"
      return [
        "\(value), label similarity (eq. 5) by \(shown.evidence.similarity.source)",
        "\(value), label similarity (eq. 5)", value,
      ]
    }
    let product =
      "M_cof = "
      + Explorer.arithmetic(
        audio: shown.evidence.audio[j], similarity: similarity, visual: shown.evidence.visual[k],
        value: shown.evidence.reweighted(visual: k, audio: j), state.analysis?.effective ?? state.knobs)
    return [product + " (eq. 6)", product]
  }

  /// What was searched, and how the matrix is ordered.
  private func orderLine(isLong: Bool) -> StyledLine {
    let matrix = state.matrix
    var parts: [String] = []
    if !matrix.searchText.isEmpty {
      let matches = state.matrixMatches
      let place = matrix.axis == .visual ? matrix.place.y : matrix.place.x
      let number = matches.firstIndex(of: place).map { "\($0 + 1) of " } ?? ""
      parts.append("\(matrix.axis) \"\(matrix.searchText)\": \(number)\(matches.count)")
    }
    parts += [
      "rows by \(matrix.rowsByMaximum ? "maximum" : "index")\(isLong ? " (s)" : "")",
      "columns by \(matrix.columnsByMaximum ? "maximum" : "index")\(isLong ? " (S)" : "")",
      "\(isLong ? "[ ] " : "")largest: \(decimal(shown.extremes.high, 3))\(isLong ? " (=)" : "")",
    ]
    return StyledLine(parts.joined(separator: " · "), .faint)
  }
}
