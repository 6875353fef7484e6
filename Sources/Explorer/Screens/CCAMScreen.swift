import C3N
import Inference
import Tensors
import TerminalUI

/// The heat maps of the four stages, beside the non-local blocks' attention (the paper's Fig. 7) or with and without
/// those blocks (Fig. 8).
struct CCAMScreen {
  let state: ExplorerState
  let onePane: Bool

  func draw(in rect: Rect, on grid: inout CellGrid) {
    let parts = rect.rows([.share(1), .fixed(2)])
    let (pictures, legend) = (parts[0], parts[1].inset(1, 0))
    switch state.display.ccamView {
    case .stages:
      guard !state.heatMaps.maps.isEmpty else { return drawReason(in: rect, on: &grid) }
      drawStages(in: pictures, on: &grid)
      drawLegend(in: legend, on: &grid)
    case .attention:
      drawBesideAttention(in: pictures, on: &grid)
      drawLegend(in: legend, on: &grid)
    case .nonLocal:
      NonLocalView(state: state).draw(in: pictures, legend: legend, on: &grid)
    }
  }

  private func drawStages(in rect: Rect, on grid: inout CellGrid) {
    if onePane { return drawStage(state.stage, in: rect, on: &grid) }
    for (index, place) in Self.places(in: rect).enumerated() { drawStage(index + 1, in: place, on: &grid) }
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

  /// CCAM's maps above, the non-local blocks' attention below; one stage alone side by side.
  private func drawBesideAttention(in rect: Rect, on grid: inout CellGrid) {
    let stages = onePane ? [state.stage] : Array(1...4)
    let places = rect.columns(Array(repeating: .share(1), count: stages.count))
    for (stage, place) in zip(stages, places) {
      let two = onePane ? place.columns([.share(1), .share(1)]) : place.rows([.share(1), .share(1)])
      if state.heat(stage: stage) != nil {
        drawStage(stage, prefix: "CCAM ", in: two[0], on: &grid)
      } else {
        let inner = grid.drawPane("CCAM \(stage)", in: two[0], focused: state.pane == .stage(stage))
        grid.drawText("no heat map: \(state.whyNoHeat)", in: inner, role: .faint)
      }
      if let map = state.fusionAttention(stage: stage) {
        draw(map, "theta phi \(stage)", focused: false, in: two[1], on: &grid)
      } else {
        let inner = grid.drawPane("theta phi \(stage)", in: two[1])
        grid.drawText(state.whyNoFusionAttention, in: inner, role: .faint)
      }
    }
  }

  private func drawStage(_ stage: Int, prefix: String = "stage ", in rect: Rect, on grid: inout CellGrid) {
    guard let heat = state.heat(stage: stage) else { return }
    draw(
      heat, "\(prefix)\(stage)  \(heat.extent)", focused: state.pane == .stage(stage), in: rect, on: &grid)
  }

  private func draw(
    _ map: ScaledMap, _ title: String, focused: Bool, in rect: Rect, on grid: inout CellGrid
  ) {
    let inner = grid.drawPane(title, note: map.limits, in: rect, focused: focused)
    let placement = grid.draw(map.picture, map: state.display.colorMap, range: map.range, in: inner)
    if let probe = state.probe, let cell = placement.cell(probe) { grid.drawProbe(at: cell) }
  }

  private func drawLegend(in rect: Rect, on grid: inout CellGrid) {
    let below = probeLines(columns: rect.width)
    // Where the values under the probe need both lines, what they are is said in the pane and by ?.
    for (row, line) in below.suffix(2).enumerated() {
      grid.put(line, in: rect.row(rect.height - min(2, below.count) + row))
    }
    guard below.count < 2 else { return }
    let kind = state.display.heatKind
    let earlier = state.heatMaps.areEarlier ? "of earlier knobs · " : ""
    let parts = rect.row(0).columns([.share(1), .fixed(20)], gap: 1)
    grid.put(
      [
        Span(earlier, .warning), Span(kind.meaning),
        Span(" · \(state.scaleName(isAttention: kind == .spatialAttention))", .faint),
      ],
      in: parts[0])
    if let heat = state.heat(stage: state.stage) {
      grid.drawScale(
        map: state.display.colorMap, low: measure(heat.range.lowerBound, in: heat.range),
        high: measure(heat.range.upperBound, in: heat.range), in: parts[1])
    }
  }

  /// The value under the probe with its arithmetic, and those of the other stages, or the label that the maps belong to: one
  /// line if that is enough, else two.
  private func probeLines(columns: Int) -> [StyledLine] {
    guard let probe = state.probe else {
      let label = state.agreementLines.first ?? ""
      return [StyledLine(label.spans + [Span("  h j k l: probe", .faint)])]
    }
    let kind = state.display.heatKind
    var own: [Span] = []
    if let heat = state.heat(stage: state.stage) {
      let (place, value) = heat.value(at: probe)
      own += [Span("\(place) "), Span(kind.arithmetic(value, in: heat.range), .accent)]
    }
    if state.display.ccamView == .attention, let map = state.fusionAttention(stage: state.stage) {
      own.append(Span("  theta . phi = \(measure(map.value(at: probe).value, in: map.range))"))
    }
    func stages(places: Bool) -> [Span] {
      (1...4).flatMap { stage -> [Span] in
        guard let heat = state.heat(stage: stage) else { return [] }
        let (place, value) = heat.value(at: probe)
        return [
          Span("\(stage): ", .faint),
          Span(
            (places ? "\(place) " : "") + "\(measure(value, in: heat.range))  ",
            stage == state.stage ? .accent : .text),
        ]
      }
    }
    let line = StyledLine(own + [Span("  ")] + stages(places: true))
    if line.columns <= columns + 2 { return [line] }
    return [
      StyledLine(own),
      .fitting(columns + 2, [StyledLine(stages(places: true)), StyledLine(stages(places: false))]),
    ]
  }

  private func drawReason(in rect: Rect, on grid: inout CellGrid) {
    let inner = grid.drawPane("CCAM", in: rect, focused: true).inset(1, 0)
    guard let analysis = state.analysis, analysis.effective.consensus == .none else {
      grid.drawText("no heat maps: \(state.whyNoHeat)", in: inner, role: .faint)
      return
    }
    guard analysis.variant.method.hasClasses else {
      grid.drawText(
        "No heat map: \(analysis.variant) has neither classes nor CCAM. V shows what it attends to, theta phi^T of "
          + "the non-local blocks.", in: inner, role: .warning)
      return
    }
    grid.drawText(
      "No heat map: consensus is none. Without a unified label there is no class whose logit could be traced "
        + "back, so there are no class-activated weights omega (eq. 8) and CCAM passes V_i on as it is. "
        + "u chooses CC or CC-V.", in: inner, role: .warning)
  }
}

extension ExplorerState {
  /// What the ends of the colour scale stand for, in words.
  func scaleName(isAttention: Bool) -> String {
    switch display.scale {
    case .frame: "scale per frame"
    case .clip: "scale per clip"
    case .fixed: isAttention ? "scale 0 to 1" : "scale of all stages"
    }
  }
}

extension HeatMapKind {
  /// How a value of the map came about.
  func arithmetic(_ value: Float, in range: ClosedRange<Float>) -> String {
    let shown = measure(value, in: range)
    switch self {
    case .spatialAttention: return "sigmoid(\(decimal(logit(value), 3))) = \(shown)"
    case .raw: return "mean(V omega) = \(shown)"
    case .gradCAM: return value > 0 ? "max(0, \(shown)) = \(shown)" : "max(0, at most 0) = 0"
    }
  }
}
