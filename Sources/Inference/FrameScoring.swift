import Evaluation
import Media
import Tensors

extension FrameAnalysis {
  /// Scores one frame of mask logits [T, H, W] against its ground truth, resized to the logits if need be.
  mutating func score(_ logits: Tensor, frame: Int, _ truth: Mask) {
    let (height, width) = (logits.shape[1], logits.shape[2])
    let scored = FrameScore(
      logits: logits.slice(frame..<frame + 1).reshaped([height, width]),
      truth: truth.resized(width: width, height: height).tensor)
    iou = scored.iou
    fScore = scored.fCurve?.max()
  }
}
