import Layers
import Tensors
import Testing

extension Naive {
  /// A depthwise convolution and its gradients by dy, as sums over the pairs of pixels that a tap joins.
  ///
  /// Kernel [h, w, C]; returns y, dx and dW.
  static func depthwise(
    _ x: Tensor, kernel: Tensor, dy: Tensor, stride: Int, pad: (top: Int, left: Int)
  ) -> (y: Tensor, dx: Tensor, dw: Tensor) {
    let (frames, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (output, taps) = (dy.shape, kernel.shape)
    let (xs, ws, ds) = (x.values, kernel.values, dy.values)
    var y = [Double](repeating: 0, count: dy.count)
    var (dx, dw) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: kernel.count))
    for f in 0..<frames {
      for (oy, ox) in pairs(output[1], output[2]) {
        for (ky, kx) in pairs(taps[0], taps[1]) {
          let (iy, ix) = (oy * stride - pad.top + ky, ox * stride - pad.left + kx)
          guard (0..<height).contains(iy), (0..<width).contains(ix) else { continue }
          for c in 0..<channels {
            let i = ((f * height + iy) * width + ix) * channels + c
            let o = ((f * output[1] + oy) * output[2] + ox) * channels + c
            let w = (ky * taps[1] + kx) * channels + c
            y[o] += Double(xs[i]) * Double(ws[w])
            dx[i] += Double(ds[o]) * Double(ws[w])
            dw[w] += Double(ds[o]) * Double(xs[i])
          }
        }
      }
    }
    return (
      Tensor(y.map(Float.init), dy.shape), Tensor(dx.map(Float.init), x.shape),
      Tensor(dw.map(Float.init), kernel.shape)
    )
  }

  /// Maxima over windows, NaN above all, and dx: to the first of equal inputs.
  static func maxPool(
    _ x: Tensor, dy: Tensor, kernel: Int, stride: Int, pad: (top: Int, left: Int)
  ) -> (y: Tensor, dx: Tensor) {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let (xs, ds) = (x.values, dy.values)
    var (y, dx) = ([Float](repeating: 0, count: dy.count), [Float](repeating: 0, count: x.count))
    for f in 0..<x.shape[0] {
      for (oy, ox) in pairs(dy.shape[1], dy.shape[2]) {
        for c in 0..<channels {
          let inputs = pairs(kernel, kernel).compactMap { ky, kx -> Int? in
            let (iy, ix) = (oy * stride - pad.top + ky, ox * stride - pad.left + kx)
            guard (0..<height).contains(iy), (0..<width).contains(ix) else { return nil }
            return ((f * height + iy) * width + ix) * channels + c
          }
          let best = inputs.dropFirst().reduce(inputs[0]) { xs[$1] > xs[$0] || xs[$1].isNaN ? $1 : $0 }
          let o = ((f * dy.shape[1] + oy) * dy.shape[2] + ox) * channels + c
          y[o] = xs[best]
          dx[best] += ds[o]
        }
      }
    }
    return (Tensor(y, dy.shape), Tensor(dx, x.shape))
  }

  private static func pairs(_ rows: Int, _ columns: Int) -> [(Int, Int)] {
    (0..<rows * columns).map { ($0 / columns, $0 % columns) }
  }
}

/// Depthwise convolutions and max pooling of any window against the definitions, in every build.
@Suite("Kernels for sliding windows")
struct WindowKernelTests {
  /// Kernel, stride, channels, and sides of which SAME padding puts none, one or both of the zeros at the end. The channels
  /// fill whole vectors of every build, a part of one, or both.
  @Test(
    arguments: Kernels.allCases,
    [
      (3, 1, 32, 9, 8), (3, 2, 16, 8, 9), (5, 1, 144, 7, 7), (5, 2, 40, 10, 7), (5, 2, 5, 9, 6),
      (3, 2, 93, 5, 4),
      (2, 2, 20, 5, 5), (7, 1, 24, 6, 3), (5, 1, 16, 1, 2), (1, 2, 8, 5, 4),
    ])
  func depthwise(build: Kernels, size: (kernel: Int, stride: Int, channels: Int, height: Int, width: Int)) {
    build.run {
      var random = Random(41)
      let window = Window(kernel: size.kernel, stride: size.stride, padding: .same)
      let layer = DepthwiseConv2d(
        RandomWeights.root.depthwise, channels: size.channels, window: window, bias: false)
      let x = random.tensor([2, size.height, size.width, size.channels])
      let (y, record) = layer.forward(x, recording: .allGradients)
      let dy = random.tensor(y.shape)
      func before(_ side: Int) -> Int {
        let outputs = (side + size.stride - 1) / size.stride
        return max((outputs - 1) * size.stride + size.kernel - side, 0) / 2
      }
      let naive = Naive.depthwise(
        x, kernel: layer.weight.value, dy: dy, stride: size.stride,
        pad: (before(size.height), before(size.width)))
      #expect(largestDifference(y, naive.y) < 2e-5)
      let gradients = Gradients()
      #expect(largestDifference(layer.backward(dy, record, accumulating: gradients), naive.dx) < 2e-5)
      #expect(largestDifference(gradients[layer.weight]!, naive.dw) < 5e-5)
      // A second clip's gradients are added to the first's.
      _ = layer.backward(dy, record, accumulating: gradients)
      var twice = naive.dw
      twice.add(naive.dw)
      #expect(largestDifference(gradients[layer.weight]!, twice) < 1e-4)
    }
  }

  @Test(arguments: [
    (3, 2, 1, 7, 6, 5), (3, 2, 1, 8, 9, 64), (2, 2, 0, 5, 4, 3), (3, 1, 1, 4, 4, 17), (3, 3, 0, 3, 3, 1),
  ])
  func maxima(_ size: (kernel: Int, stride: Int, pad: Int, height: Int, width: Int, channels: Int)) {
    var random = Random(42)
    let window = Window(kernel: size.kernel, stride: size.stride, padding: .symmetric(size.pad))
    // Many equal values, as after a rectifier; and values below zero, which the zeros around the map must not beat.
    for shift: Float in [0, -9] {
      let x = Tensor(
        random.tensor([2, size.height, size.width, size.channels], scale: 3).values.map {
          max($0.rounded(), 0) + shift
        }, [2, size.height, size.width, size.channels])
      let (y, record) = MaxPool.forward(x, window: window, recording: .inputGradients)
      let dy = random.tensor(y.shape)
      let naive = Naive.maxPool(
        x, dy: dy, kernel: size.kernel, stride: size.stride, pad: (size.pad, size.pad))
      #expect(y.values == naive.y.values)
      #expect(largestDifference(MaxPool.backward(dy, record!), naive.dx) < 1e-6)
      let (plain, none) = MaxPool.forward(x, window: window)
      #expect(plain.values == y.values && none == nil)
    }
  }

  @Test func aMaximumThatIsNoNumberIsSeen() {
    let x = Tensor([1, .nan, 3, 2], [1, 2, 2, 1])
    #expect(MaxPool.forward(x, window: Window(kernel: 2, stride: 2)).0.values[0].isNaN)
    #expect(
      MaxPool.forward(x, window: Window(kernel: 2, stride: 2), recording: .inputGradients).0.values[0].isNaN)
  }
}
