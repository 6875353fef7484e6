import C3N
import Inference
import Tensors
import TerminalUI

/// The heat maps of the four stages (the paper's Fig. 7).
struct CCAMScreen {
  let state: ExplorerState
  let onePane: Bool

  func draw(in rect: Rect, on grid: inout CellGrid) {
    guard !state.heatMaps.maps.isEmpty else { return drawReason(in: rect, on: &grid) }
    let parts = rect.rows([.share(1), .fixed(2)])
    if onePane {
      drawStage(state.stage, in: parts[0], on: &grid)
    } else {
      for (index, place) in Self.places(in: parts[0]).enumerated() {
        drawStage(index + 1, in: place, on: &grid)
      }
    }
    drawLegend(in: parts[1].inset(1, 0), on: &grid)
  }

  /// Two by two or four in a row, whichever shows larger pictures.
  private static func places(in rect: Rect) -> [Rect] {
    let square = rect.rows([.share(1), .share(1)]).flatMap { $0.columns([.share(1), .share(1)]) }
    let row = rect.columns(Array(repeating: .share(1), count: 4))
    func height(_ place: Rect) -> Int {
      PicturePlacement(width: 1, height: 1, in: place.inset(1, 1)).rect.height
    }
    return height(square[0]) + 1 >= height(row[0]) ? square : row
  }

  private func drawStage(_ stage: Int, in rect: Rect, on grid: inout CellGrid) {
    guard let heat = state.heat(stage: stage) else { return }
    let range = heat.range
    let (low, high) = (measure(range.lowerBound, in: range), measure(range.upperBound, in: range))
    let inner = grid.drawPane(
      "stage \(stage)  \(heat.extent)", note: [low, high].joined(separator: low.count > 5 ? ".." : " .. "),
      in: rect,
      focused: state.pane == .stage(stage))
    let placement = grid.draw(heat.picture, map: state.display.colorMap, range: range, in: inner)
    if let probe = state.probe, let cell = placement.cell(probe) { grid.drawProbe(at: cell) }
  }

  private func drawLegend(in rect: Rect, on grid: inout CellGrid) {
    let kind = state.display.heatKind
    let scale =
      switch state.display.scale {
      case .frame: "scale per frame"
      case .clip: "scale per clip"
      case .fixed: kind == .spatialAttention ? "scale 0 to 1" : "scale of all stages"
      }
    let earlier = state.heatMaps.areEarlier ? "of earlier knobs · " : ""
    let parts = rect.row(0).columns([.share(1), .fixed(18)], gap: 1)
    grid.put([Span(earlier, .warning), Span(kind.meaning), Span(" · \(scale)", .faint)], in: parts[0])
    grid.drawScale(map: state.display.colorMap, low: "min", high: "max", in: parts[1])
    grid.put(probeLine, in: rect.row(1))
  }

  /// The value under the probe at every stage, or the label that the maps belong to.
  private var probeLine: StyledLine {
    guard let probe = state.probe else {
      let label = state.agreementLines.first ?? ""
      return StyledLine(label.spans + [Span("  h j k l: probe", .faint)])
    }
    var spans = [Span("probe  ")]
    for stage in 1...4 {
      guard let heat = state.heat(stage: stage) else { continue }
      let (x, y) = probe.scaled(width: heat.extent.width, height: heat.extent.height)
      let value = heat.picture.values[y * heat.extent.width + x]
      spans.append(Span("\(stage): ", .faint))
      spans.append(
        Span("(\(x), \(y)) \(measure(value, in: heat.range))  ", stage == state.stage ? .accent : .text))
    }
    return StyledLine(spans)
  }

  private func drawReason(in rect: Rect, on grid: inout CellGrid) {
    let inner = grid.drawPane("CCAM", in: rect, focused: true).inset(1, 0)
    guard let analysis = state.analysis, analysis.effective.consensus == .none else {
      grid.drawText("no heat maps: \(state.whyNoHeat)", in: inner, role: .faint)
      return
    }
    guard analysis.variant.method.hasClasses else {
      grid.drawText(
        "No heat map: \(analysis.variant) has neither classes nor CCAM. What it attends to, theta phi^T of the "
          + "non-local blocks, is written by c3n run --output.", in: inner, role: .warning)
      return
    }
    grid.drawText(
      "No heat map: consensus is none. Without a unified label there is no class whose logit could be traced "
        + "back, so there are no class-activated weights omega (eq. 8) and CCAM passes V_i on as it is. "
        + "u chooses CC or CC-V.", in: inner, role: .warning)
  }
}
