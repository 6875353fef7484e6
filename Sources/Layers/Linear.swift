import CKernels
import Tensors

/// A fully connected layer over the channels: y = x W^T + b.
///
/// x [..., in] -> y [..., out]; W [out, in], b [out].
public struct Linear: Sendable {
  /// W [out, in].
  public let weight: Parameter

  /// b [out], if there is one.
  public let bias: Parameter?

  /// What a backward pass needs.
  public struct Record: Sendable {
    let input: Tensor?
    let inputShape: Shape
  }

  /// Reads `weight` and `bias` below a path.
  public init(_ weights: Weights, in input: Int, out output: Int, bias hasBias: Bool = true) {
    weight = weights.parameter("weight", [output, input])
    bias = hasBias ? weights.parameter("bias", [output]) : nil
  }

  /// y = x W^T + b, rectified if asked for, plus a residual [..., out].
  public func forward(
    _ x: Tensor, recording: Recording = .none, rectified: Bool = false, adding residual: Tensor? = nil
  ) -> (Tensor, Record) {
    let (out, input) = (weight.value.shape[0], weight.value.shape[1])
    precondition(x.shape.last == input, "linear layer of \(input) inputs given \(x.shape)")
    let rows = x.shape.rows
    precondition(residual == nil || residual!.count == rows * out, "a residual of another shape")
    Work.add(rows * out * input)
    let y = Tensor(Shape(x.shape.extents.dropLast() + [out])) { y in
      read(x, weight.value, bias?.value ?? x, residual ?? x) { x, w, b, r in
        BLAS.multiply(
          m: rows, n: out, k: input, .plain(x, input), .transposed(w, input), into: y, out,
          finish: .init(
            bias: bias == nil ? nil : b, rectifies: rectified, residual: residual == nil ? nil : r))
      }
    }
    return (y, Record(input: recording == .allGradients ? x : nil, inputShape: x.shape))
  }

  /// dx = dy W, plus a residual [..., in]; adds dW = dy^T x and db = sum of dy over rows to `gradients`.
  ///
  /// - Parameters:
  ///   - dy: the output's gradient [..., out].
  ///   - record: what the forward pass saved.
  ///   - gradients: where the parameters' gradients are summed; nil leaves them out.
  ///   - activation: what made the input, if the gradient before it is wanted: dx = (dy W) GELU'(x).
  ///   - residual: a gradient of the input's shape that is added; nil for none.
  public func backward(
    _ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil,
    through activation: GELU.Record? = nil, adding residual: Tensor? = nil
  ) -> Tensor {
    let (out, input) = (weight.value.shape[0], weight.value.shape[1])
    let rows = dy.shape.rows
    precondition(residual == nil || residual!.count == rows * input, "a residual of another shape")
    precondition(activation == nil || residual == nil, "a residual beside an activation")
    Work.add(performed: (gradients == nil ? 1 : 2) * rows * input * out)
    if let gradients, let x = record.input {
      gradients.accumulate(weight) { sum in
        read(dy, x) { dy, x in
          BLAS.multiply(
            m: out, n: input, k: rows, .transposed(dy, out), .plain(x, input), beta: 1, into: sum,
            input)
        }
      }
      if let bias {
        gradients.accumulate(bias) { sum in dy.read { c3n_sum_rows(sum, $0, rows, out) } }
      }
    }
    var slopes: Tensor?
    if case .slopes(let kept) = activation { slopes = kept }
    let dx = Tensor(record.inputShape) { dx in
      read(dy, weight.value, slopes ?? dy, residual ?? dy) { dy, w, s, r in
        BLAS.multiply(
          m: rows, n: input, k: out, .plain(dy, out), .plain(w, input), into: dx, input,
          finish: .init(
            slopes: slopes == nil ? nil : GELU.slopes(at: s), residual: residual == nil ? nil : r))
      }
    }
    if let activation, slopes == nil { return GELU.backward(dx, activation) }
    return dx
  }
}
