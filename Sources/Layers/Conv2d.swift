import CKernels
import Tensors

/// A two-dimensional convolution.
///
/// x [frames, H, W, in] -> y [frames, H', W', out]; the kernel is [out, h, w, in] in the engine and
/// [out, in, h, w] in a checkpoint. Computed as matrix products over unfolded tiles of output pixels, so
/// that the unfolded input (578 MB for the decoder's largest map) never exists as a whole.
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

  /// Output pixels unfolded at a time, per thread: a tile of K = 2304 is 2.4 MB.
  private static let tile = 256

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

  private var isPointwise: Bool {
    guard window.kernel == (1, 1), window.stride == 1 else { return false }
    if case .symmetric(let padding) = window.padding { return padding == 0 }
    return true
  }

  /// The number of products summed for an output element: h w in.
  private var depth: Int { weight.value.count / weight.value.shape[0] }

  /// y[f, oy, ox, o] = b[o] + sum over taps and channels.
  public func forward(_ x: Tensor, recording: Recording = .none) -> (Tensor, Record) {
    let placed = window.placed(on: x.shape)
    let (out, depth) = (weight.value.shape[0], self.depth)
    precondition(x.shape[3] == weight.value.shape[3], "kernel \(weight.value.shape) given a map \(x.shape)")
    let outputShape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), out]
    let pixels = outputShape.rows
    let y = Tensor(outputShape) { y in
      read(x, weight.value) { x, w in
        eachTile(pixels, depth: depth) { tile, columns in
          if let bias { bias.value.read { c3n_fill_rows(y + tile.lowerBound * out, $0, tile.count, out) } }
          let rows: UnsafePointer<Float>
          if let columns {
            withUnsafePointer(to: placed) {
              c3n_im2col(columns, x, $0, Int64(tile.lowerBound), Int64(tile.count))
            }
            rows = UnsafePointer(columns)
          } else {
            rows = x + tile.lowerBound * depth
          }
          BLAS.multiply(
            m: tile.count, n: out, k: depth, .plain(rows, depth), .transposed(w, depth),
            beta: bias == nil ? 0 : 1, into: y + tile.lowerBound * out, out)
        }
      }
    }
    return (y, Record(input: recording == .allGradients ? x : nil, inputShape: x.shape))
  }

  /// dx by folding dy W back onto the map; adds dW and db to `gradients`.
  public func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    if let gradients, let x = record.input { accumulate(dy, x, into: gradients) }
    let placed = window.placed(on: record.inputShape)
    let (out, depth) = (weight.value.shape[0], self.depth)
    if isPointwise {
      return Tensor(record.inputShape) { dx in
        read(dy, weight.value) { dy, w in
          BLAS.multiply(
            m: record.inputShape.rows, n: depth, k: out, .plain(dy, out), .plain(w, depth), into: dx, depth)
        }
      }
    }
    let frames = record.inputShape[0]
    let mapSize = record.inputShape.count / max(frames, 1)
    let outputRow = Int(placed.output_width)
    let rowsAtATime = max(1, Self.tile / outputRow)
    return Tensor(record.inputShape) { dx in
      dx.initialize(repeating: 0, count: record.inputShape.count)
      read(dy, weight.value) { dy, w in
        // Frames do not share pixels, so each thread folds its own.
        Parallel.each(frames) { frame in
          withScratch(rowsAtATime * outputRow * depth) { columns in
            for row in stride(from: 0, to: Int(placed.output_height), by: rowsAtATime) {
              let rows = min(rowsAtATime, Int(placed.output_height) - row)
              let first = (frame * Int(placed.output_height) + row) * outputRow
              BLAS.multiply(
                m: rows * outputRow, n: depth, k: out, .plain(dy + first * out, out), .plain(w, depth),
                into: columns,
                depth)
              withUnsafePointer(to: placed) {
                c3n_col2im(dx + frame * mapSize, columns, $0, Int64(row), Int64(rows))
              }
            }
          }
        }
      }
    }
  }

  private func accumulate(_ dy: Tensor, _ x: Tensor, into gradients: Gradients) {
    let placed = window.placed(on: x.shape)
    let (out, depth, pixels) = (weight.value.shape[0], self.depth, dy.shape.rows)
    gradients.accumulate(weight) { sum in
      read(dy, x) { dy, x in
        withScratch(Self.tile * 4 * depth) { columns in
          for first in stride(from: 0, to: pixels, by: Self.tile * 4) {
            let count = min(Self.tile * 4, pixels - first)
            withUnsafePointer(to: placed) { c3n_im2col(columns, x, $0, Int64(first), Int64(count)) }
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

  /// Visits all output pixels in tiles, with room for their unfolded inputs unless the layer is pointwise.
  ///
  /// Where there are few pixels and many weights (the last audio blocks), one tile goes to BLAS's own
  /// threads, because threads that split the pixels would each read all weights.
  private func eachTile(
    _ pixels: Int, depth: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>?) -> Void
  ) {
    if isPointwise || pixels < 2 * Self.tile {
      withScratch(isPointwise ? 0 : pixels * depth) { body(0..<pixels, isPointwise ? nil : $0) }
      return
    }
    Parallel.ranges(pixels, grain: Self.tile) { range in
      withScratch(min(Self.tile, range.count) * depth) { columns in
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.tile) {
          body(first..<min(first + Self.tile, range.upperBound), columns)
        }
      }
    }
  }
}

/// Lends uninitialised room for `count` floats from the pool.
public func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  _ = Tensor([count], fill: body)
}
