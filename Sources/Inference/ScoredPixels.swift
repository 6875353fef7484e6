import AVSBench
import Evaluation
import Glibc
import Media
import Tensors

/// The pixels that a frame's IoU and its best F count, so that a screen can tell how both come about.
///
/// P are the pixels with sigmoid(logit) > 0.5, G those of the ground truth. At the best threshold t, P_t are those with
/// sigmoid(logit) >= t; F = 1.3 precision recall / (0.3 precision + recall).
public struct ScoredPixels: Hashable, Sendable {
  /// All pixels of the frame.
  public let count: Int

  /// |P and G|.
  public let intersection: Int

  /// |P or G|.
  public let union: Int

  /// |G|; 0 where nothing sounds.
  public let positives: Int

  /// The threshold of the largest F, the lowest of equal ones; nil where G is empty.
  public let threshold: Float?

  /// |P_t|.
  public let predicted: Int

  /// |P_t and G|.
  public let hits: Int

  /// Pixels of given numbers.
  public init(
    count: Int, intersection: Int, union: Int, positives: Int, threshold: Float?, predicted: Int, hits: Int
  ) {
    self.count = count
    self.intersection = intersection
    self.union = union
    self.positives = positives
    self.threshold = threshold
    self.predicted = predicted
    self.hits = hits
  }

  /// Counts a frame of mask logits [T, H, W] as `FrameScore` does.
  init(_ logits: Tensor, frame: Int, _ truth: Mask, _ score: FrameScore) {
    let (height, width) = (logits.shape[1], logits.shape[2])
    let truth = truth.resized(width: width, height: height)
    var threshold: Float?
    if let curve = score.fCurve, let best = curve.max(), let index = curve.firstIndex(of: best) {
      threshold = FrameScore.thresholds[index]
    }
    var (intersection, union, positives, predicted, hits) = (0, 0, 0, 0, 0)
    logits.read { logits in
      let logits = logits + frame * height * width
      truth.values.withUnsafeBufferPointer { truth in
        for pixel in 0..<height * width {
          let probability = 1 / (1 + exp(-logits[pixel]))
          let (isTrue, isPredicted) = (truth[pixel] != 0, probability > 0.5)
          if isTrue { positives += 1 }
          if isTrue, isPredicted { intersection += 1 }
          if isTrue || isPredicted { union += 1 }
          if let threshold, probability >= threshold {
            predicted += 1
            if isTrue { hits += 1 }
          }
        }
      }
    }
    self.init(
      count: height * width, intersection: intersection, union: union, positives: positives,
      threshold: threshold, predicted: predicted, hits: hits)
  }
}
