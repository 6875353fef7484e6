import C3N
import Inference
import TerminalUI

/// M_sim and M_cof of the five best classes side by side (the paper's Fig. 6 c and d).
struct MatrixScreen {
  let state: ExplorerState
  let onePane: Bool

  func draw(in rect: Rect, on grid: inout CellGrid) {
    guard let analysis = state.analysis, let frame = state.frameAnalysis else {
      let inner = grid.drawPane("matrix", in: rect, focused: true)
      grid.drawText(state.whyNoAnalysis, in: inner.inset(1, 0), role: .faint)
      return
    }
    guard !frame.audioTop.isEmpty else { return drawWithoutAudio(analysis, frame, in: rect, on: &grid) }
    if let shown = state.matrix.shown {
      return WholeMatrixView(state: state, shown: shown, onePane: onePane).draw(in: rect, on: &grid)
    }
    // A blank row below the legend where there is room.
    let isShort = onePane && rect.height < 20
    let legendHeight = isShort ? 0 : rect.height >= 20 ? 7 : 6
    let parts = rect.rows([.share(1, minimum: 8), .fixed(legendHeight), .fixed(isShort ? 3 : 5)])
    if onePane {
      drawMatrix(isReweighted: state.pane == .reweighted, frame, in: parts[0], on: &grid)
    } else {
      let sides = parts[0].columns([.share(1), .share(1)])
      drawMatrix(isReweighted: false, frame, in: sides[0], on: &grid)
      drawMatrix(isReweighted: true, frame, in: sides[1], on: &grid)
    }
    drawAxes(frame, in: parts[1], on: &grid)
    drawCursor(analysis, frame, in: parts[2].inset(1, 0), on: &grid)
  }

  private func drawMatrix(isReweighted: Bool, _ frame: FrameAnalysis, in rect: Rect, on grid: inout CellGrid)
  {
    let title = isReweighted ? "M_cof, re-weighted" : "M_sim, label similarity"
    let isFocused = state.pane == (isReweighted ? .reweighted : .similarity)
    let inner = grid.drawPane(
      title, note: state.isStale ? "earlier knobs" : "[ ] largest of these", in: rect, focused: isFocused)
    MatrixView(
      values: isReweighted ? frame.reweighted : frame.similarity,
      rows: frame.visualTop.enumerated().map { "V\($0.offset + 1) \(state.labels.visual($0.element.label))" },
      columns: frame.audioTop.enumerated().map {
        "A\($0.offset + 1) \(state.labels.audio($0.element.label))"
      },
      cursor: state.cursor, map: state.display.colorMap
    ).draw(in: inner.inset(1, 0), on: &grid)
  }

  /// The classes of the rows and columns with their confidences.
  private func drawAxes(_ frame: FrameAnalysis, in rect: Rect, on grid: inout CellGrid) {
    let sides = rect.inset(1, 0).columns([.share(1), .share(1)], gap: 2)
    drawAxis(
      "rows: visual, ImageNet", "V", "β", frame.visualTop, state.labels.visual, selected: state.cursor.y,
      in: sides[0], on: &grid)
    drawAxis(
      "columns: audio, AudioSet", "A", "α", frame.audioTop, state.labels.audio, selected: state.cursor.x,
      in: sides[1], on: &grid)
  }

  private func drawAxis(
    _ title: String, _ letter: String, _ exponent: String, _ top: [Confidence], _ name: (Int) -> String,
    selected: Int, in rect: Rect, on grid: inout CellGrid
  ) {
    let widths: [Length] = [.fixed(2), .share(1), .fixed(5), .fixed(5)]
    let header = rect.row(0).columns(widths, gap: 1)
    grid.put(title, in: rect.row(0).dropping(right: 12), role: .header)
    grid.put("C", in: header[2], role: .faint, alignment: .right)
    grid.put("C^\(exponent)", in: header[3], role: .faint, alignment: .right)
    for (index, entry) in top.enumerated() {
      let parts = rect.row(index + 1).columns(widths, gap: 1)
      let role: Role = index == selected ? .strong : .text
      grid.put("\(letter)\(index + 1)", in: parts[0], role: index == selected ? .accent : .faint)
      grid.put(name(entry.label), in: parts[1], role: role)
      grid.put(confidence(entry.value), in: parts[2], role: role, alignment: .right)
      grid.put(confidence(entry.raised), in: parts[3], role: .faint, alignment: .right)
    }
  }

  /// The entry under the cursor and the label that comes of the whole matrix.
  private func drawCursor(
    _ analysis: ClipAnalysis, _ frame: FrameAnalysis, in rect: Rect, on grid: inout CellGrid
  ) {
    let (x, y) = (state.cursor.x, state.cursor.y)
    var lines: [StyledLine] = []
    if frame.audioTop.indices.contains(x), frame.visualTop.indices.contains(y) {
      let entry = [
        Span("A\(x + 1) × V\(y + 1)  ", .accent), Span(state.arithmetic(row: y, column: x, analysis, frame)),
      ]
      lines.append(
        .fitting(rect.width, state.forcingHints("F").map { StyledLine(entry + [$0]) } + [StyledLine(entry)]))
    }
    lines += state.agreementLines(columns: rect.width)
    if analysis.effective.consensus == .audioVisual, !onePane {
      lines.append(
        StyledLine(
          "the label is the largest of all 1000 × 527, not of these 25; Enter shows all", .faint))
    }
    for (row, line) in lines.enumerated() { grid.put(line, in: rect.row(row)) }
  }

  private func drawWithoutAudio(
    _ analysis: ClipAnalysis, _ frame: FrameAnalysis, in rect: Rect, on grid: inout CellGrid
  ) {
    let inner = grid.drawPane("matrix", in: rect, focused: true).inset(1, 0)
    let used = grid.drawText(
      analysis.variant.method.hasClasses
        ? "\(analysis.variant) has no audio encoder: there are no audio confidences, hence neither matrix. "
          + "What is left of C3IM is the visual class of the highest confidence (CC-V)."
        : "\(analysis.variant) has no classes, neither of sounds nor of objects, and no C3IM: there are no matrices.",
      in: inner, role: .warning)
    let rest = inner.dropping(top: used + 1).rows([.fixed(7), .fixed(2), .share(1)])
    drawAxis(
      "visual, ImageNet", "V", "β", frame.visualTop, state.labels.visual, selected: -1,
      in: rest[0].dropping(right: max(0, rest[0].width - 60)), on: &grid)
    for (row, line) in state.agreementLines.enumerated() { grid.put(line, in: rest[1].row(row)) }
  }
}
