import CKernels
import Tensors

/// The geometry of a sliding window: kernel, stride, padding and dilation.
public struct Window: Sendable {
  /// Rows and columns of the kernel.
  public let kernel: (height: Int, width: Int)

  /// The distance between output pixels, in input pixels.
  public let stride: Int

  /// The distance between taps, in input pixels.
  public let dilation: Int

  /// How zeros are put around the map.
  public let padding: Padding

  /// How zeros are put around the map.
  public enum Padding: Sendable {
    /// As many on each side, as PyTorch does.
    case symmetric(Int)

    /// TensorFlow's SAME: outputs of ceil(n / stride), an odd extra zero at the bottom and right.
    case same
  }

  /// A square window.
  public init(kernel: Int, stride: Int = 1, padding: Padding = .symmetric(0), dilation: Int = 1) {
    self.kernel = (kernel, kernel)
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// Whether the window is a single pixel that visits all pixels.
  var isPointwise: Bool {
    guard kernel == (1, 1), stride == 1 else { return false }
    if case .symmetric(let padding) = padding { return padding == 0 }
    return true
  }

  /// Whether the window is a pixel with its eight neighbours and visits all pixels, those at the border too.
  var isNeighbourhood: Bool {
    guard kernel == (3, 3), stride == 1, dilation == 1 else { return false }
    if case .symmetric(let padding) = padding { return padding == 1 }
    return true
  }

  /// Maps of `shape` as a matrix with a row for each position of the window.
  func unfolding(_ shape: Shape) -> Unfolding {
    let placed = placed(on: shape)
    return Unfolding(
      shape, taps: taps(placed, sign: 1), stride: stride,
      output: (Int(placed.output_height), Int(placed.output_width)))
  }

  /// Gradients of the output of a window that moves by one pixel, as a matrix with a row for each pixel of the maps of
  /// `shape` that the window slides over: where the pixel was read.
  func unfolding(_ gradients: Shape, backOnto shape: Shape) -> Unfolding {
    precondition(stride == 1, "a window that moves by \(stride) leaves pixels out")
    return Unfolding(
      gradients, taps: taps(placed(on: shape), sign: -1), output: (shape[1], shape[2]))
  }

  private func taps(_ placed: c3n_window, sign: Int) -> [Unfolding.Tap] {
    (0..<kernel.height * kernel.width).map { tap in
      Unfolding.Tap(
        row: sign * (tap / kernel.width * dilation - Int(placed.pad_top)),
        column: sign * (tap % kernel.width * dilation - Int(placed.pad_left)))
    }
  }

  /// The window placed on maps [frames, height, width, channels].
  func placed(on shape: Shape) -> c3n_window {
    precondition(shape.rank == 4, "a window slides over [frames, height, width, channels], not \(shape)")
    let (top, height) = Self.axis(shape[1], kernel.height, stride, dilation, padding)
    let (left, width) = Self.axis(shape[2], kernel.width, stride, dilation, padding)
    return c3n_window(
      height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
      kernel_height: Int64(kernel.height), kernel_width: Int64(kernel.width),
      stride: Int64(stride), dilation: Int64(dilation), pad_top: Int64(top), pad_left: Int64(left),
      output_height: Int64(height), output_width: Int64(width))
  }

  private static func axis(
    _ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Padding
  ) -> (before: Int, output: Int) {
    let reach = (kernel - 1) * dilation + 1
    switch padding {
    case .symmetric(let pad):
      precondition(size + 2 * pad >= reach, "a window of \(reach) does not fit \(size) + 2 x \(pad)")
      return (pad, (size + 2 * pad - reach) / stride + 1)
    case .same:
      let output = (size + stride - 1) / stride
      return (max((output - 1) * stride + reach - size, 0) / 2, output)
    }
  }
}
