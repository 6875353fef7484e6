import AVSBench
import C3N
import Inference
import Media
import TerminalUI

extension ExplorerState {
  /// The predicted mask of the frame shown: logits above 0, that is sigmoid above 0.5.
  var prediction: MaskPicture? {
    guard let analysis else { return nil }
    return mask(of: analysis) ?? (analysis.isComplete ? nil : earlier.flatMap(mask))
  }

  /// The mask of the frame shown in an analysis.
  func mask(of analysis: ClipAnalysis) -> MaskPicture? {
    guard let logits = analysis.maskLogits, frame < logits.shape[0] else { return nil }
    return MaskPicture(
      width: logits.shape[2], height: logits.shape[1],
      values: logits.slice(frame..<frame + 1).values.map { $0 > 0 })
  }

  /// The mask's logit under a probe in the frame shown.
  func maskLogit(at probe: Point) -> Float? {
    guard let logits = analysis?.maskLogits, frame < logits.shape[0] else { return nil }
    let (height, width) = (logits.shape[1], logits.shape[2])
    let (x, y) = probe.scaled(width: width, height: height)
    return logits[(frame * height + y) * width + x]
  }

  /// The ground truth of the frame shown.
  var truth: MaskPicture? { loaded.flatMap { frame < $0.truths.count ? $0.truths[frame] : nil } }

  /// Prediction and truth of the frame shown at the prediction's extent.
  var difference: DifferencePicture? { prediction.flatMap(difference(with:)) }

  /// A mask and the truth of the frame shown at the mask's extent; nil without a truth.
  func difference(with mask: MaskPicture) -> DifferencePicture? {
    guard let contents, frame < contents.masks.count, let truth = contents.masks[frame] else { return nil }
    let resized = truth.resized(width: mask.width, height: mask.height)
    return DifferencePicture(prediction: mask, truth: MaskPicture(resized))
  }

  /// What lies over the frame and a legend of it, or why there is nothing.
  var frameOverlay: (overlay: PictureOverlay, legend: StyledLine) {
    switch display.overlay {
    case .none: return (.none, StyledLine("no overlay; o cycles", .faint))
    case .heat:
      guard let heat = heat(stage: stage) else {
        return (.none, StyledLine("no heat map: \(whyNoHeat)", .warning))
      }
      return (
        .heat(heat.picture, range: heat.range, map: display.colorMap),
        StyledLine(
          [Span(heatMaps.areEarlier ? "earlier: " : "", .warning)]
            + [Span("\(display.heatKind.rawValue) \(stage) \(heat.limits)")])
      )
    case .prediction:
      guard let prediction else { return (.none, StyledLine("no mask: \(whyNoMask)", .warning)) }
      let isEmpty = !prediction.values.contains(true)
      return (
        .mask(prediction),
        [
          earlierMark, Span("prediction", .mask),
          Span(isEmpty ? ": empty, no sigmoid > 0.5" : " sigmoid > 0.5"),
        ]
      )
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
          earlierMark, Span("#", .truePositive), Span(" both "), Span("+", .falsePositive),
          Span(" predicted "),
          Span("-", .falseNegative), Span(" missed"),
        ]
      )
    }
  }

  /// Says that the mask shown is of other knobs.
  private var earlierMark: Span {
    let isOld = isStale || analysis?.maskLogits == nil
    return Span(isOld ? "earlier: " : "", .warning)
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
    guard let current else { return "no clip is open; 1 shows the clips" }
    if isWorking { return loaded == nil ? "reading the clip" : "not computed yet" }
    if results[current].status == .failed, let problem = results[current].problem {
      return "\(loaded == nil ? "the clip cannot be read" : "the run failed"): \(problem) (r tries again)"
    }
    return results[current].status == .cancelled ? "stopped; r runs" : "not run; r runs"
  }
}
