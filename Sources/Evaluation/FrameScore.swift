import Glibc
import Tensors

/// How well one frame's prediction agrees with its ground truth.
///
/// Definitions of AVSBench (`mask_iou` and `_eval_pr` of its published program).
public struct FrameScore: Sendable, Equatable {
  /// Intersection over union of the pixels with sigmoid(logit) > 0.5: inter / (union + 1e-7).
  ///
  /// Where the ground truth is empty: the share of the pixels that are predicted background.
  public let iou: Double

  /// The F measure at each of ``thresholds``; nil where the ground truth is empty.
  public let fCurve: [Double]?

  /// Whether nothing sounds in the frame.
  public var isEmptyTruth: Bool { fCurve == nil }

  /// A score that was computed before; `fCurve` has a value for each of ``thresholds``.
  public init(iou: Double, fCurve: [Double]?) {
    precondition(fCurve.map { $0.count == Self.thresholds.count } ?? true, "a curve of another length")
    self.iou = iou
    self.fCurve = fCurve
  }

  /// Scores logits [height, width] against zeros and ones of the same shape.
  ///
  /// F = (1 + 0.3) precision recall / (0.3 precision + recall), where a pixel is predicted if its probability
  /// is at least the threshold, precision = hits / (predicted + 1e-20) and recall = hits / (true + 1e-20).
  /// A logit that is not a number predicts nothing.
  public init(logits: Tensor, truth: Tensor) {
    precondition(logits.shape == truth.shape, "logits \(logits.shape) for a mask of \(truth.shape)")
    // Pixels by the number of thresholds that their probability reaches.
    var predicted = [Int](repeating: 0, count: Self.thresholds.count + 1)
    var hits = predicted
    var (intersection, union, positives) = (0, 0, 0)
    let count = truth.count
    read(logits, truth) { logits, truth in
      for i in 0..<count {
        let probability = 1 / (1 + exp(-logits[i]))
        let reached = Self.thresholdsReached(by: probability)
        let isTrue = truth[i] > 0.5
        let isPredicted = probability > 0.5
        predicted[reached] += 1
        if isTrue {
          positives += 1
          hits[reached] += 1
        }
        if isTrue && isPredicted { intersection += 1 }
        if isTrue || isPredicted { union += 1 }
      }
    }
    guard positives > 0 else {
      iou = Double(truth.count - union) / (Double(truth.count) + 1e-7)
      fCurve = nil
      return
    }
    iou = Double(intersection) / (Double(union) + 1e-7)
    fCurve = Self.curve(predicted: predicted, hits: hits, positives: positives)
  }

  /// 255 thresholds evenly from 0 to 1 inclusive, bit for bit as `torch.linspace` rounds them: the upper half
  /// counts down from 1, each value rounded once.
  public static let thresholds: [Float] = (0..<255).map { i in
    let step: Float = 1 / 254
    return i < 127 ? step * Float(i) : Float(1).addingProduct(-step, Float(254 - i))
  }

  private static let betaSquared = 0.3

  /// How many thresholds are at most `probability`.
  private static func thresholdsReached(by probability: Float) -> Int {
    guard probability >= 0 else { return 0 }
    // The estimate may be off by a rounding; the thresholds themselves decide.
    var count = Int(probability * 254) + 1
    while count > 0, thresholds[count - 1] > probability { count -= 1 }
    while count < thresholds.count, thresholds[count] <= probability { count += 1 }
    return count
  }

  /// Sums the histograms from the highest threshold down.
  private static func curve(predicted: [Int], hits: [Int], positives: Int) -> [Double] {
    var curve = [Double](repeating: 0, count: thresholds.count)
    var (predictedSum, hitSum) = (0, 0)
    for i in stride(from: thresholds.count - 1, through: 0, by: -1) {
      predictedSum += predicted[i + 1]
      hitSum += hits[i + 1]
      let precision = Double(hitSum) / (Double(predictedSum) + 1e-20)
      let recall = Double(hitSum) / (Double(positives) + 1e-20)
      let f = (1 + betaSquared) * precision * recall / (betaSquared * precision + recall)
      curve[i] = f.isNaN ? 0 : f
    }
    return curve
  }
}
