import CKernels
import Tensors

/// Batch normalisation: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta.
///
/// x [..., C] -> y [..., C]. In inference and in frozen parts mean and variance are running statistics, so that it is
/// one affine map per channel; in training they are those of the batch, over everything but the channels.
public struct BatchNorm: Sendable {
  /// gamma [C].
  public let weight: Parameter

  /// beta [C].
  public let bias: Parameter

  /// The running mean [C].
  public let mean: Buffer

  /// The running variance [C].
  public let variance: Buffer

  /// The batches that entered the running statistics: nothing here depends on it, but PyTorch's files have it.
  public let batches: Buffer

  /// Added to the variance.
  public let epsilon: Float

  /// The share of a batch in the running statistics.
  public let momentum: Float

  /// Whose statistics normalise, in PyTorch's terms.
  public enum Mode: String, Codable, CaseIterable, Sendable {
    /// Those of the batch, which also enter the running ones (`module.train()`).
    case training
    /// The running ones, held fixed (`module.eval()`); gamma and beta have gradients all the same.
    case evaluation
  }

  /// What a backward pass needs, by the mode of the forward pass.
  public enum Record: Sendable {
    /// Evaluation mode: the input, which only the gradients of gamma and beta need.
    case running(input: Tensor?)
    /// Training mode.
    case batch(BatchRecord)
  }

  /// What a backward pass through batch statistics needs.
  public struct BatchRecord: Sendable {
    let input: Tensor
    /// The batch's mean and 1 / standard deviation [C].
    let mean, scale: Tensor
  }

  /// Reads `weight`, `bias`, `running_mean`, `running_var` and, where it is, `num_batches_tracked` below a path.
  public init(_ weights: Weights, channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1) {
    weight = weights.parameter("weight", [channels])
    bias = weights.parameter("bias", [channels])
    mean = weights.buffer("running_mean", [channels])
    variance = weights.buffer("running_var", [channels])
    batches = weights.counter("num_batches_tracked")
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// The normalised map in either mode.
  public func forward(_ x: Tensor, mode: Mode, recording: Recording) -> (Tensor, Record) {
    switch mode {
    case .evaluation:
      return (forward(x), .running(input: recording == .allGradients ? x : nil))
    case .training:
      let (y, record) = batchForward(x)
      return (y, .batch(record))
    }
  }

  /// dx in the mode of the forward pass; adds the gradients of gamma and beta to `gradients`.
  public func backward(
    _ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil
  ) -> Tensor {
    switch record {
    case .running(let input):
      if let gradients, let input {
        _ = sums(dy, input, mean: mean.value, scale: deviations(variance.value), into: gradients)
      }
      return backward(dy)
    case .batch(let record):
      return backward(dy, record, accumulating: gradients)
    }
  }

  /// gamma / sqrt(running variance + epsilon): what running statistics multiply by.
  public var scale: Tensor {
    let count = weight.value.count
    return Tensor([count]) { scale in
      read(weight.value, variance.value) { gamma, variance in
        for c in 0..<count { scale[c] = gamma[c] / (variance[c] + epsilon).squareRoot() }
      }
    }
  }

  /// beta - running mean * scale: what running statistics add.
  public var shift: Tensor {
    let scale = scale
    return Tensor(scale.shape) { shift in
      read(scale, bias.value, mean.value) { scale, beta, mean in
        for c in 0..<weight.value.count { shift[c] = beta[c] - mean[c] * scale[c] }
      }
    }
  }

  /// The normalised map by running statistics.
  public func forward(_ x: Tensor) -> Tensor {
    Work.add(elementwise: 2 * x.count)
    return Self.affine(x, scale, shift)
  }

  /// dx = dy * scale, with the running statistics held fixed.
  public func backward(_ dy: Tensor) -> Tensor {
    let (rows, channels) = (dy.shape.rows, dy.shape.last)
    return Tensor(dy.shape) { dx in
      read(dy, scale) { dy, scale in
        Parallel.ranges(rows, grain: Self.grain(channels)) { range in
          let offset = range.lowerBound * channels
          c3n_multiply_rows(dx + offset, dy + offset, scale, range.count, channels)
        }
      }
    }
  }

  /// The map normalised by its own statistics, which enter the running ones: mean and unbiased variance.
  public func batchForward(_ x: Tensor) -> (Tensor, BatchRecord) {
    let (rows, channels) = (x.shape.rows, x.shape.last)
    precondition(rows > 1, "batch statistics of \(x.shape): one row has no variance")
    var batchMean = Tensor(zeros: [channels])
    var batchVariance = batchMean
    batchMean.write { mean in
      batchVariance.write { variance in x.read { c3n_batch_statistics(mean, variance, $0, rows, channels) } }
    }
    let unbiased = Float(rows) / Float(rows - 1)
    mix(mean, batchMean, times: 1)
    mix(variance, batchVariance, times: unbiased)
    batches.value.write { $0[0] += 1 }
    let deviations = deviations(batchVariance)
    let scale = Tensor([channels]) { scale in
      read(weight.value, deviations) { gamma, s in for c in 0..<channels { scale[c] = gamma[c] * s[c] } }
    }
    let shift = Tensor([channels]) { shift in
      read(scale, bias.value, batchMean) { scale, beta, mean in
        for c in 0..<channels { shift[c] = beta[c] - mean[c] * scale[c] }
      }
    }
    return (
      Self.affine(x, scale, shift), BatchRecord(input: x, mean: batchMean, scale: deviations)
    )
  }

  /// dx through the batch's statistics; adds the gradients of gamma and beta to `gradients`.
  public func backward(
    _ dy: Tensor, _ record: BatchRecord, accumulating gradients: Gradients? = nil
  ) -> Tensor {
    let (rows, channels) = (dy.shape.rows, dy.shape.last)
    let (dgamma, dbeta) = sums(dy, record.input, mean: record.mean, scale: record.scale, into: gradients)
    return Tensor(dy.shape) { dx in
      read(dy, record.input, record.mean, record.scale) { dy, x, mean, scale in
        read(weight.value, dgamma, dbeta) { gamma, dgamma, dbeta in
          Parallel.ranges(rows, grain: Self.grain(channels)) { range in
            let offset = range.lowerBound * channels
            c3n_batchnorm_backward(
              dx + offset, dy + offset, x + offset, mean, scale, gamma, dgamma, dbeta, rows, range.count,
              channels)
          }
        }
      }
    }
  }

  /// 1 / sqrt(variance + epsilon).
  private func deviations(_ variance: Tensor) -> Tensor {
    Tensor(variance.shape) { scale in
      variance.read { variance in
        for c in 0..<weight.value.count { scale[c] = 1 / (variance[c] + epsilon).squareRoot() }
      }
    }
  }

  /// The gradients of gamma and beta, which are added to `gradients`.
  private func sums(
    _ dy: Tensor, _ x: Tensor, mean: Tensor, scale: Tensor, into gradients: Gradients?
  ) -> (dgamma: Tensor, dbeta: Tensor) {
    let (rows, channels) = (dy.shape.rows, dy.shape.last)
    var dgamma = Tensor(zeros: [channels])
    var dbeta = dgamma
    dgamma.write { dgamma in
      dbeta.write { dbeta in
        read(dy, x, mean, scale) { c3n_batchnorm_sums(dgamma, dbeta, $0, $1, $2, $3, rows, channels) }
      }
    }
    gradients?.accumulate(weight) { sum in dgamma.read { c3n_add(sum, $0, channels) } }
    gradients?.accumulate(bias) { sum in dbeta.read { c3n_add(sum, $0, channels) } }
    return (dgamma, dbeta)
  }

  /// running = (1 - momentum) running + momentum * factor * batch.
  private func mix(_ running: Buffer, _ batch: Tensor, times factor: Float) {
    let count = batch.count
    running.value.write { running in
      batch.read { batch in
        for c in 0..<count { running[c] = (1 - momentum) * running[c] + momentum * factor * batch[c] }
      }
    }
  }

  private static func affine(_ x: Tensor, _ scale: Tensor, _ shift: Tensor) -> Tensor {
    let (rows, channels) = (x.shape.rows, x.shape.last)
    return Tensor(x.shape) { y in
      read(x, scale, shift) { x, scale, shift in
        Parallel.ranges(rows, grain: grain(channels)) { range in
          let offset = range.lowerBound * channels
          c3n_affine_rows(y + offset, x + offset, scale, shift, range.count, channels)
        }
      }
    }
  }

  private static func grain(_ channels: Int) -> Int { max(1, 65_536 / channels) }
}
