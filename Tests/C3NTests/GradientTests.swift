import C3N
import Layers
import Tensors
import Testing

/// Holds gradients against central differences along random directions, of the input and of each parameter.
private func checkGradients(
  _ reader: WeightReader, input: Tensor, step: Float = 2e-3, tolerance: Double = 6e-3,
  forward: (Tensor) throws -> Tensor, backward: (Tensor, Gradients) throws -> Tensor
) throws {
  let cotangent = numbers(99, try forward(input).shape)
  func loss(_ x: Tensor) throws -> Double {
    zip(try forward(x).values, cotangent.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  func moved(_ x: Tensor, _ v: Tensor, _ by: Float) -> Tensor {
    Tensor(zip(x.values, v.values).map { $0 + by * $1 }, x.shape)
  }
  let gradients = Gradients()
  let dx = try backward(cotangent, gradients)
  let scale = dot(dx, dx).squareRoot()
  for trial in 0..<3 {
    let v = numbers(UInt64(200 + trial), input.shape)
    let quotient = (try loss(moved(input, v, step)) - loss(moved(input, v, -step))) / (2 * Double(step))
    #expect(abs(quotient - dot(dx, v)) <= tolerance * max(scale, abs(quotient)), "input, trial \(trial)")
  }
  for parameter in reader.parameters {
    guard let gradient = gradients[parameter] else {
      Issue.record("no gradient of \(parameter.key)")
      continue
    }
    let v = numbers(UInt64(parameter.key.utf8.count), parameter.value.shape)
    let value = parameter.value
    parameter.value = moved(value, v, step)
    let plus = try loss(input)
    parameter.value = moved(value, v, -step)
    let minus = try loss(input)
    parameter.value = value
    let quotient = (plus - minus) / (2 * Double(step))
    // The bias before a batch norm has no effect: its gradient is rounding alone.
    let size = max(dot(gradient, gradient).squareRoot(), 0.2)
    #expect(
      abs(quotient - dot(gradient, v)) <= tolerance * max(size, abs(quotient)),
      "\(parameter.key): gradient \(dot(gradient, v)), quotient \(quotient)")
  }
}

@Suite("After the backbone: backward passes agree with finite differences")
struct GradientTests {
  @Test func aspp() throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let layer = ASPP(reader.root.conv1, in: 5, width: 4)
    let x = numbers(1, [2, 8, 9, 5])
    try checkGradients(reader, input: x) {
      layer.forward($0)
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1, accumulating: $1)
    }
  }

  @Test func dilatedSum() throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let layer = DilatedSum(reader.root.conv1, in: 5, width: 4)
    let x = numbers(1, [2, 8, 9, 5])
    try checkGradients(reader, input: x) {
      layer.forward($0)
    } backward: {
      layer.backward($0, layer.forward(x, recording: .allGradients).1, accumulating: $1)
    }
  }

  @Test(arguments: [true, false])
  func nonLocal(listens: Bool) throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let block = NonLocalFusion(reader.root.tpavi_1, audio: listens ? 5 : nil, width: 8)
    let (x, audio) = (numbers(1, [5, 3, 4, 8]), listens ? numbers(2, [5, 5]) : nil)
    // Clips of three and of two frames.
    let clips = [0..<3, 3..<5]
    try checkGradients(reader, input: x) {
      block.batchForward($0, audio: audio, clips: clips).0
    } backward: {
      block.backward($0, block.batchForward(x, audio: audio, clips: clips).1, accumulating: $1)
    }
  }

  @Test func trainingAndInferenceAgreeOnceTheStatisticsHaveSettled() {
    let block = NonLocalFusion(formulaRoot(seed: 3)["b"], audio: 5, width: 8)
    let (x, audio) = (numbers(1, [40, 6, 6, 8]), numbers(2, [40, 5]))
    var trained = x
    for _ in 0..<200 { trained = block.batchForward(x, audio: audio, clips: [0..<40]).0 }
    // What is left is the difference of biased and unbiased variance, 1/1440.
    #expect(largestDifference(trained, block.forward(x, audio: audio)) < 2e-3)
  }

  @Test func decoder() throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let head = SegmentationHead(reader.root, width: 8)
    let others = (1...3).map { numbers(UInt64($0), [2, 8 >> $0, 8 >> $0, 8]) }
    // ReLU's kinks make large steps wrong and small ones noisy.
    let x = numbers(7, [2, 8, 8, 8])
    try checkGradients(reader, input: x, step: 6e-5, tolerance: 3e-2) {
      try head.forward([$0] + others, recording: .none).0
    } backward: {
      head.backward(
        $0, try head.forward([x] + others, recording: .allGradients).1, accumulating: $1)[0]
    }
    let record = try head.forward([x] + others, recording: .allGradients).1
    let gradients = head.backward(numbers(9, [2, 32, 32]), record)
    #expect(gradients.map(\.shape) == ([x] + others).map(\.shape))
  }

  @Test func attentionWithAConstantOmega() throws {
    let (v, omega) = (numbers(1, [2, 3, 4, 6], scale: 2), numbers(2, [2, 6]))
    try checkGradients(WeightReader(FormulaWeights(seed: 1)), input: v) {
      ConsensusAttention.forward($0, omega: omega)
    } backward: { dy, _ in
      ConsensusAttention.backward(dy, v, omega: omega)
    }
  }

  @Test func liteAudio() throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let network = LiteAudio(reader.root.audio_backbone)
    var known = Tensor(zeros: [527])
    known.write { for c in [3, 74, 500] { $0[c] = 1 } }
    network.trainedClasses.value = known
    let x = numbers(1, [3, 32, 64], scale: 20)
    let (logits, _) = network.batchForward(x)
    #expect(logits[0] == LiteAudio.masked && logits[3] != LiteAudio.masked)
    // One direction of all parameters together: along the gradient the quotient is its norm.
    let cotangent = numbers(5, [3, 527])
    func loss() -> Double {
      let values = network.batchForward(x).0.values
      return values.indices.filter { [3, 74, 500].contains($0 % 527) }
        .reduce(0) { $0 + Double(values[$1]) * Double(cotangent[$1]) }
    }
    let gradients = Gradients()
    network.backward(cotangent, network.batchForward(x).1, accumulating: gradients)
    for key in [
      "fc_audioset.weight", "fc1.weight", "conv_block4.conv.weight", "conv_block1.bn.weight", "bn0.bias",
    ] {
      let parameter = reader.parameters.first { $0.key.hasSuffix(key) }!
      let gradient = try #require(gradients[parameter])
      let norm = gradient.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let value = parameter.value
      let size = value.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let step = 1e-3 * size
      func at(_ sign: Double) -> Double {
        parameter.value = Tensor(
          zip(value.values, gradient.values).map { $0 + Float(sign * step / norm) * $1 }, value.shape)
        return loss()
      }
      let quotient = (at(1) - at(-1)) / (2 * step)
      parameter.value = value
      #expect(abs(quotient - norm) < 0.03 * norm, "\(key): |gradient| \(norm), quotient \(quotient)")
    }
  }
}
