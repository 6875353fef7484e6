import CKernels
import Tensors

/// A convolution that keeps channels apart: PVTv2's positional one in the MLP, EfficientNet's middle one.
///
/// x [frames, H, W, C] -> y [frames, H', W', C]; kernel [h, w, C] in the engine, [C, 1, h, w] in a checkpoint.
public struct DepthwiseConv2d: Sendable {
  /// The kernel [h, w, C].
  public let weight: Parameter

  /// b [C], if there is one.
  public let bias: Parameter?

  /// Kernel size, stride, padding.
  public let window: Window

  /// What a backward pass needs.
  public struct Record: Sendable {
    let input: Tensor?
    let inputShape: Shape
  }

  /// Reads `weight` and `bias` below a path.
  public init(_ weights: Weights, channels: Int, window: Window, bias hasBias: Bool = true) {
    self.window = window
    weight = weights.parameter(
      "weight", [channels, 1, window.kernel.height, window.kernel.width], order: .depthwise)
    bias = hasBias ? weights.parameter("bias", [channels]) : nil
  }

  /// y[f, oy, ox, c] = b[c] + sum over taps.
  public func forward(_ x: Tensor, recording: Recording = .none) -> (Tensor, Record) {
    let placed = window.placed(on: x.shape)
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), x.shape[3]]
    let taps = window.kernel.height * window.kernel.width
    Work.add(shape.count * taps)
    let y = Tensor(shape) { y in
      read(x, weight.value, bias?.value ?? weight.value) { x, w, b in
        Parallel.ranges(shape[0] * shape[1], grain: grain(shape)) { rows in
          withUnsafePointer(to: placed) {
            c3n_depthwise(y, x, w, bias == nil ? nil : b, $0, Int64(rows.lowerBound), Int64(rows.count))
          }
        }
      }
    }
    return (y, Record(input: recording == .allGradients ? x : nil, inputShape: x.shape))
  }

  /// dx by the transposed window; adds the kernel's and bias's gradients to `gradients`.
  public func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    let placed = window.placed(on: record.inputShape)
    let taps = window.kernel.height * window.kernel.width
    Work.add(performed: (gradients == nil ? 1 : 2) * dy.count * taps)
    if let gradients, let x = record.input {
      gradients.accumulate(weight) { sum in
        read(dy, x) { dy, x in
          withUnsafePointer(to: placed) {
            c3n_depthwise_backward_parameters(sum, dy, x, $0, Int64(record.inputShape[0]))
          }
        }
      }
      if let bias {
        gradients.accumulate(bias) { sum in dy.read { c3n_sum_rows(sum, $0, dy.shape.rows, dy.shape.last) } }
      }
    }
    let shape = record.inputShape
    return Tensor(shape) { dx in
      read(dy, weight.value) { dy, w in
        Parallel.ranges(shape[0] * shape[1], grain: grain(shape)) { rows in
          withUnsafePointer(to: placed) {
            c3n_depthwise_backward(dx, dy, w, $0, Int64(rows.lowerBound), Int64(rows.count))
          }
        }
      }
    }
  }

  /// Rows that make a piece of work worth handing to a thread.
  private func grain(_ shape: Shape) -> Int { max(1, 32_768 / (shape[2] * shape[3])) }
}
