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

  /// V_i^a [T, H, W, 256] of one clip and its F_a [T, d] -> M_i [T, H, W, 256].
  ///
  /// Without `audio`, phi reads the visual features instead: attention from vision to vision.
  public func forward(_ x: Tensor, audio: Tensor?) -> Tensor {
    // As published: theta, phi, g, W_z and the batch norm at every position of every frame.
    Work.add(published: 4 * x.shape.rows * width * inner, elementwise: 2 * x.count)
    let state = audio.map { crossModalState(x, audio: $0) } ?? visualState(x)
    // W_z' = W_z scaled by the batch norm; b_z' likewise.
    let (outputWeight, outputBias) = foldedOutput()
    // A = theta_W^T S W_z'^T [256, 256]
    let reading = Tensor.product(theta.weight, transposed: true, state)
    let a = Tensor.product(reading, outputWeight, transposed: true)
    // b = (theta_b S) W_z'^T + b_z' [256]
    var b = Tensor.product(
      Tensor.product(theta.bias.reshaped([1, inner]), state), outputWeight, transposed: true)
    b.add(outputBias)
    return norm.forward(mapped(x, by: a, plus: b, addingInput: true)).0
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

  /// S = sum over t of phi_t (sum over space of g(x_t))^T / N [128, 128].
  private func crossModalState(_ x: Tensor, audio: Tensor) -> Tensor {
    precondition(audio.shape[0] == x.shape[0], "\(audio.shape[0]) seconds of sound for \(x.shape[0]) frames")
    guard let align else { preconditionFailure("sound for a block that was built without audio") }
    let phi = phi.forward(align.forward(audio).0)  // [T, 128]
    // The mean over space of g(x) instead of its sum leaves T of N = T H W.
    let g = g.forward(AveragePool.global(x))  // [T, 128]
    return Tensor.product(phi, transposed: true, g, scale: 1 / Float(x.shape[0]))
  }

  /// S = sum over all positions of phi(x) g(x)^T / N [128, 128].
  private func visualState(_ x: Tensor) -> Tensor {
    let rows = x.shape.rows
    let flat = x.reshaped([rows, width])
    return Tensor.product(
      phi.forward(flat), transposed: true, g.forward(flat), scale: 1 / Float(rows))
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
