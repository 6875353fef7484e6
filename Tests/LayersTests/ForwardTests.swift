import Glibc
import Layers
import Tensors
import Testing

@Suite("Fast kernels agree with their definitions")
struct ForwardTests {
  @Test(arguments: [
    (3, 1, 1, 1), (3, 2, 1, 1), (7, 4, 3, 1), (3, 1, 6, 6), (2, 2, 0, 1), (1, 1, 0, 1), (1, 2, 0, 1),
  ])
  func convolution(kernel: Int, stride: Int, padding: Int, dilation: Int) {
    var random = Random(11)
    let layer = Conv2d(
      RandomWeights.root.conv, in: 3, out: 5, kernel: kernel, stride: stride, padding: padding,
      dilation: dilation)
    // More output pixels than one tile, so that tiles and threads meet.
    let x = random.tensor([3, 21, 17, 3])
    let reach = (kernel - 1) * dilation + 1
    let naive = Naive.convolution(
      x, kernel: layer.weight.value, bias: layer.bias!.value, stride: stride, dilation: dilation,
      pad: (padding, padding),
      output: ((21 + 2 * padding - reach) / stride + 1, (17 + 2 * padding - reach) / stride + 1))
    #expect(largestDifference(layer.forward(x).0, naive) < 2e-5)
  }

  @Test func samePaddingPutsTheOddZeroAtTheEnd() {
    var random = Random(12)
    let layer = Conv2d(
      RandomWeights.root.conv, in: 2, out: 3, window: Window(kernel: 3, stride: 2, padding: .same),
      bias: false)
    let x = random.tensor([1, 8, 8, 2])
    // total = (4 - 1) * 2 + 3 - 8 = 1: none before, one after.
    let naive = Naive.convolution(
      x, kernel: layer.weight.value, bias: nil, stride: 2, dilation: 1, pad: (0, 0), output: (4, 4))
    #expect(largestDifference(layer.forward(x).0, naive) < 1e-5)
  }

  @Test func depthwiseIsAConvolutionWithADiagonalKernel() {
    var random = Random(13)
    let layer = DepthwiseConv2d(
      RandomWeights.root.depthwise, channels: 6, window: Window(kernel: 3, stride: 2, padding: .symmetric(1)))
    let x = random.tensor([2, 9, 11, 6])
    var full = Tensor(zeros: [6, 3, 3, 6])
    full.write { full in
      for tap in 0..<9 { for c in 0..<6 { full[(c * 9 + tap) * 6 + c] = layer.weight.value[tap * 6 + c] } }
    }
    let naive = Naive.convolution(
      x, kernel: full, bias: layer.bias!.value, stride: 2, dilation: 1, pad: (1, 1), output: (5, 6))
    #expect(largestDifference(layer.forward(x).0, naive) < 1e-5)
  }

  @Test(arguments: [true, false])
  func upsample(alignCorners: Bool) {
    var random = Random(14)
    let x = random.tensor([2, 7, 5, 3])
    let fast = BilinearUpsample(factor: 2, alignCorners: alignCorners).forward(x)
    #expect(largestDifference(fast, Naive.upsample(x, factor: 2, alignCorners: alignCorners)) < 1e-5)
  }

  @Test func attention() {
    var random = Random(15)
    let (q, kv) = (random.tensor([2, 10, 12], scale: 2), random.tensor([2, 7, 24], scale: 2))
    let fast = MultiHeadAttention(heads: 3).forward(q, kv).0
    #expect(largestDifference(fast, Naive.attention(q, kv, heads: 3)) < 1e-5)
  }

  @Test func recordingDoesNotChangeTheResult() {
    var random = Random(16)
    let (q, kv) = (random.tensor([2, 10, 12]), random.tensor([2, 7, 24]))
    let attention = MultiHeadAttention(heads: 3)
    #expect(
      largestDifference(attention.forward(q, kv).0, attention.forward(q, kv, recording: .inputGradients).0)
        == 0)
    let norm = LayerNorm(RandomWeights.root.norm, channels: 12)
    #expect(largestDifference(norm.forward(q).0, norm.forward(q, recording: .allGradients).0) == 0)
  }

  @Test func geluIsExactToAMillionth() {
    let x = Tensor((0...4000).map { Float($0) / 400 - 5 }, [4001])
    let exact = x.values.map { Float(0.5 * Double($0) * (1 + erf(Double($0) / 2.0.squareRoot()))) }
    #expect(largestDifference(GELU.forward(x), Tensor(exact, x.shape)) < 2e-6)
  }

  @Test func sigmoidSaturatesQuietly() {
    let y = Sigmoid.forward(Tensor([-1000, -20, 0, 20, 1000, 3], [6])).values
    #expect(y[0] >= 0 && y[0] < 1e-30)
    #expect(abs(y[1] - Float(1 / (1 + exp(20.0)))) < 1e-13)
    #expect(y[2] == 0.5)
    #expect(y[4] == 1)
    #expect(abs(y[5] - Float(1 / (1 + exp(-3.0)))) < 1e-6)
  }

  @Test func layerNormOfKnownNumbers() {
    struct Known: WeightSource {
      var keys: [String] { [] }
      func tensor(_ key: String, shape: Shape) -> Tensor {
        Tensor(key == "weight" ? [2, 1, 1, 3] : [0, 0, 1, 0], [4])
      }
    }
    let layer = LayerNorm(WeightReader(Known()).root, channels: 4, epsilon: 0)
    // Mean 4, variance 5.
    let y = layer.forward(Tensor([1, 3, 5, 7], [1, 4])).0.values
    let s = Float(5).squareRoot()
    for (a, b) in zip(y, [-6 / s, -1 / s, 1 / s + 1, 9 / s]) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func aBatchNormalisesItselfAndIsRemembered() {
    struct Known: WeightSource {
      var keys: [String] { [] }
      func tensor(_ key: String, shape: Shape) -> Tensor {
        Tensor(["weight": [2], "bias": [1], "running_mean": [10], "running_var": [20]][key]!, shape)
      }
    }
    let layer = BatchNorm(WeightReader(Known()).root, channels: 1, epsilon: 0)
    // Mean 4, biased variance 5, unbiased 20/3.
    let y = layer.batchForward(Tensor([1, 3, 5, 7], [4, 1])).0.values
    let s = Float(5).squareRoot()
    for (a, b) in zip(y, [-6 / s + 1, -2 / s + 1, 2 / s + 1, 6 / s + 1]) { #expect(abs(a - b) < 1e-6) }
    #expect(abs(layer.mean.value[0] - (0.9 * 10 + 0.1 * 4)) < 1e-6)
    #expect(abs(layer.variance.value[0] - (0.9 * 20 + 0.1 * 20 / 3)) < 1e-5)
    // Inference folds what is remembered now.
    let inferred = layer.forward(Tensor([9.4], [1, 1]))[0]
    #expect(abs(inferred - 1) < 1e-6)
  }

  @Test func halvingLeavesOutTheOddRow() {
    let x = Tensor((0..<15).map { Float($0) }, [1, 5, 3, 1])
    #expect(AveragePool.halving(x).shape == [1, 2, 1, 1])
    #expect(AveragePool.halving(x).values == [2, 8])
  }
}

@Suite("Reading weights")
struct WeightReaderTests {
  struct Source: WeightSource {
    let shapes: [String: Shape]
    var keys: [String] { shapes.keys.sorted() }
    func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor {
      guard let found = shapes[key] else { throw .missing(key: key, expected: shape) }
      guard found == shape else { throw .shape(key: key, found: found, expected: shape) }
      return Tensor(zeros: shape)
    }
  }

  @Test func pathsSpellKeys() {
    let scope = RandomWeights.root.block1[2].attn["q"]
    #expect(scope.path == "block1.2.attn.q")
    #expect(scope.parameter("bias", [3]).key == "block1.2.attn.q.bias")
  }

  @Test func everythingThatDoesNotFitIsListedTogether() {
    let reader = WeightReader(
      Source(shapes: ["a.weight": [2, 3], "b.weight": [5, 5], "c": [1], "n.num_batches_tracked": []]))
    reader.ignore { $0.hasSuffix("num_batches_tracked") }
    _ = Linear(reader.root.a, in: 3, out: 2)
    _ = Linear(reader.root.b, in: 4, out: 5, bias: false)
    #expect {
      try reader.finish()
    } throws: { error in
      (error as? WeightProblems)?.problems == [
        .missing(key: "a.bias", expected: [2]), .shape(key: "b.weight", found: [5, 5], expected: [5, 4]),
        .unexpected(key: "c"),
      ]
    }
  }

  @Test func kernelsTurnAndTurnBack() {
    var random = Random(17)
    let stored = random.tensor([4, 3, 2, 2])
    let parameter = Parameter(key: "k", stored: stored, order: .convolution)
    #expect(parameter.value.shape == [4, 2, 2, 3])
    #expect(parameter.value[1] == stored[4])
    #expect(largestDifference(AxisOrder.convolution.toCheckpoint(parameter.value), stored) == 0)
    let depthwise = random.tensor([6, 1, 3, 3])
    let turned = Parameter(key: "d", stored: depthwise, order: .depthwise)
    #expect(turned.value.shape == [3, 3, 6])
    #expect(largestDifference(AxisOrder.depthwise.toCheckpoint(turned.value), depthwise) == 0)
  }
}

@Suite("Maxima and counted work")
struct MaxPoolTests {
  @Test(arguments: [
    Window(kernel: 2, stride: 2), Window(kernel: 3, stride: 2, padding: .symmetric(1)),
  ])
  func maxPool(window: Window) {
    var random = Random(8)
    // Negative numbers: a zero from the padding would win.
    var x = random.tensor([2, 7, 6, 5])
    x.write { for i in 0..<2 * 7 * 6 * 5 { $0[i] -= 3 } }
    let y = MaxPool.forward(x, window: window).0
    let pad = if case .symmetric(let pad) = window.padding { pad } else { 0 }
    for (frame, row, column, c) in [(0, 0, 0, 0), (1, 2, 2, 4), (0, 1, 0, 3), (1, 0, 2, 2)] {
      var best = -Float.infinity
      for i in 0..<window.kernel.height {
        for j in 0..<window.kernel.width {
          let (r, k) = (row * window.stride - pad + i, column * window.stride - pad + j)
          guard (0..<7).contains(r), (0..<6).contains(k) else { continue }
          best = max(best, x[((frame * 7 + r) * 6 + k) * 5 + c])
        }
      }
      #expect(y[((frame * y.shape[1] + row) * y.shape[2] + column) * 5 + c] == best)
    }
  }

  @Test func workIsCountedWhereItIsAskedFor() {
    var random = Random(9)
    let x = random.tensor([2, 4, 4, 3])
    let layer = Conv2d(RandomWeights.root.conv, in: 3, out: 5, kernel: 3, padding: 1)
    let work = Work()
    let (y, record) = work.count { layer.forward(x, recording: .allGradients) }
    #expect(work.published == 2 * 16 * 27 * 5 && work.performed == work.published)
    work.count { _ = layer.backward(y, record, accumulating: Gradients()) }
    #expect(work.performed == 3 * work.published)
    _ = layer.forward(x)
    #expect(work.published == 2 * 16 * 27 * 5)
  }
}
