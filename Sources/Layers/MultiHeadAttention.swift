import CKernels
import Tensors

/// Scaled dot-product attention per frame and head: softmax(q k^T s) v with s = (C / heads)^-0.5.
///
/// Queries [F, N, C]; keys and values together [F, M, 2 C]: keys first, both head-major. Heads are contiguous
/// groups of channels, so they are read in place by their leading dimension.
public struct MultiHeadAttention: Sendable {
  /// The number of heads.
  public let heads: Int

  /// What a backward pass needs; the probabilities are [F, heads, N, M].
  public struct Record: Sendable {
    let queries, keysValues, probabilities: Tensor
  }

  /// Attention with `heads` groups of channels.
  public init(heads: Int) {
    self.heads = heads
  }

  /// [F, N, C]; the record is nil when nothing is recorded.
  public func forward(
    _ queries: Tensor, _ keysValues: Tensor, recording: Recording = .none
  ) -> (Tensor, Record?) {
    let (frames, n, channels) = (queries.shape[0], queries.shape[1], queries.shape[2])
    let m = keysValues.shape[1]
    let width = channels / heads
    let scale = 1 / Float(width).squareRoot()
    // q k^T and P v
    Work.add(performed: 2 * frames * n * m * channels)
    var probabilities: Tensor?
    func attend(_ y: UnsafeMutablePointer<Float>, _ kept: UnsafeMutablePointer<Float>?) {
      read(queries, keysValues) { q, kv in
        Parallel.each(frames * heads) { index in
          let (frame, head) = (index / heads, index % heads)
          let q = q + frame * n * channels + head * width
          let k = kv + frame * m * 2 * channels + head * width
          func compute(_ p: UnsafeMutablePointer<Float>) {
            BLAS.multiply(
              m: n, n: m, k: width, alpha: scale, .plain(q, channels), .transposed(k, 2 * channels),
              into: p, m)
            c3n_softmax_rows(p, n, m)
            BLAS.multiply(
              m: n, n: width, k: m, .plain(p, m), .plain(k + channels, 2 * channels),
              into: y + frame * n * channels + head * width, channels)
          }
          if let kept { compute(kept + index * n * m) } else { withScratch(n * m, compute) }
        }
      }
    }
    let y = Tensor(queries.shape) { y in
      if recording == .none {
        attend(y, nil)
      } else {
        probabilities = Tensor([frames, heads, n, m]) { attend(y, $0) }
      }
    }
    return (
      y, probabilities.map { Record(queries: queries, keysValues: keysValues, probabilities: $0) }
    )
  }

  /// The gradients of the queries [F, N, C] and of the keys and values [F, M, 2 C].
  public func backward(_ dy: Tensor, _ record: Record) -> (queries: Tensor, keysValues: Tensor) {
    let (frames, n, channels) = (dy.shape[0], dy.shape[1], dy.shape[2])
    let m = record.keysValues.shape[1]
    let width = channels / heads
    let scale = 1 / Float(width).squareRoot()
    Work.add(performed: 4 * frames * n * m * channels)
    var keysValues = Tensor(zeros: record.keysValues.shape)
    let queries = Tensor(dy.shape) { dq in
      keysValues.write { dkv in
        read(dy, record.queries, record.keysValues, record.probabilities) { dy, q, kv, p in
          Parallel.each(frames * heads) { index in
            let (frame, head) = (index / heads, index % heads)
            let rows = frame * n * channels + head * width
            let columns = frame * m * 2 * channels + head * width
            let p = p + index * n * m
            withScratch(n * m) { ds in
              // dP = dy v^T; dS = P (dP - rowsum(dP P))
              BLAS.multiply(
                m: n, n: m, k: width, .plain(dy + rows, channels),
                .transposed(kv + columns + channels, 2 * channels), into: ds, m)
              c3n_softmax_rows_backward(ds, p, n, m)
              // dq = s dS k; dk = s dS^T q; dv = P^T dy
              BLAS.multiply(
                m: n, n: width, k: m, alpha: scale, .plain(ds, m), .plain(kv + columns, 2 * channels),
                into: dq + rows, channels)
              BLAS.multiply(
                m: m, n: width, k: n, alpha: scale, .transposed(ds, m), .plain(q + rows, channels),
                into: dkv + columns, 2 * channels)
              BLAS.multiply(
                m: m, n: width, k: n, .transposed(p, m), .plain(dy + rows, channels),
                into: dkv + columns + channels, 2 * channels)
            }
          }
        }
      }
    }
    return (queries, keysValues)
  }
}
