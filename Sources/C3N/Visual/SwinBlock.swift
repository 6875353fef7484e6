import CKernels
import Layers
import Tensors

/// A transformer block of Swin: x += attention in windows (norm1 x); x += mlp(norm2 x).
struct SwinBlock: Sendable {
  private let norm1, norm2: LayerNorm
  private let qkv, projection, fc1, fc2: Linear
  private let attention: WindowAttention

  struct Record: Sendable {
    let norm1, norm2: LayerNorm.Record
    let qkv, projection, fc1, fc2: Linear.Record
    let attention: WindowAttention.Record
    let preActivation: Tensor
    let depth: StochasticDepth.Branches?
  }

  /// - Parameter extent: The height and width of the map for pictures of 224, which a file's `attn_mask` is made for.
  init(_ weights: Weights, channels: Int, heads: Int, window: Int, shift: Int, extent: Int? = nil) {
    if let extent {
      let (windows, positions) = ((extent + window - 1) / window, window * window)
      weights.expect("attn_mask", [windows * windows, positions, positions])
    }
    norm1 = LayerNorm(weights.norm1, channels: channels)
    qkv = Linear(weights.attn.qkv, in: channels, out: 3 * channels)
    attention = WindowAttention(weights.attn, heads: heads, window: window, shift: shift)
    projection = Linear(weights.attn.proj, in: channels, out: channels)
    norm2 = LayerNorm(weights.norm2, channels: channels)
    fc1 = Linear(weights.mlp.fc1, in: channels, out: 4 * channels)
    fc2 = Linear(weights.mlp.fc2, in: 4 * channels, out: channels)
  }

  /// [F, H, W, C] -> [F, H, W, C]; the record is nil when nothing is recorded.
  func forward(
    _ x: Tensor, recording: Recording, depth: StochasticDepth.Branches? = nil
  ) -> (Tensor, Record?) {
    let (normed1, norm1Record) = norm1.forward(x, recording: recording)
    let (threes, qkvRecord) = qkv.forward(normed1, recording: recording)
    let (attended, attentionRecord) = attention.forward(threes, recording: recording)
    var (y, projectionRecord) = projection.forward(
      attended, recording: recording, adding: depth == nil ? x : nil)
    if let depth {
      y.scale(by: depth.first)
      y.add(x)
    }
    let (normed2, norm2Record) = norm2.forward(y, recording: recording)
    let (hidden, fc1Record) = fc1.forward(normed2, recording: recording)
    var (z, fc2Record) = fc2.forward(
      GELU.forward(hidden), recording: recording, adding: depth == nil ? y : nil)
    if let depth {
      z.scale(by: depth.second)
      z.add(y)
    }
    guard recording != .none else { return (z, nil) }
    return (
      z,
      Record(
        norm1: norm1Record!, norm2: norm2Record!, qkv: qkvRecord, projection: projectionRecord,
        fc1: fc1Record, fc2: fc2Record, attention: attentionRecord!, preActivation: hidden, depth: depth)
    )
  }

  func backward(_ dz: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    var branch = dz
    if let depth = record.depth { branch.scale(by: depth.second) }
    let dHidden = fc2.backward(
      branch, record.fc2, accumulating: gradients, through: .input(record.preActivation))
    let dy = norm2.backward(
      fc1.backward(dHidden, record.fc1, accumulating: gradients), record.norm2, accumulating: gradients,
      adding: dz)
    branch = dy
    if let depth = record.depth { branch.scale(by: depth.first) }
    let dAttended = projection.backward(branch, record.projection, accumulating: gradients)
    let dThrees = attention.backward(dAttended, record.attention, accumulating: gradients)
    return norm1.backward(
      qkv.backward(dThrees, record.qkv, accumulating: gradients), record.norm1, accumulating: gradients,
      adding: dy)
  }
}

/// Attention among the positions of a window, with a bias by their relative position.
///
/// Shifted blocks see the map rolled by (-shift, -shift): windows then span the border, and a mask keeps positions apart
/// that are no neighbours. The published program shifts at the smallest map too, where one window is the whole map.
struct WindowAttention: Sendable {
  private let biasTable: Parameter
  private let heads, window, shift: Int

  struct Record: Sendable {
    let qkv: Tensor
    /// [F windows heads, positions, positions].
    let probabilities: Tensor
  }

  /// Reads `relative_position_bias_table` [(2 window - 1)^2, heads] below a path.
  init(_ weights: Weights, heads: Int, window: Int, shift: Int) {
    biasTable = weights.parameter(
      "relative_position_bias_table", [(2 * window - 1) * (2 * window - 1), heads])
    // What follows from the window is computed; a file that has it for another window was trained for another picture.
    let positions = window * window
    weights.expect("relative_position_index", [positions, positions])
    self.heads = heads
    self.window = window
    self.shift = shift
  }

  /// Queries, keys and values [F, H, W, 3 C], each head-major -> [F, H, W, C].
  func forward(_ qkv: Tensor, recording: Recording) -> (Tensor, Record?) {
    let plan = Plan(qkv.shape, heads: heads, window: window, shift: shift)
    let (positions, width, channels) = (plan.positions, plan.width, plan.channels)
    let bias = expandedBias()
    let scale = 1 / Float(width).squareRoot()
    // q k^T and P v
    Work.add(performed: 2 * plan.windows * positions * positions * channels)
    var probabilities: Tensor?
    func attend(_ y: UnsafeMutablePointer<Float>, _ kept: UnsafeMutablePointer<Float>?) {
      read(qkv, bias) { qkv, bias in
        Parallel.each(plan.windows) { index in
          let rows = plan.rows(ofWindow: index)
          let mask = plan.mask(ofWindow: index)
          withScratch(positions * (4 * width + positions)) { scratch in
            let (q, k) = (scratch, scratch + positions * width)
            let (v, out) = (k + positions * width, k + 2 * positions * width)
            let own = out + positions * width
            for head in 0..<heads {
              for (part, place) in [q, k, v].enumerated() {
                plan.gather(rows, qkv, 3 * channels, part * channels + head * width, into: place)
              }
              let p = kept.map { $0 + (index * heads + head) * positions * positions } ?? own
              p.update(from: bias + head * positions * positions, count: positions * positions)
              if let mask { for i in 0..<positions * positions { p[i] += mask[i] } }
              BLAS.multiply(
                m: positions, n: positions, k: width, alpha: scale, .plain(q, width), .transposed(k, width),
                beta: 1, into: p, positions)
              c3n_softmax_rows(p, positions, positions)
              BLAS.multiply(
                m: positions, n: width, k: positions, .plain(p, positions), .plain(v, width), into: out, width
              )
              plan.scatter(rows, out, into: y, channels, head * width)
            }
          }
        }
      }
    }
    let y = Tensor(Shape(qkv.shape.extents.dropLast() + [channels])) { y in
      if recording == .none {
        attend(y, nil)
      } else {
        probabilities = Tensor([plan.windows * heads, positions, positions]) { attend(y, $0) }
      }
    }
    return (y, probabilities.map { Record(qkv: qkv, probabilities: $0) })
  }

  /// The gradient of queries, keys and values; adds that of the bias table to `gradients`.
  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let plan = Plan(record.qkv.shape, heads: heads, window: window, shift: shift)
    let (positions, width, channels) = (plan.positions, plan.width, plan.channels)
    let scale = 1 / Float(width).squareRoot()
    Work.add(performed: 4 * plan.windows * positions * positions * channels)
    var dScores = gradients.map { _ in Tensor(zeros: record.probabilities.shape) }
    let dqkv = Tensor(record.qkv.shape) { dqkv in
      func run(_ kept: UnsafeMutablePointer<Float>?) {
        read(dy, record.qkv, record.probabilities) { dy, qkv, probabilities in
          Parallel.each(plan.windows) { index in
            let rows = plan.rows(ofWindow: index)
            withScratch(positions * (5 * width + positions)) { scratch in
              let (q, k) = (scratch, scratch + positions * width)
              let (v, d) = (k + positions * width, k + 2 * positions * width)
              let (out, own) = (d + positions * width, d + 2 * positions * width)
              for head in 0..<heads {
                for (part, place) in [q, k, v].enumerated() {
                  plan.gather(rows, qkv, 3 * channels, part * channels + head * width, into: place)
                }
                plan.gather(rows, dy, channels, head * width, into: d)
                let block = (index * heads + head) * positions * positions
                let p = probabilities + block
                let ds = kept.map { $0 + block } ?? own
                // dP = dy v^T; dS = P (dP - rowsum(dP P))
                BLAS.multiply(
                  m: positions, n: positions, k: width, .plain(d, width), .transposed(v, width), into: ds,
                  positions)
                c3n_softmax_rows_backward(ds, p, positions, positions)
                // dq = s dS k; dk = s dS^T q; dv = P^T dy
                let products: [(BLAS.Operand, UnsafeMutablePointer<Float>, Float)] = [
                  (.plain(ds, positions), k, scale), (.transposed(ds, positions), q, scale),
                  (.transposed(p, positions), d, 1),
                ]
                for (part, (left, right, factor)) in products.enumerated() {
                  BLAS.multiply(
                    m: positions, n: width, k: positions, alpha: factor, left, .plain(right, width),
                    into: out,
                    width)
                  plan.scatter(rows, out, into: dqkv, 3 * channels, part * channels + head * width)
                }
              }
            }
          }
        }
      }
      if dScores == nil { run(nil) } else { dScores!.write { run($0) } }
    }
    if let gradients, let dScores { accumulate(dScores, into: gradients) }
    return dqkv
  }

  /// The bias of every pair of a window's positions [heads, positions, positions].
  private func expandedBias() -> Tensor {
    let positions = window * window
    return Tensor([heads, positions, positions]) { out in
      biasTable.value.read { table in
        for pair in 0..<positions * positions {
          let row = relativeIndex(pair / positions, pair % positions) * heads
          for head in 0..<heads { out[head * positions * positions + pair] = table[row + head] }
        }
      }
    }
  }

  /// Where the table has the bias of a query's and a key's position.
  private func relativeIndex(_ query: Int, _ key: Int) -> Int {
    let span = 2 * window - 1
    return (query / window - key / window + window - 1) * span + query % window - key % window + window - 1
  }

  private func accumulate(_ dScores: Tensor, into gradients: Gradients) {
    let positions = window * window
    let blocks = dScores.shape[0]
    gradients.accumulate(biasTable) { sum in
      dScores.read { ds in
        for block in 0..<blocks {
          let (d, head) = (ds + block * positions * positions, block % heads)
          for pair in 0..<positions * positions {
            sum[relativeIndex(pair / positions, pair % positions) * heads + head] += d[pair]
          }
        }
      }
    }
  }
}

extension WindowAttention {
  /// How a map falls into windows.
  private struct Plan {
    let height, width0, window, shift: Int
    /// C, and C / heads.
    let channels, width: Int
    /// All windows of all frames.
    let windows: Int
    /// The positions of a window.
    var positions: Int { window * window }

    init(_ qkv: Shape, heads: Int, window: Int, shift: Int) {
      precondition(
        qkv[1] % window == 0 && qkv[2] % window == 0, "a map \(qkv) does not fall into windows of \(window)")
      (height, width0, self.window, self.shift) = (qkv[1], qkv[2], window, shift)
      channels = qkv[3] / 3
      width = channels / heads
      windows = qkv[0] * (qkv[1] / window) * (qkv[2] / window)
    }

    private var columns: Int { width0 / window }

    /// The top left corner of a window in the rolled map, and its frame.
    private func place(_ index: Int) -> (frame: Int, top: Int, left: Int) {
      let perFrame = height / window * columns
      let inside = index % perFrame
      return (index / perFrame, inside / columns * window, inside % columns * window)
    }

    /// Where the map, seen as [F H W, ...], has each position of a window.
    func rows(ofWindow index: Int) -> [Int] {
      let (frame, top, left) = place(index)
      return (0..<positions).map { position in
        let row = (top + position / window + shift) % height
        let column = (left + position % window + shift) % width0
        return (frame * height + row) * width0 + column
      }
    }

    /// -100 for every pair of positions that were not neighbours before the roll; nil where all were.
    func mask(ofWindow index: Int) -> [Float]? {
      guard shift > 0 else { return nil }
      let (_, top, left) = place(index)
      guard top + window == height || left + window == width0 else { return nil }
      func region(_ coordinate: Int, of size: Int) -> Int {
        coordinate < size - window ? 0 : coordinate < size - shift ? 1 : 2
      }
      let regions = (0..<positions).map {
        3 * region(top + $0 / window, of: height) + region(left + $0 % window, of: width0)
      }
      return (0..<positions * positions).map {
        regions[$0 / positions] == regions[$0 % positions] ? 0 : -100
      }
    }

    /// A head's channels of a window's positions, as a matrix [positions, C / heads].
    func gather(
      _ rows: [Int], _ map: UnsafePointer<Float>, _ stride: Int, _ offset: Int,
      into matrix: UnsafeMutablePointer<Float>
    ) {
      for (position, row) in rows.enumerated() {
        (matrix + position * width).update(from: map + row * stride + offset, count: width)
      }
    }

    /// The way back of `gather`.
    func scatter(
      _ rows: [Int], _ matrix: UnsafePointer<Float>, into map: UnsafeMutablePointer<Float>, _ stride: Int,
      _ offset: Int
    ) {
      for (position, row) in rows.enumerated() {
        (map + row * stride + offset).update(from: matrix + position * width, count: width)
      }
    }
  }
}
