import AVSBench
import Figures
import Inference

extension ExplorerState {
  /// Writes the paper's figure that the screen corresponds to: Fig. 7 of all frames from CCAM, Fig. 8 where it is shown
  /// without and with non-local blocks or Compare has both, else Fig. 6 of the frame shown; on Compare of the focused column.
  mutating func exportFigure() -> [Effect] {
    do {
      return [.exportFigure(name: exportName, try figure())]
    } catch {
      message = "\(error)"
      return []
    }
  }

  /// Why there is no figure.
  private struct NoFigure: Error, CustomStringConvertible {
    let description: String
  }

  private func figure() throws -> any Figure {
    guard let loaded else {
      throw NoFigure(
        description: "no figure yet: \(current == nil ? "no clip is open" : "the clip's run has not ended")")
    }
    if screen == .ccam, display.ccamView == .nonLocal {
      guard let with = nonLocalAnalysis(true), let without = nonLocalAnalysis(false) else {
        throw NoFigure(description: "no Fig. 8 yet: w runs the clip without or with the non-local blocks")
      }
      return try fusionFigure(with, without: without, loaded.contents)
    }
    if let (with, without) = nonLocalColumns {
      return try fusionFigure(with, without: without, loaded.contents)
    }
    let shown = screen == .compare && compare.setup != nil ? focusedWork?.analysis : analysis
    guard let shown, shown.isComplete else {
      throw NoFigure(
        description: "no figure yet: the \(screen == .compare ? "column" : "clip")'s run has not ended")
    }
    return screen == .ccam
      ? try AttentionFigure(
        subject(shown, loaded.contents, tenFrames), kind: display.heatKind, colors: display.colorMap)
      : try ConsensusFigure(subject(shown, loaded.contents, [frame]), colors: display.colorMap)
  }

  private func fusionFigure(
    _ with: ClipAnalysis, without: ClipAnalysis, _ contents: ClipContents
  ) throws -> any Figure {
    try FusionFigure(
      subject(with, contents, tenFrames), without: without, stage: stage, colors: display.colorMap)
  }

  /// The frames around the one shown, as many as fit on a page.
  private var tenFrames: [Int] {
    let first = max(0, min(frame - 5, frameCount - 10))
    return Array(first..<min(first + 10, frameCount))
  }

  /// The clip as the model got it, with its noise.
  private func subject(_ analysis: ClipAnalysis, _ contents: ClipContents, _ frames: [Int]) -> FigureSubject {
    let noise = InputConditions(noiseOf: analysis.effective)
    // Nothing of the sound is drawn but what the analysis has.
    var vision = noise
    vision.audioNoise = nil
    return FigureSubject(
      vision.apply(to: contents), analysis, labels, frames: frames,
      input: noise == .init() ? nil : noise.description)
  }

  // MARK: With and without non-local blocks

  /// The analysis of the open clip with or without non-local blocks that otherwise follows the knobs, be it of the clip's own
  /// run or of a column.
  func nonLocalAnalysis(_ isOn: Bool) -> ClipAnalysis? {
    if let own = ablation.analysis(nonLocal: isOn, clip: current, like: knobs) { return own }
    guard let setup = compare.setup else { return nil }
    var wanted = knobs
    wanted.nonLocal = isOn
    let column = setup.columns.firstIndex { $0.model == specification && $0.switches == wanted }
    return column.flatMap { compare.work[$0].finished }
  }

  /// The finished columns on Compare that differ in nothing but the non-local blocks, the focused one among them if it can be.
  private var nonLocalColumns: (with: ClipAnalysis, without: ClipAnalysis)? {
    guard screen == .compare, let setup = compare.setup else { return nil }
    func partner(_ index: Int) -> Int? {
      var wanted = setup.columns[index]
      wanted.switches.nonLocal.toggle()
      return setup.columns.firstIndex(of: wanted)
    }
    for index in [setup.focus] + setup.columns.indices.filter({ $0 != setup.focus }) {
      guard let other = partner(index), let one = compare.work[index].finished,
        let two = compare.work[other].finished, one.effective.nonLocal != two.effective.nonLocal
      else { continue }
      return one.effective.nonLocal ? (one, two) : (two, one)
    }
    return nil
  }
}

extension ColumnWork {
  /// The analysis, if it is what the column asks for.
  var finished: ClipAnalysis? { status == .done ? analysis : nil }
}
