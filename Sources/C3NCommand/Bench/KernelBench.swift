import Foundation
import Layers
import Tensors

/// Single operations at the shapes that matter, so that a regression shows where it is.
struct KernelBench {
  /// What an operation took, at best and by processor time.
  struct Row: Encodable {
    let name: String
    let milliseconds, gigaMultiplyAdds, shareOfPeak: Double
  }

  private let peak: Double
  private var rows: [Row] = []

  /// Measures everything; other users of the machine cost nothing but patience.
  static func measure() -> [Row] {
    var bench = KernelBench(peak: MachineSpeed.measure(threads: BLAS.threads).ownGFlops)
    bench.linearLayers()
    bench.convolutions()
    bench.tokens()
    return bench.rows
  }

  static func print(_ rows: [Row]) {
    Swift.print("kernels for \(Kernels.name), \(BLAS.threads) threads, best processor time")
    for row in rows {
      let name = row.name.padding(toLength: max(44, row.name.count), withPad: " ", startingAt: 0)
      let share = row.gigaMultiplyAdds > 0 ? String(format: "%6.1f %% of peak", 100 * row.shareOfPeak) : ""
      Swift.print("  " + name + String(format: "%9.3f ms  ", row.milliseconds) + share)
    }
  }

  private init(peak: Double) {
    self.peak = peak
  }

  private mutating func time(_ name: String, _ body: () -> Void) {
    body()
    var best = Double.infinity
    let work = Work()
    work.count(body)
    let done = Double(work.performed)
    let end = ContinuousClock.now + .milliseconds(150)
    repeat {
      let start = processSeconds()
      body()
      best = min(best, processSeconds() - start)
    } while ContinuousClock.now < end
    rows.append(
      Row(
        name: name, milliseconds: 1000 * best, gigaMultiplyAdds: done * 1e-9,
        shareOfPeak: 2e-9 * done / best / peak))
  }

  private mutating func linearLayers() {
    // Stage, rows, inputs, outputs of PVTv2's layers for five frames.
    let layers = [
      ("stage 1 q", 15_680, 64, 64), ("stage 1 fc1", 15_680, 64, 256), ("stage 1 fc2", 15_680, 256, 64),
      ("stage 2 q", 3_920, 128, 128), ("stage 2 fc1", 3_920, 128, 512), ("stage 2 fc2", 3_920, 512, 128),
      ("stage 3 q", 980, 320, 320), ("stage 3 kv", 245, 320, 640), ("stage 3 fc1", 980, 320, 1280),
      ("stage 3 fc2", 980, 1280, 320), ("stage 4 fc1", 245, 512, 2048), ("stage 4 fc2", 245, 2048, 512),
      ("head", 5, 512, 1000),
    ]
    for (name, rows, input, output) in layers {
      let layer = Linear(Self.weights(), in: input, out: output)
      let x = Self.noise([rows, input])
      let dy = Self.noise([rows, output])
      let record = layer.forward(x).1
      time("linear \(name) [\(rows), \(input)] -> \(output)") { _ = layer.forward(x) }
      time("  its way back") { _ = layer.backward(dy, record) }
    }
  }

  private mutating func convolutions() {
    let layers: [(String, Int, Int, Int, Int, Int, Int, Int)] = [
      // Side, inputs, outputs, kernel, stride, padding, dilation.
      ("patches 1", 224, 3, 64, 7, 4, 3, 1), ("patches 2", 56, 64, 128, 3, 2, 1, 1),
      ("reduction 3", 14, 320, 320, 2, 2, 0, 1), ("reduction 1", 56, 64, 64, 8, 8, 0, 1),
      ("dilated 6, stage 1", 56, 64, 256, 3, 1, 6, 6), ("dilated 18, stage 2", 28, 128, 256, 3, 1, 18, 18),
      ("decoder 56", 56, 256, 256, 3, 1, 1, 1), ("decoder 14", 14, 256, 256, 3, 1, 1, 1),
      ("decoder 7", 7, 256, 256, 3, 1, 1, 1), ("reduce", 112, 256, 128, 3, 1, 1, 1),
      ("refine", 224, 128, 32, 3, 1, 1, 1),
    ]
    for (name, side, input, output, kernel, stride, padding, dilation) in layers {
      let layer = Conv2d(
        Self.weights(), in: input, out: output, kernel: kernel, stride: stride, padding: padding,
        dilation: dilation)
      let x = Self.noise([5, side, side, input])
      time("convolution \(name) [5, \(side), \(side), \(input)] -> \(output)") { _ = layer.forward(x) }
      guard stride > 1, input > 3 else { continue }
      let (y, record) = layer.forward(x)
      time("  its way back") { _ = layer.backward(y, record) }
    }
    for (name, height, width, input, output) in [
      ("1", 101, 64, 64, 64), ("4", 12, 8, 512, 512), ("5", 6, 4, 1024, 1024), ("6", 3, 2, 1024, 2048),
    ] {
      let layer = Conv2d(Self.weights(), in: input, out: output, kernel: 3, padding: 1, bias: false)
      let x = Self.noise([5, height, width, input])
      time("convolution PANNs \(name) [5, \(height), \(width), \(input)] -> \(output)") {
        _ = layer.forward(x)
      }
    }
  }

  private mutating func tokens() {
    for (stage, side, channels, heads) in [(1, 56, 64, 1), (2, 28, 128, 2), (3, 14, 320, 5), (4, 7, 512, 8)] {
      let attention = MultiHeadAttention(heads: heads)
      let q = Self.noise([5, side * side, channels])
      let kv = Self.noise([5, 49, 2 * channels])
      time("attention, stage \(stage)") { _ = attention.forward(q, kv) }
      let (y, record) = attention.forward(q, kv, recording: .inputGradients)
      time("  its way back") { _ = attention.backward(y, record!) }
      let hidden = Self.noise([5, side, side, 4 * channels])
      let depthwise = DepthwiseConv2d(
        Self.weights(), channels: 4 * channels, window: Window(kernel: 3, padding: .symmetric(1)))
      let kept = depthwise.forward(hidden).1
      time("depthwise, stage \(stage) [5, \(side), \(side), \(4 * channels)]") {
        _ = depthwise.forward(hidden)
      }
      time("  its way back") { _ = depthwise.backward(hidden, kept) }
      time("GELU, stage \(stage)") { _ = GELU.forward(hidden) }
      time("  its way back") { _ = GELU.backward(hidden, input: hidden) }
      let norm = LayerNorm(Self.weights(), channels: channels)
      time("layer norm, stage \(stage)") { _ = norm.forward(q) }
      let normed = norm.forward(q, recording: .inputGradients)
      time("  its way back") { _ = norm.backward(normed.0, normed.1!) }
    }
    let map = Self.noise([5, 56, 56, 256])
    let upsample = BilinearUpsample(factor: 2, alignCorners: true)
    time("upsampling [5, 56, 56, 256]") { _ = upsample.forward(map) }
  }

  private static func weights() -> Layers.Weights { WeightReader(NoiseWeights()).root }

  private static func noise(_ shape: Shape) -> Tensor { NoiseWeights().tensor("", shape: shape) }
}

/// Small numbers for weights of which only the shape matters.
private struct NoiseWeights: WeightSource {
  let keys: [String] = []

  func tensor(_ key: String, shape: Shape) -> Tensor {
    var state: UInt32 = 1
    return Tensor(shape) { values in
      for i in 0..<shape.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[i] = Float(state >> 8) / Float(1 << 24) - 0.5
      }
    }
  }
}
