import CKernels
import Tensors

/// Layer normalisation over channels: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta.
///
/// x [..., C] -> y [..., C]; the variance is the biased one.
public struct LayerNorm: Sendable {
  /// gamma [C].
  public let weight: Parameter

  /// beta [C].
  public let bias: Parameter

  /// Added to the variance.
  public let epsilon: Float

  /// What a backward pass needs: the input, and (mean, 1 / deviation) for each row.
  public struct Record: Sendable {
    let input: Tensor
    let statistics: Tensor
  }

  /// Reads `weight` and `bias` below a path.
  public init(_ weights: Weights, channels: Int, epsilon: Float = 1e-5) {
    weight = weights.parameter("weight", [channels])
    bias = weights.parameter("bias", [channels])
    self.epsilon = epsilon
  }

  /// The normalised rows; the record is nil when nothing is recorded.
  public func forward(_ x: Tensor, recording: Recording = .none) -> (Tensor, Record?) {
    let (rows, channels) = (x.shape.rows, x.shape.last)
    var statistics: Tensor?
    func normalize(_ y: UnsafeMutablePointer<Float>, _ rowStatistics: UnsafeMutablePointer<Float>?) {
      read(x, weight.value, bias.value) { x, gamma, beta in
        Parallel.ranges(rows, grain: max(1, 16_384 / channels)) { range in
          let offset = range.lowerBound * channels
          c3n_layernorm(
            y + offset, rowStatistics.map { $0 + 2 * range.lowerBound }, x + offset, gamma, beta, epsilon,
            range.count, channels)
        }
      }
    }
    let y = Tensor(x.shape) { y in
      if recording == .none {
        normalize(y, nil)
      } else {
        statistics = Tensor([rows, 2]) { normalize(y, $0) }
      }
    }
    return (y, statistics.map { Record(input: x, statistics: $0) })
  }

  /// dx, plus a residual of its shape; adds the gradients of gamma and beta to `gradients`.
  public func backward(
    _ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil, adding residual: Tensor? = nil
  ) -> Tensor {
    precondition(residual == nil || residual!.count == dy.count, "a residual of another shape")
    let (rows, channels) = (dy.shape.rows, dy.shape.last)
    if let gradients {
      gradients.accumulate(weight) { dgamma in
        gradients.accumulate(bias) { dbeta in
          read(dy, record.input, record.statistics) {
            c3n_layernorm_backward_parameters(dgamma, dbeta, $0, $1, $2, rows, channels)
          }
        }
      }
    }
    return Tensor(dy.shape) { dx in
      read(dy, record.input, record.statistics, weight.value) { dy, x, statistics, gamma in
        (residual ?? record.input).read { added in
          Parallel.ranges(rows, grain: max(1, 16_384 / channels)) { range in
            let offset = range.lowerBound * channels
            c3n_layernorm_backward(
              dx + offset, dy + offset, x + offset, statistics + 2 * range.lowerBound, gamma,
              residual == nil ? nil : added + offset, range.count, channels)
          }
        }
      }
    }
  }
}
