import C3N
import Inference
import Tensors
import TerminalUI

/// What enters the decoder and the mask, without and with the non-local blocks (the paper's Fig. 8).
struct NonLocalView {
  let state: ExplorerState

  func draw(in rect: Rect, legend: Rect, on grid: inout CellGrid) {
    let rows = rect.rows([.share(1), .share(1)])
    for (isOn, row) in zip([false, true], rows) {
      let places = row.columns([.share(1), .share(1)])
      let word = isOn ? "with" : "without"
      guard let analysis = analysis(isOn) else {
        let inner = grid.drawPane("\(word) non-local", in: row).inset(1, 0)
        grid.drawText(reason(isOn), in: inner, role: .warning)
        continue
      }
      drawMap(isOn, "\(word): mean of M_\(state.stage)", in: places[0], on: &grid)
      drawMask(analysis, "\(word): mask", in: places[1], on: &grid)
    }
    let scale =
      state.display.scale == .fixed ? "scale of all stages, both" : state.scaleName(isAttention: false)
    grid.put(
      [
        Span("mean over channels of M_\(state.stage) (eq. 14; without: V_\(state.stage)^a)"),
        Span(" · \(scale)", .faint),
      ],
      in: legend.row(0))
    grid.put(effect, in: legend.row(1))
  }

  private func analysis(_ isOn: Bool) -> ClipAnalysis? { state.nonLocalAnalysis(isOn) }

  private func reason(_ isOn: Bool) -> String {
    if state.isWorking, state.knobs.nonLocal == isOn { return "not computed yet" }
    if let analysis = state.analysis, analysis.isComplete, analysis.effective.nonLocal != state.knobs.nonLocal
    {
      return "\(analysis.variant) has no decoder, hence no non-local blocks"
    }
    return state.knobs.nonLocal == isOn
      ? "not known: r runs the clip"
      : "not known under these knobs: w turns the non-local blocks \(isOn ? "on" : "off") and runs what depends "
        + "on them"
  }

  private func drawMap(_ isOn: Bool, _ title: String, in rect: Rect, on grid: inout CellGrid) {
    guard let map = state.featureMap(nonLocal: isOn) else {
      let inner = grid.drawPane(title, in: rect)
      grid.drawText("no decoder, no features", in: inner, role: .faint)
      return
    }
    let inner = grid.drawPane(
      title, note: map.limits, in: rect, focused: isOn == state.knobs.nonLocal)
    let placement = grid.draw(map.picture, map: state.display.colorMap, range: map.range, in: inner)
    if let probe = state.probe, let cell = placement.cell(probe) { grid.drawProbe(at: cell) }
  }

  private func drawMask(_ analysis: ClipAnalysis, _ title: String, in rect: Rect, on grid: inout CellGrid) {
    let iou = analysis.frames.indices.contains(state.frame) ? analysis.frames[state.frame].iou : nil
    let inner = grid.drawPane(title, note: iou.map { "IoU \(decimal($0, 3))" } ?? "", in: rect)
    guard let mask = state.mask(of: analysis), let loaded = state.loaded,
      loaded.pictures.indices.contains(state.frame)
    else {
      grid.drawText("no mask", in: inner, role: .faint)
      return
    }
    let overlay = state.difference(with: mask).map(PictureOverlay.difference) ?? .mask(mask)
    grid.draw(loaded.pictures[state.frame], overlay: overlay, in: inner)
  }

  /// The values under the probe, or what the blocks change of the frame's score.
  private var effect: StyledLine {
    let values = [false, true].compactMap { isOn -> String? in
      guard let probe = state.probe, let maps = analysis(isOn)?.featureMaps,
        maps.indices.contains(state.stage - 1),
        let map = ScaledMap(maps[state.stage - 1], frame: state.frame, scale: .frame, among: [])
      else { return nil }
      let (place, value) = map.value(at: probe)
      return "\(isOn ? "with" : "\(place) without") \(measure(value, in: map.range))"
    }
    if !values.isEmpty { return StyledLine(values.joined(separator: "  "), .accent) }
    let scores = [false, true].compactMap { analysis($0) }.compactMap { analysis in
      analysis.frames.indices.contains(state.frame) ? analysis.frames[state.frame].iou : nil
    }
    guard scores.count == 2 else { return StyledLine("h j k l: probe; Tab: stage", .faint) }
    return StyledLine(
      "IoU of the frame: with - without = \(decimal(scores[1], 3)) - \(decimal(scores[0], 3)) = "
        + signed(scores[1] - scores[0]))
  }
}
