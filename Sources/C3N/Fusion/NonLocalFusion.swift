import CKernels
import Layers
import Tensors

/// The cross-modal non-local block (paper III-C, eqs. 13 and 14; `TPAVI` with mode dot in the published program).
///
/// Visual positions (theta) attend to every second of sound (phi) and gather visual values (g) of all frames:
///
///     y = theta (phi^T g) / N,   z = LayerNorm(W_z y + x),   N = T H W
///
/// There is no softmax, so theta phi^T, with (T H W)^2 entries, is never formed: phi^T g is a 128 x 128 matrix, and
/// everything before the norm is one linear map for each clip, z = LN(x (I + A) + b). The norm is not in the paper's
/// equation. W_z includes a batch norm. Training is in `NonLocalFusion+Training.swift`.
public struct NonLocalFusion: Sendable {
  /// nil in a network that was built without an audio encoder.
  let align: Linear?
  let theta, phi, g, output: Pointwise3d
  let outputNorm: BatchNorm
  let norm: LayerNorm
  let width, inner: Int

  /// Reads the keys below a path such as `tpavi_4`.
  public init(_ weights: Weights, audio: Int?, width: Int = 256) {
    self.width = width
    inner = width / 2
    align = audio.map { Linear(weights.align_channel, in: $0, out: width) }
    theta = Pointwise3d(weights.theta, in: width, out: inner)
    phi = Pointwise3d(weights.phi, in: width, out: inner)
    g = Pointwise3d(weights.g, in: width, out: inner)
    output = Pointwise3d(weights.W_z[0], in: inner, out: width)
    outputNorm = BatchNorm(weights.W_z[1], channels: width)
    norm = LayerNorm(weights.norm_layer, channels: width)
  }

  /// What a block reads of some frames of a clip, before any frame is mapped. Parts of a clip join to the whole.
  public struct Summary: Sendable {
    /// The mean over space of x [T, w].
    let means: Tensor

    /// phi(x)^T g(x) / N over all positions of these frames [w/2, w/2], N counting those of the whole clip; nil where
    /// sound makes the keys.
    let pairs: Tensor?

    /// The summary of a clip from those of its parts, in their order.
    package static func joined(_ parts: [Summary]) -> Summary {
      guard parts.count > 1 else { return parts[0] }
      var pairs = parts[0].pairs
      for part in parts.dropFirst() {
        if let more = part.pairs { pairs?.add(more) }
      }
      return Summary(means: .concatenate(parts.map(\.means)), pairs: pairs)
    }
  }

  /// The linear map that a clip's frames go through before the norm, z = LN(x (I + A) + b), and what its attention is.
  public struct ClipMap: Sendable {
    /// A [w, w] and b [1, w].
    let a, b: Tensor

    /// The mean of phi over the positions of the clip [1, w/2].
    let key: Tensor
  }

  /// V_i^a [T, H, W, 256] of one clip and its F_a [T, d] -> M_i [T, H, W, 256].
  ///
  /// Without `audio`, phi reads the visual features instead: attention from vision to vision.
  public func forward(_ x: Tensor, audio: Tensor?) -> Tensor {
    forward(x, by: map(summary(x, ofClip: x.shape[0], listens: audio != nil), audio: audio))
  }

  /// V_i^a of some frames of a clip [T, H, W, 256] -> M_i, by the map of the whole clip.
  public func forward(_ x: Tensor, by map: ClipMap) -> Tensor {
    // As published: theta, phi, g, W_z and the batch norm at every position of every frame.
    Work.add(published: 4 * x.shape.rows * width * inner, elementwise: 2 * x.count)
    return norm.forward(mapped(x, by: map.a, plus: map.b, addingInput: true)).0
  }

  /// What the block reads of some frames [T, H, W, 256] of a clip.
  ///
  /// - Parameters:
  ///   - x: V^a of some frames of the clip, [frames, height, width, channels].
  ///   - frames: the number of frames of the clip.
  ///   - listens: whether sound makes the keys; then the means over space are all that S depends on.
  public func summary(_ x: Tensor, ofClip frames: Int, listens: Bool) -> Summary {
    let means = AveragePool.global(x)
    guard !listens else { return Summary(means: means, pairs: nil) }
    // S = sum over all positions of phi(x) g(x)^T / N [128, 128].
    let rows = x.shape.rows
    let flat = x.reshaped([rows, width])
    let positions = rows / x.shape[0] * frames
    let pairs = Tensor.product(
      phi.forward(flat), transposed: true, g.forward(flat), scale: 1 / Float(positions))
    return Summary(means: means, pairs: pairs)
  }

  /// The map of a clip from the summary of all of its frames and its F_a [T, d], or nil for attention from vision to
  /// vision.
  public func map(_ clip: Summary, audio: Tensor?) -> ClipMap {
    let frames = clip.means.shape[0]
    let keys: Tensor
    let state: Tensor
    if let audio {
      precondition(audio.shape[0] == frames, "\(audio.shape[0]) seconds of sound for \(frames) frames")
      guard let align else { preconditionFailure("sound for a block that was built without audio") }
      keys = phi.forward(align.forward(audio).0)  // [T, w/2]
      // S = sum over t of phi_t (sum over space of g(x_t))^T / N: the mean over space of g(x) instead of its sum leaves
      // T of N = T H W.
      state = Tensor.product(keys, transposed: true, g.forward(clip.means), scale: 1 / Float(frames))
    } else {
      guard let pairs = clip.pairs else { preconditionFailure("a summary for sound, and no sound") }
      keys = phi.forward(clip.means)  // [T, w/2]
      state = pairs
    }
    // [T, w/2] -> [1, w/2]: all seconds, and all frames, have equally many positions.
    let key = AveragePool.global(keys.reshaped([1, frames, inner]))
    // W_z' = W_z scaled by the batch norm; b_z' likewise.
    let (outputWeight, outputBias) = foldedOutput()
    // A = theta_W^T S W_z'^T [256, 256]
    let reading = Tensor.product(theta.weight, transposed: true, state)
    let a = Tensor.product(reading, outputWeight, transposed: true)
    // b = (theta_b S) W_z'^T + b_z' [256]
    var b = Tensor.product(
      Tensor.product(theta.bias.reshaped([1, inner]), state), outputWeight, transposed: true)
    b.add(outputBias)
    return ClipMap(a: a, b: b, key: key)
  }

  /// x A + b for every position, plus x if asked for.
  func mapped(_ x: Tensor, by a: Tensor, plus b: Tensor, addingInput: Bool = false) -> Tensor {
    let rows = x.shape.rows
    Work.add(performed: rows * width * width)
    return Tensor(x.shape) { out in
      read(x, a, b) { x, a, b in
        BLAS.multiply(
          m: rows, n: width, k: width, .plain(x, width), .plain(a, width), into: out, width,
          finish: .init(bias: b, residual: addingInput ? x : nil))
      }
    }
  }

  private func foldedOutput() -> (weight: Tensor, bias: Tensor) {
    let scale = outputNorm.scale
    var weight = output.weight
    weight.write { weight in
      scale.read { scale in
        for row in 0..<width {
          for column in 0..<inner { weight[row * inner + column] *= scale[row] }
        }
      }
    }
    return (weight, outputNorm.forward(output.bias.reshaped([1, width])))
  }
}

/// A 1x1x1 convolution, which is: a linear layer over channels.
struct Pointwise3d: Sendable {
  private let kernel, offset: Parameter
  private let shape: Shape

  init(_ weights: Weights, in input: Int, out output: Int) {
    kernel = weights.parameter("weight", [output, input, 1, 1, 1])
    offset = weights.parameter("bias", [output])
    shape = [output, input]
  }

  /// [out, in].
  var weight: Tensor { kernel.value.reshaped(shape) }

  /// [out].
  var bias: Tensor { offset.value }

  /// [rows, in] -> [rows, out].
  func forward(_ x: Tensor) -> Tensor {
    let rows = x.shape.rows
    Work.add(performed: rows * shape.count)
    return Tensor([rows, shape[0]]) { y in
      read(x, weight, bias) { x, w, b in
        BLAS.multiply(
          m: rows, n: shape[0], k: shape[1], .plain(x, shape[1]), .transposed(w, shape[1]), into: y, shape[0],
          finish: .init(bias: b))
      }
    }
  }

  /// dx [rows, in] of dy [rows, out], given the input; adds dW = dy^T x and db to `gradients`.
  func backward(_ dy: Tensor, input x: Tensor, accumulating gradients: Gradients?) -> Tensor {
    let bias = Tensor([1, shape[0]]) { db in
      db.initialize(repeating: 0, count: shape[0])
      dy.read { c3n_sum_rows(db, $0, dy.shape.rows, shape[0]) }
    }
    accumulate(Tensor.product(dy, transposed: true, x), bias, into: gradients)
    return Tensor.product(dy, weight)
  }

  /// Adds the gradients of the weight [out, in] and of the bias [1, out].
  func accumulate(_ weight: Tensor, _ bias: Tensor, into gradients: Gradients?) {
    gradients?.accumulate(kernel) { sum in weight.read { c3n_add(sum, $0, weight.count) } }
    gradients?.accumulate(offset) { sum in bias.read { c3n_add(sum, $0, bias.count) } }
  }
}
