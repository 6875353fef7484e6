import CKernels
import Tensors

/// The training objective (eq. 16): binary cross entropy of sigmoid(logits) plus the Dice loss with smooth 1.
///
///     Dice = 1 - mean over frames of 2 (sum(p y) + 1) / (sum p + sum y + 1)
///
/// The smooth of the numerator is inside the factor 2, as in the published program, so that the loss of a perfect mask
/// is a little below 0.
public struct SegmentationLoss: Sendable {
  /// The mean cross entropy of the pixels.
  public private(set) var entropy = 0.0

  /// The Dice loss.
  public private(set) var dice = 0.0

  /// The sum of both.
  public var total: Double { entropy + dice }

  private static let smooth = 1.0

  /// No frames yet: the loss of a batch is the sum over its parts.
  public init() {}

  /// Adds frames to a batch of `batch` frames and returns the gradient of the batch's loss with respect to their logits.
  ///
  /// - Parameters:
  ///   - logits: [F, H, W].
  ///   - truth: zeros and ones [F, H, W].
  ///   - batch: the number of frames of the whole batch, of which F are here.
  public mutating func add(_ logits: Tensor, truth: Tensor, ofBatch batch: Int) -> Tensor {
    precondition(logits.shape == truth.shape, "logits \(logits.shape) for masks \(truth.shape)")
    let frames = logits.shape[0]
    let pixels = logits.count / frames
    let (share, smooth) = (1 / Double(batch), Self.smooth)
    var (entropy, dice) = (0.0, 0.0)
    let gradient = Tensor(logits.shape) { gradient in
      let probabilities = Tensor(logits.shape) { p in
        read(logits, truth) { logits, truth in
          for frame in 0..<frames {
            let offset = frame * pixels
            var sums = (0.0, 0.0, 0.0, 0.0)
            withUnsafeMutableBytes(of: &sums) { bytes in
              c3n_segmentation_sums(
                p + offset, logits + offset, truth + offset, pixels,
                bytes.baseAddress!.assumingMemoryBound(to: Double.self))
            }
            entropy += share * sums.0 / Double(pixels)
            let size = sums.2 + sums.3 + smooth
            dice += share * (1 - 2 * (sums.1 + smooth) / size)
            // d Dice / d p = -2 y / size + 2 (sum(p y) + smooth) / size^2, over the batch.
            c3n_segmentation_gradient(
              gradient + offset, p + offset, truth + offset, Float(share / Double(pixels)),
              Float(-2 * share / size), Float(2 * share * (sums.1 + smooth) / (size * size)), pixels)
          }
        }
      }
      _ = probabilities
    }
    self.entropy += entropy
    self.dice += dice
    return gradient
  }
}
