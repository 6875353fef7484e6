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

  /// Whether pixels and their neighbours go by the kernel that is made for them.
  private var isNeighbourhood: Bool {
    window.isNeighbourhood && c3n_neighbours_fit(Int64(weight.value.shape[2])) != 0
  }

  /// y[f, oy, ox, c] = b[c] + sum over taps.
  public func forward(_ x: Tensor, recording: Recording = .none) -> (Tensor, Record) {
    let placed = window.placed(on: x.shape)
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), x.shape[3]]
    Work.add(shape.count * window.kernel.height * window.kernel.width)
    let record = Record(input: recording == .allGradients ? x : nil, inputShape: x.shape)
    let y = Tensor(shape) { y in
      if isNeighbourhood {
        pass(x, weight.value, bias?.value) { $0.sums = y }
        return
      }
      read(x, weight.value, bias?.value ?? weight.value) { x, w, b in
        Parallel.ranges(shape[0] * shape[1], grain: grain(shape)) { rows in
          withUnsafePointer(to: placed) {
            c3n_depthwise(y, x, w, bias == nil ? nil : b, $0, Int64(rows.lowerBound), Int64(rows.count))
          }
        }
      }
    }
    return (y, record)
  }

  /// GELU of what ``forward(_:recording:)`` gives, and its record, which is nil when nothing is recorded.
  public func activated(
    _ x: Tensor, recording: Recording = .none
  ) -> (y: Tensor, record: Record, activation: GELU.Record?) {
    guard isNeighbourhood, recording != .allGradients else {
      let (sums, record) = forward(x, recording: recording)
      return (GELU.forward(sums), record, recording == .none ? nil : .input(sums))
    }
    Work.add(x.count * 9)
    let record = Record(input: nil, inputShape: x.shape)
    var activation: GELU.Record?
    let y = Tensor(x.shape) { y in
      if recording == .none {
        pass(x, weight.value, bias?.value) { $0.activated = y }
        return
      }
      activation = .slopes(
        GELU.slopes(x.count) { slopes in
          pass(x, weight.value, bias?.value) {
            $0.activated = y
            $0.slopes = slopes
          }
        })
    }
    return (y, record, activation)
  }

  /// Goes over all rows of the map.
  private func pass(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, into set: (inout c3n_neighbour_pass) -> Void
  ) {
    let shape = x.shape
    var pass = c3n_neighbour_pass()
    (pass.height, pass.width, pass.channels) = (Int64(shape[1]), Int64(shape[2]), Int64(shape[3]))
    set(&pass)
    read(x, kernel, bias ?? kernel) { x, kernel, b in
      pass.x = x
      pass.weights = kernel
      pass.bias = bias == nil ? nil : b
      withUnsafePointer(to: pass) { pass in
        Parallel.ranges(shape[0] * shape[1], grain: grain(shape)) {
          c3n_neighbours(pass, Int64($0.lowerBound), Int64($0.count))
        }
      }
    }
  }

  /// dx by the transposed window; adds the kernel's and bias's gradients to `gradients`.
  public func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    let placed = window.placed(on: record.inputShape)
    let taps = window.kernel.height * window.kernel.width
    Work.add(performed: (gradients == nil ? 1 : 2) * dy.count * taps)
    if let gradients, let x = record.input {
      gradients.accumulate(weight) { sum in
        read(dy, x) { dy, x in
          withUnsafePointer(to: placed) { placed in
            // Threads take channels, and not frames: the order of the sums does not depend on their number.
            let channels = record.inputShape[3]
            Parallel.ranges((channels + 15) / 16, grain: 1) { blocks in
              let (first, end) = (16 * blocks.lowerBound, min(16 * blocks.upperBound, channels))
              c3n_depthwise_backward_parameters(
                sum, dy, x, placed, Int64(record.inputShape[0]), Int64(first), Int64(end - first))
            }
          }
        }
      }
      if let bias {
        gradients.accumulate(bias) { sum in dy.read { c3n_sum_rows(sum, $0, dy.shape.rows, dy.shape.last) } }
      }
    }
    let shape = record.inputShape
    return Tensor(shape) { dx in
      if isNeighbourhood {
        // The taps point the other way.
        let turned = Tensor(weight.value.shape) { out in
          weight.value.read { w in
            for tap in 0..<9 {
              (out + tap * shape[3]).update(from: w + (8 - tap) * shape[3], count: shape[3])
            }
          }
        }
        pass(dy, turned, nil) { $0.sums = dx }
        return
      }
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
