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
  /// Takes the score of each frame and its pixels, nil for those without a ground truth.
  mutating func take(_ frameScores: [FrameScore?], _ pixels: [ScoredPixels?]) {
    scoredFrames = frameScores.enumerated().compactMap { frame, score in
      score.map { ScoredFrame(index: frame, score: $0) }
    }
    for (frame, score) in frameScores.enumerated() {
      guard let score else { continue }
      frames[frame].iou = score.iou
      frames[frame].fScore = score.fCurve?.max()
      frames[frame].pixels = pixels[frame]
    }
    let scores = frameScores.compactMap { $0 }
    guard !scores.isEmpty else { return }
    let clip = BatchScore(scores)
    iou = clip.iou
    fScore = clip.isSilent ? nil : clip.f
  }
}
