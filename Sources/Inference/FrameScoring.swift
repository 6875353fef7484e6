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

extension FrameAnalysis {
  /// Scores one frame of mask logits [T, H, W].
  mutating func score(_ logits: Tensor, frame: Int, _ truth: Mask) {
    let scored = FrameScore(logits, frame: frame, truth)
    iou = scored.iou
    fScore = scored.fCurve?.max()
  }
}
