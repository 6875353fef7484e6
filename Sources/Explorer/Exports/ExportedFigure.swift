import Figures

extension ExplorerState {
  /// Writes the paper's figure that the screen corresponds to: Fig. 7 of all frames from CCAM, else Fig. 6 of the
  /// frame shown.
  mutating func exportFigure() -> [Effect] {
    guard let contents, let analysis, analysis.isComplete else {
      message = "no figure yet: \(current == nil ? "no clip is open" : "the clip's run has not ended")"
      return []
    }
    do {
      let figure: any Figure
      if screen == .ccam {
        // Ten columns fit on a page.
        let first = max(0, min(frame - 5, frameCount - 10))
        figure = try AttentionFigure(
          FigureSubject(contents, analysis, labels, frames: Array(first..<min(first + 10, frameCount))),
          kind: display.heatKind, colors: display.colorMap)
      } else {
        figure = try ConsensusFigure(
          FigureSubject(contents, analysis, labels, frames: [frame]), colors: display.colorMap)
      }
      return [.exportFigure(name: exportName, figure)]
    } catch {
      message = "\(error)"
      return []
    }
  }
}
