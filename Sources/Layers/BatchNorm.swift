import CKernels
import Tensors

/// Batch normalisation with running statistics: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta.
///
/// x [..., C] -> y [..., C]. In inference it is one affine map per channel.
public struct BatchNorm: Sendable {
  /// gamma [C].
  public let weight: Parameter

  /// beta [C].
  public let bias: Parameter

  /// The running mean [C].
  public let mean: Tensor

  /// The running variance [C].
  public let variance: Tensor

  /// The map as one multiplication and one addition per channel.
  public let scale, shift: Tensor

  /// Reads `weight`, `bias`, `running_mean` and `running_var` below a path.
  public init(_ weights: Weights, channels: Int, epsilon: Float = 1e-5) {
    weight = weights.parameter("weight", [channels])
    bias = weights.parameter("bias", [channels])
    mean = weights.tensor("running_mean", [channels])
    variance = weights.tensor("running_var", [channels])
    let scales = zip(weight.value.values, variance.values).map { $0 / ($1 + epsilon).squareRoot() }
    let shifts = zip(zip(bias.value.values, mean.values), scales).map { $0.0 - $0.1 * $1 }
    scale = Tensor(scales, [channels])
    shift = Tensor(shifts, [channels])
  }

  /// The normalised map by running statistics.
  public func forward(_ x: Tensor) -> Tensor {
    let (rows, channels) = (x.shape.rows, x.shape.last)
    return Tensor(x.shape) { y in
      read(x, scale, shift) { x, scale, shift in
        Parallel.ranges(rows, grain: max(1, 65_536 / channels)) { range in
          let offset = range.lowerBound * channels
          c3n_affine_rows(y + offset, x + offset, scale, shift, range.count, channels)
        }
      }
    }
  }

  /// dx = dy * scale, with the running statistics held fixed.
  public func backward(_ dy: Tensor) -> Tensor {
    let (rows, channels) = (dy.shape.rows, dy.shape.last)
    return Tensor(dy.shape) { dx in
      read(dy, scale) { dy, scale in
        Parallel.ranges(rows, grain: max(1, 65_536 / channels)) { range in
          let offset = range.lowerBound * channels
          c3n_multiply_rows(dx + offset, dy + offset, scale, range.count, channels)
        }
      }
    }
  }
}
