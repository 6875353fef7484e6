import CKernels
import Tensors

/// Scaled dot-product attention per frame and head: softmax(q k^T s) v with s = (C / heads)^-0.5.
///
/// Queries [F, N, C]; keys and values together [F, M, 2 C]: keys first, both head-major. Heads are contiguous
/// groups of channels, so they are read in place. Probabilities are never stored; the way back computes them again.
public struct MultiHeadAttention: Sendable {
  /// The number of heads.
  public let heads: Int

  /// What a backward pass needs.
  public struct Record: Sendable {
    let queries, keysValues: Tensor
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
    // Few heads with many queries are split, so that every thread has work.
    let parts = max(1, min(n / 196, 16 / (frames * heads)))
    Work.add(performed: 2 * frames * n * m * channels)
    let y = Tensor(queries.shape) { y in
      read(queries, keysValues) { q, kv in
        Parallel.each(frames * heads * parts) { index in
          let (frame, head) = (index / parts / heads, index / parts % heads)
          let first = n * (index % parts) / parts
          let rows = (frame * n + first) * channels + head * width
          let k = kv + frame * m * 2 * channels + head * width
          withScratch(c3n_attention_scratch(Int64(m), Int64(width))) {
            c3n_attention(
              y + rows, q + rows, k, k + channels, Int64(n * (index % parts + 1) / parts - first), Int64(m),
              Int64(width), Int64(channels), Int64(2 * channels), scale, $0)
          }
        }
      }
    }
    return (y, recording == .none ? nil : Record(queries: queries, keysValues: keysValues))
  }

  /// The gradients of the queries [F, N, C] and of the keys and values [F, M, 2 C].
  public func backward(_ dy: Tensor, _ record: Record) -> (queries: Tensor, keysValues: Tensor) {
    let (frames, n, channels) = (dy.shape[0], dy.shape[1], dy.shape[2])
    let m = record.keysValues.shape[1]
    let width = channels / heads
    let scale = 1 / Float(width).squareRoot()
    Work.add(performed: 4 * frames * n * m * channels)
    var keysValues: Tensor?
    let queries = Tensor(dy.shape) { dq in
      keysValues = Tensor(record.keysValues.shape) { dkv in
        read(dy, record.queries, record.keysValues) { dy, q, kv in
          Parallel.each(frames * heads) { index in
            let (frame, head) = (index / heads, index % heads)
            let rows = frame * n * channels + head * width
            let columns = frame * m * 2 * channels + head * width
            withScratch(c3n_attention_backward_scratch(Int64(n), Int64(m), Int64(width))) {
              c3n_attention_gradients(
                dq + rows, dkv + columns, dkv + columns + channels, dy + rows, q + rows, kv + columns,
                kv + columns + channels, Int64(n), Int64(m), Int64(width), Int64(channels),
                Int64(2 * channels), scale, $0)
            }
          }
        }
      }
    }
    return (queries, keysValues!)
  }
}
