import CKernels
import Tensors

/// A two-dimensional convolution.
///
/// x [frames, H, W, in] -> y [frames, H', W', out]; the kernel is [out, h, w, in] in the engine and
/// [out, in, h, w] in a checkpoint. 3x3 kernels that only shift go by ``Winograd`` where that pays; all others are matrix
/// products over unfolded maps, which never exist as a whole (578 MB for the decoder's largest).
public struct Conv2d: Sendable {
  /// The kernel [out, h, w, in].
  public let weight: Parameter

  /// b [out], if there is one.
  public let bias: Parameter?

  /// Kernel size, stride, padding, dilation.
  public let window: Window

  /// What a backward pass needs.
  public struct Record: Sendable {
    let input: Tensor?
    let inputShape: Shape
  }

  /// Reads `weight` and `bias` below a path.
  public init(
    _ weights: Weights, in input: Int, out output: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, bias hasBias: Bool = true
  ) {
    self.init(
      weights, in: input, out: output,
      window: Window(kernel: kernel, stride: stride, padding: .symmetric(padding), dilation: dilation),
      bias: hasBias)
  }

  /// Reads `weight` and `bias` below a path, for any window.
  public init(_ weights: Weights, in input: Int, out output: Int, window: Window, bias hasBias: Bool = true) {
    self.window = window
    weight = weights.parameter(
      "weight", [output, input, window.kernel.height, window.kernel.width], order: .convolution)
    bias = hasBias ? weights.parameter("bias", [output]) : nil
  }

  private var out: Int { weight.value.shape[0] }

  /// The number of products summed for an output element: h w in.
  private var depth: Int { weight.value.count / out }

  private func usesWinograd(_ shape: Shape, out: Int) -> Bool {
    window.isNeighbourhood && Winograd.pays(shape, out: out)
  }

  /// y[f, oy, ox, o] = b[o] + sum over taps and channels, normalised by running statistics, rectified, plus a residual
  /// of y's shape, each if asked for and in this order.
  public func forward(
    _ x: Tensor, recording: Recording = .none, normalized norm: BatchNorm? = nil, rectified: Bool = false,
    adding residual: Tensor? = nil
  ) -> (Tensor, Record) {
    precondition(x.shape[3] == weight.value.shape[3], "kernel \(weight.value.shape) given a map \(x.shape)")
    precondition(bias == nil || norm == nil, "a bias before a norm has no effect of its own")
    let placed = window.placed(on: x.shape)
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), out]
    precondition(residual == nil || residual!.count == shape.count, "a residual of another shape")
    Work.add(
      published: shape.count * depth, performed: shape.count * depth,
      elementwise: norm == nil ? 0 : 2 * shape.count)
    let record = Record(input: recording == .allGradients ? x : nil, inputShape: x.shape)
    let (scale, shift) = (norm?.scale, norm?.shift ?? bias?.value)
    return (convolved(x, weight.value, shift, scale: scale, rectified: rectified, adding: residual), record)
  }

  /// The convolution of this window with a kernel [out, h, w, in], and its finish.
  func convolved(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, scale: Tensor? = nil, rectified: Bool,
    adding residual: Tensor? = nil
  ) -> Tensor {
    let placed = window.placed(on: x.shape)
    let out = kernel.shape[0]
    let depth = kernel.count / out
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), out]
    return read(scale ?? x, bias ?? x, residual ?? x) { scalePointer, biasPointer, residualPointer in
      let finish = BLAS.Finish(
        scale: scale == nil ? nil : scalePointer, bias: bias == nil ? nil : biasPointer,
        rectifies: rectified, residual: residual == nil ? nil : residualPointer)
      if usesWinograd(x.shape, out: out) { return Winograd.convolve(x, kernel, finish: finish) }
      return Tensor(shape) { y in
        read(x, kernel) { pixels, kernel in
          BLAS.multiply(
            m: shape.rows, n: out, k: depth,
            window.isPointwise ? .plain(pixels, depth) : .unfolded(pixels, window.unfolding(x.shape)),
            .transposed(kernel, depth), into: y, out, finish: finish)
        }
      }
    }
  }

  /// dx by the transposed window; adds dW and db to `gradients`.
  public func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    if let gradients, let x = record.input { accumulate(dy, x, into: gradients) }
    Work.add(performed: (gradients == nil ? 1 : 2) * dy.count * depth)
    if usesWinograd(dy.shape, out: record.inputShape[3]) {
      return Winograd.convolve(dy, weight.value, backward: true)
    }
    return Tensor(record.inputShape) { dx in
      if window.isPointwise {
        read(dy, weight.value) { dy, w in
          BLAS.multiply(
            m: record.inputShape.rows, n: depth, k: out, .plain(dy, out), .plain(w, depth), into: dx, depth)
        }
      } else if window.stride == 1 {
        convolveBack(dy, record.inputShape, into: dx)
      } else {
        fold(dy, record.inputShape, into: dx)
      }
    }
  }

  /// Adds dW and db to `gradients` where nobody asks for dx: at the first convolution, which sees the frames.
  public func accumulate(_ dy: Tensor, _ record: Record, into gradients: Gradients) {
    guard let x = record.input else { preconditionFailure("gradients of a kernel whose input was not kept") }
    Work.add(performed: dy.count * depth)
    accumulate(dy, x, into: gradients)
  }

  /// Where windows move by one pixel, the gradient is a convolution too: taps point the other way, and the kernel is
  /// [h, w, out, in].
  private func convolveBack(_ dy: Tensor, _ shape: Shape, into dx: UnsafeMutablePointer<Float>) {
    let (input, taps) = (shape[3], depth / shape[3])
    // [out, taps, in] -> [taps, out, in]
    let turned = weight.value.swappingBlocks(rows: out, columns: taps, block: input)
    read(dy, turned) { pointer, kernel in
      BLAS.multiply(
        m: shape.rows, n: input, k: taps * out,
        .unfolded(pointer, window.unfolding(dy.shape, backOnto: shape)),
        .plain(kernel, input), into: dx, input)
    }
  }

  /// Folds the columns dy W back onto the map, some frames at a time.
  private func fold(_ dy: Tensor, _ shape: Shape, into dx: UnsafeMutablePointer<Float>) {
    let placed = window.placed(on: shape)
    let (frames, mapSize) = (shape[0], shape.count / max(shape[0], 1))
    let pixels = Int(placed.output_height * placed.output_width)
    let atATime = max(1, Self.columnLimit / (pixels * depth))
    dx.initialize(repeating: 0, count: shape.count)
    read(dy, weight.value) { dy, w in
      for first in Swift.stride(from: 0, to: frames, by: atATime) {
        let count = min(atATime, frames - first)
        withScratch(count * pixels * depth) { columns in
          BLAS.multiply(
            m: count * pixels, n: depth, k: out, .plain(dy + first * pixels * out, out), .plain(w, depth),
            into: columns, depth)
          Parallel.each(count) { frame in
            withUnsafePointer(to: placed) {
              c3n_col2im(
                dx + (first + frame) * mapSize, columns + frame * pixels * depth, $0, 0, placed.output_height)
            }
          }
        }
      }
    }
  }

  /// Unfolded floats at a time on the way back: 16 MB.
  private static let columnLimit = 4 << 20

  /// dW = dy^T columns and db, some pixels at a time.
  private func accumulate(_ dy: Tensor, _ x: Tensor, into gradients: Gradients) {
    let placed = window.placed(on: x.shape)
    let pixels = dy.shape.rows
    gradients.accumulate(weight) { sum in
      read(dy, x) { dy, x in
        if window.isPointwise {
          BLAS.multiply(
            m: out, n: depth, k: pixels, .transposed(dy, out), .plain(x, depth), beta: 1, into: sum, depth)
          return
        }
        let atATime = max(1, Self.columnLimit / depth)
        withScratch(min(atATime, pixels) * depth) { columns in
          for first in Swift.stride(from: 0, to: pixels, by: atATime) {
            let count = min(atATime, pixels - first)
            Parallel.ranges(count, grain: 64) { range in
              withUnsafePointer(to: placed) {
                c3n_im2col(
                  columns + range.lowerBound * depth, x, $0, Int64(first + range.lowerBound),
                  Int64(range.count))
              }
            }
            BLAS.multiply(
              m: out, n: depth, k: count, .transposed(dy + first * out, out), .plain(columns, depth),
              beta: 1, into: sum, depth)
          }
        }
      }
    }
    if let bias {
      gradients.accumulate(bias) { sum in dy.read { c3n_sum_rows(sum, $0, pixels, out) } }
    }
  }
}
