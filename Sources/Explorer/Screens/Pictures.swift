import AVSBench
import C3N
import Inference
import Media
import Tensors
import TerminalUI

extension ExplorerState {
  /// A stage's heat map of the frame shown and the range of its colours.
  func heat(stage: Int) -> (picture: ScalarPicture, range: ClosedRange<Float>, extent: Size)? {
    guard let maps = heatMaps.maps.first(where: { $0.stage == stage }) else { return nil }
    let map = maps[display.heatKind]
    guard frame < map.shape[0] else { return nil }
    let picture = ScalarPicture(
      width: map.shape[2], height: map.shape[1], values: map.slice(frame..<frame + 1).values)
    return (picture, range(of: picture, in: map), Size(width: map.shape[2], height: map.shape[1]))
  }

  private func range(of picture: ScalarPicture, in map: Tensor) -> ClosedRange<Float> {
    switch display.scale {
    case .frame: return picture.range
    case .clip: return Self.range(of: map)
    case .fixed:
      if display.heatKind == .spatialAttention { return 0...1 }
      let ranges = heatMaps.maps.map { Self.range(of: $0[display.heatKind]) }
      return ranges.map(\.lowerBound).min()!...ranges.map(\.upperBound).max()!
    }
  }

  private static func range(of map: Tensor) -> ClosedRange<Float> {
    ScalarPicture(width: map.count, height: 1, values: map.values).range
  }

  /// The predicted mask of the frame shown: logits above 0, that is sigmoid above 0.5.
  var prediction: MaskPicture? {
    guard let logits = analysis?.maskLogits ?? (analysis?.isComplete == false ? earlier?.maskLogits : nil),
      frame < logits.shape[0]
    else { return nil }
    return MaskPicture(
      width: logits.shape[2], height: logits.shape[1],
      values: logits.slice(frame..<frame + 1).values.map { $0 > 0 })
  }

  /// The ground truth of the frame shown.
  var truth: MaskPicture? { loaded.flatMap { frame < $0.truths.count ? $0.truths[frame] : nil } }

  /// Prediction and truth of the frame shown at the prediction's extent.
  var difference: DifferencePicture? {
    guard let prediction, let contents, frame < contents.masks.count, let truth = contents.masks[frame] else {
      return nil
    }
    let resized = truth.resized(width: prediction.width, height: prediction.height)
    return DifferencePicture(prediction: prediction, truth: MaskPicture(resized))
  }

  /// What lies over the frame and a legend of it, or why there is nothing.
  var frameOverlay: (overlay: PictureOverlay, legend: StyledLine) {
    switch display.overlay {
    case .none: return (.none, StyledLine("no overlay; o cycles", .faint))
    case .heat:
      guard let heat = heat(stage: stage) else {
        return (.none, StyledLine("no heat map: \(whyNoHeat)", .warning))
      }
      let words = "\(display.heatKind.rawValue) stage \(stage)"
      return (
        .heat(heat.picture, range: heat.range, map: display.colorMap),
        [Span("\(words) \(decimal(heat.range.lowerBound, 3)) .. \(decimal(heat.range.upperBound, 3))")]
      )
    case .prediction:
      guard let prediction else { return (.none, StyledLine("no mask: \(whyNoMask)", .warning)) }
      return (.mask(prediction), [Span("prediction", .mask), Span(" sigmoid > 0.5")])
    case .truth:
      guard let truth else { return (.none, StyledLine(whyNoTruth, .warning)) }
      return (.mask(truth), [Span("ground truth", .mask)])
    case .difference:
      guard let difference else {
        return (.none, StyledLine(prediction == nil ? "no mask: \(whyNoMask)" : whyNoTruth, .warning))
      }
      return (
        .difference(difference),
        [
          Span("#", .truePositive), Span(" both "), Span("+", .falsePositive), Span(" predicted "),
          Span("-", .falseNegative), Span(" missed"),
        ]
      )
    }
  }

  /// Why there is no heat map.
  var whyNoHeat: String {
    guard let analysis else { return whyNoAnalysis }
    if analysis.effective.consensus == .none { return "the unified label is off (u)" }
    return isWorking ? "not computed yet" : "the run was stopped before it"
  }

  /// Why there is no predicted mask.
  var whyNoMask: String {
    guard let analysis else { return whyNoAnalysis }
    if analysis.isComplete { return "\(analysis.variant) has no trained decoder" }
    return isWorking ? "not computed yet" : "the run was stopped before it"
  }

  /// Why there is no truth.
  var whyNoTruth: String { "no ground truth for this frame" }

  /// Why there are no numbers of the model.
  var whyNoAnalysis: String {
    if current == nil { return "no clip is open; 1 shows the clips" }
    if isWorking { return loaded == nil ? "reading the clip" : "not computed yet" }
    return "not run; r runs"
  }
}
