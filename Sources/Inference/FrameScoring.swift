import AVSBench
import Evaluation
import Media
import Tensors

extension FrameScore {
  /// Scores one frame of mask logits [T, H, W] against its ground truth, resized to the logits if need be.
  init(_ logits: Tensor, frame: Int, _ truth: Mask) {
    let (height, width) = (logits.shape[1], logits.shape[2])
    self.init(
      logits: logits.slice(frame..<frame + 1).reshaped([height, width]),
      truth: truth.resized(width: width, height: height).tensor)
  }
}

extension ClipAnalysis {
  /// Scores the mask logits of every frame that has a ground truth, resized to the logits if need be.
  mutating func score(against contents: ClipContents) {
    guard let logits = maskLogits else { return }
    var scores: [FrameScore] = []
    for (frame, truth) in contents.masks.enumerated() {
      guard let truth else { continue }
      let score = FrameScore(logits, frame: frame, truth)
      frames[frame].iou = score.iou
      frames[frame].fScore = score.fCurve?.max()
      frames[frame].pixels = ScoredPixels(logits, frame: frame, truth, score)
      scores.append(score)
    }
    guard !scores.isEmpty else { return }
    let clip = BatchScore(scores)
    iou = clip.iou
    fScore = clip.isSilent ? nil : clip.f
  }
}

extension ClipAnalysis {
  /// The scores of the frames that have a ground truth, for keeping; empty without a mask.
  public func scoredFrames(against contents: ClipContents) -> [ScoredFrame] {
    guard let logits = maskLogits else { return [] }
    return contents.masks.enumerated().compactMap { index, truth in
      truth.map { ScoredFrame(index: index, score: FrameScore(logits, frame: index, $0)) }
    }
  }
}
