import Layers
import Tensors
import Testing

@Suite("Backward passes agree with finite differences")
struct GradientTests {
  @Test func linear() {
    var random = Random(1)
    let layer = Linear(RandomWeights.root.linear, in: 7, out: 5)
    let x = random.tensor([2, 3, 7])
    checkGradients("linear", input: x, parameters: [layer.weight, layer.bias!]) {
      layer.forward($0).0
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1, accumulating: $1)
    }
  }

  @Test(arguments: [
    Window(kernel: 1), Window(kernel: 1, stride: 2), Window(kernel: 3, padding: .symmetric(1)),
    Window(kernel: 3, stride: 2, padding: .symmetric(1)), Window(kernel: 2, stride: 2),
    Window(kernel: 3, padding: .symmetric(6), dilation: 6), Window(kernel: 3, stride: 2, padding: .same),
    Window(kernel: 7, stride: 4, padding: .symmetric(3)),
    Window(kernel: 7, stride: 2, padding: .symmetric(3)),
  ])
  func convolution(window: Window) {
    var random = Random(2)
    let layer = Conv2d(RandomWeights.root.conv, in: 3, out: 4, window: window)
    let x = random.tensor([2, 8, 9, 3])
    checkGradients("convolution \(window)", input: x, parameters: [layer.weight, layer.bias!]) {
      layer.forward($0).0
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1, accumulating: $1)
    }
  }

  @Test(arguments: [
    Window(kernel: 3, padding: .symmetric(1)), Window(kernel: 5, stride: 2, padding: .same),
    Window(kernel: 3, stride: 2, padding: .same), Window(kernel: 3, padding: .same),
    Window(kernel: 5, padding: .same),
  ])
  func depthwise(window: Window) {
    var random = Random(3)
    let layer = DepthwiseConv2d(RandomWeights.root.depthwise, channels: 5, window: window)
    let x = random.tensor([2, 7, 6, 5])
    checkGradients("depthwise \(window)", input: x, parameters: [layer.weight, layer.bias!]) {
      layer.forward($0).0
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1, accumulating: $1)
    }
  }

  @Test func convolutionWithoutTheInputsGradient() {
    var random = Random(25)
    let layer = Conv2d(RandomWeights.root.conv, in: 3, out: 4, kernel: 7, stride: 2, padding: 3)
    let (y, record) = layer.forward(random.tensor([2, 9, 8, 3]), recording: .allGradients)
    let (whole, alone) = (Gradients(), Gradients())
    _ = layer.backward(y, record, accumulating: whole)
    layer.accumulate(y, record, into: alone)
    for parameter in [layer.weight, layer.bias!] {
      #expect(alone[parameter]!.values == whole[parameter]!.values)
    }
  }

  @Test func layerNorm() {
    var random = Random(4)
    let layer = LayerNorm(RandomWeights.root.norm, channels: 9)
    let x = random.tensor([3, 4, 9])
    checkGradients("layer norm", input: x, parameters: [layer.weight, layer.bias]) {
      layer.forward($0).0
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1!, accumulating: $1)
    }
  }

  @Test func batchNormWithFixedStatistics() {
    var random = Random(5)
    let layer = BatchNorm(RandomWeights.root.bn, channels: 6)
    checkGradients("batch norm", input: random.tensor([2, 3, 6])) {
      layer.forward($0)
    } backward: { dy, _ in
      layer.backward(dy)
    }
  }

  @Test(arguments: BatchNorm.Mode.allCases)
  func batchNormInEitherMode(mode: BatchNorm.Mode) {
    var random = Random(23)
    let layer = BatchNorm(RandomWeights.root.bn, channels: 6, epsilon: 1e-3, momentum: 0.01)
    let x = random.tensor([2, 5, 6], scale: 2)
    checkGradients("batch norm, \(mode) mode", input: x, parameters: [layer.weight, layer.bias]) {
      layer.forward($0, mode: mode, recording: .none).0
    } backward: {
      layer.backward($0, layer.forward(x, mode: mode, recording: .allGradients).1, accumulating: $1)
    }
    // Class-activated weights need no gradient of gamma, and keep nothing for it.
    let (_, record) = layer.forward(x, mode: mode, recording: .inputGradients)
    let gradients = Gradients()
    _ = layer.backward(x, record, accumulating: mode == .evaluation ? gradients : nil)
    #expect(gradients[layer.weight] == nil)
  }

  @Test func batchNormsTakeInABatchByTheirMomentum() {
    let layer = BatchNorm(RandomWeights.root.bn, channels: 1, momentum: 0.01)
    let (mean, variance) = (layer.mean.value[0], layer.variance.value[0])
    let x = Tensor([1, 2, 6], [3, 1])
    _ = layer.forward(x, mode: .evaluation, recording: .none)
    #expect(layer.mean.value[0] == mean && layer.variance.value[0] == variance)
    _ = layer.forward(x, mode: .training, recording: .none)
    // The batch's mean is 3, its unbiased variance 7.
    #expect(abs(layer.mean.value[0] - (0.99 * mean + 0.03)) < 1e-6)
    #expect(abs(layer.variance.value[0] - (0.99 * variance + 0.07)) < 1e-6)
    #expect(layer.batches.value[0] == 1)
  }

  @Test func maxPool() {
    // Values far enough apart that a step does not change which is the largest.
    var random = Random(24)
    let x = Tensor(
      (0..<2 * 7 * 6 * 3).map { Float($0 * 37 % 251) / 8 + 0.01 * random.next() }, [2, 7, 6, 3])
    let window = Window(kernel: 3, stride: 2, padding: .symmetric(1))
    checkGradients("max pooling", input: x, tolerance: 6e-3) {
      MaxPool.forward($0, window: window).0
    } backward: { dy, _ in
      MaxPool.backward(dy, MaxPool.forward(x, window: window, recording: .inputGradients).1!)
    }
  }

  @Test func batchNormWithTheBatchsStatistics() {
    var random = Random(21)
    let layer = BatchNorm(RandomWeights.root.bn, channels: 6)
    let x = random.tensor([2, 5, 6], scale: 2)
    checkGradients("batch norm of a batch", input: x, parameters: [layer.weight, layer.bias]) {
      layer.batchForward($0).0
    } backward: {
      layer.backward($0, layer.batchForward(x).1, accumulating: $1)
    }
  }

  @Test func halving() {
    var random = Random(22)
    let x = random.tensor([2, 5, 4, 3])
    checkGradients("halving", input: x) {
      AveragePool.halving($0)
    } backward: { dy, _ in
      AveragePool.halvingBackward(dy, x.shape)
    }
  }

  @Test func gelu() {
    var random = Random(6)
    let x = random.tensor([50], scale: 3)
    checkGradients("GELU", input: x) {
      GELU.forward($0)
    } backward: { dy, _ in
      GELU.backward(dy, input: x)
    }
  }

  @Test func rectifiers() {
    // Kinks have no derivative: the inputs keep more than a step away from 0 and 6.
    let x = Tensor([-4, -1, -0.5, 0.5, 1, 3, 5, 5.5, 6.5, 8], [10])
    checkGradients("ReLU", input: x) {
      ReLU.forward($0)
    } backward: { dy, _ in
      ReLU.backward(dy, input: x)
    }
    checkGradients("ReLU6", input: x) {
      ReLU6.forward($0)
    } backward: { dy, _ in
      ReLU6.backward(dy, input: x)
    }
  }

  @Test func sigmoid() {
    var random = Random(7)
    let x = random.tensor([20], scale: 4)
    checkGradients("sigmoid", input: x) {
      Sigmoid.forward($0)
    } backward: { dy, _ in
      Sigmoid.backward(dy, output: Sigmoid.forward(x))
    }
  }

  @Test func attention() {
    var random = Random(8)
    let layer = MultiHeadAttention(heads: 2)
    let (q, kv) = (random.tensor([2, 6, 8]), random.tensor([2, 5, 16]))
    func gradients(_ dy: Tensor) -> (queries: Tensor, keysValues: Tensor) {
      layer.backward(dy, layer.forward(q, kv, recording: .inputGradients).1!)
    }
    checkGradients("attention, queries", input: q) {
      layer.forward($0, kv).0
    } backward: { dy, _ in
      gradients(dy).queries
    }
    checkGradients("attention, keys and values", input: kv) {
      layer.forward(q, $0).0
    } backward: { dy, _ in
      gradients(dy).keysValues
    }
  }

  @Test(arguments: [true, false])
  func upsample(alignCorners: Bool) {
    var random = Random(9)
    let layer = BilinearUpsample(factor: 2, alignCorners: alignCorners)
    checkGradients("upsample", input: random.tensor([2, 3, 4, 5])) {
      layer.forward($0)
    } backward: { dy, _ in
      layer.backward(dy)
    }
  }

  @Test func globalAverage() {
    var random = Random(10)
    let x = random.tensor([2, 3, 4, 5])
    checkGradients("global average", input: x) {
      AveragePool.global($0)
    } backward: { dy, _ in
      AveragePool.globalBackward(dy, x.shape)
    }
  }
}
