import C3N
import Layers
import Tensors
import Testing

@Suite("Shallow PVTv2: the whole backward pass agrees with finite differences", .serialized)
struct PVTv2GradientTests {
  @Test func parametersFromTheFirstToTheLast() throws {
    let reader = WeightReader(FormulaWeights(seed: 5))
    let network = PVTv2(reader.root.encoder_backbone, depths: [1, 1, 1, 1])
    let frames = numbers(6, [1, 64, 64, 3])
    let silent: Observer = { _, _ in }
    let seen = try network.forward(frames, recording: .allGradients, observe: silent)
    // The loss sees the class logits and every stage.
    let logitGradient = numbers(7, seen.logits!.shape, scale: 0.05)
    let stageGradients = seen.stages.enumerated().map { numbers(UInt64(8 + $0), $1.shape, scale: 0.02) }
    func loss() throws -> Double {
      let seen = try network.forward(frames, recording: .none, observe: silent)
      return zip([seen.logits!] + seen.stages, [logitGradient] + stageGradients).reduce(0) { sum, pair in
        sum + zip(pair.0.values, pair.1.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let gradients = Gradients()
    var activations: [Int] = []
    try network.backward(
      logits: logitGradient, stages: stageGradients, from: seen, accumulating: gradients, observe: silent
    ) { stage, _ in activations.append(stage) }
    #expect(activations == [4, 3, 2, 1])
    var checked = 0
    for parameter in reader.parameters {
      guard let gradient = gradients[parameter] else {
        #expect(parameter.key.contains(".head."), "\(parameter.key) has no gradient")
        continue
      }
      let interesting = [
        "patch_embed1.proj.weight", "block1.0.attn.sr.weight", "block1.0.norm1.weight",
        "block2.0.attn.q.weight",
        "block2.0.mlp.dwconv.dwconv.weight", "block3.0.attn.kv.bias", "norm3.weight",
        "block4.0.mlp.fc1.weight",
        "patch_embed4.norm.bias",
      ]
      guard interesting.contains(where: { parameter.key.hasSuffix($0) }) else { continue }
      // Along the gradient itself the difference quotient is largest against rounding.
      let norm = gradient.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let value = parameter.value
      let size = value.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let step = 3e-4 * size
      func at(_ sign: Double) throws -> Double {
        parameter.value = Tensor(
          zip(value.values, gradient.values).map { $0 + Float(sign * step / norm) * $1 }, value.shape)
        return try loss()
      }
      let quotient = (try at(1) - at(-1)) / (2 * step)
      parameter.value = value
      #expect(
        abs(quotient - norm) < 0.02 * norm, "\(parameter.key): |gradient| \(norm), quotient \(quotient)")
      checked += 1
    }
    #expect(checked == 9)
  }

  /// All 52 blocks of PVTv2-B5 and every parameter below its head at once, along random directions.
  @Test func theFullNetworkAlongRandomDirections() throws {
    let reader = WeightReader(FormulaWeights(seed: 5))
    let network = PVTv2(reader.root.encoder_backbone)
    #expect(network.blockCounts.reduce(0, +) == 52)
    let frames = numbers(6, [1, 64, 64, 3])
    let silent: Observer = { _, _ in }
    let seen = try network.forward(frames, recording: .allGradients, observe: silent)
    let logitGradient = numbers(7, seen.logits!.shape, scale: 0.05)
    let stageGradients = seen.stages.enumerated().map { numbers(UInt64(8 + $0), $1.shape, scale: 0.02) }
    func loss() throws -> Double {
      let seen = try network.forward(frames, recording: .none, observe: silent)
      return zip([seen.logits!] + seen.stages, [logitGradient] + stageGradients).reduce(0) {
        $0 + dot($1.0, $1.1)
      }
    }
    let gradients = Gradients()
    try network.backward(
      logits: logitGradient, stages: stageGradients, from: seen, accumulating: gradients, observe: silent
    ) { _, _ in }
    let trained = reader.parameters.filter { !$0.key.contains(".head.") }
    let values = trained.map(\.value)
    for trial in 0..<3 {
      // Each parameter moves in proportion to its own size, so that none drowns the others.
      var slope = 0.0
      var scale = 0.0
      let directions = zip(trained, values).enumerated().map { index, pair in
        let (parameter, value) = pair
        let size = Float((dot(value, value) / Double(value.count)).squareRoot())
        let v = numbers(UInt64(1000 * trial + index), value.shape, scale: size)
        let gradient = gradients[parameter]!
        slope += dot(gradient, v)
        scale += dot(gradient, gradient) * Double(size * size) / 3
        return v
      }
      func at(_ step: Float) throws -> Double {
        for ((parameter, value), v) in zip(zip(trained, values), directions) {
          parameter.value = Tensor(zip(value.values, v.values).map { $0 + step * $1 }, value.shape)
        }
        defer { for (parameter, value) in zip(trained, values) { parameter.value = value } }
        return try loss()
      }
      let step: Float = 1e-3
      let quotient = (try at(step) - at(-step)) / (2 * Double(step))
      #expect(
        abs(quotient - slope) < 0.02 * scale.squareRoot(),
        "gradient \(slope), difference quotient \(quotient)")
    }
  }
}

private func dot(_ a: Tensor, _ b: Tensor) -> Double {
  read(a, b) { p, q in (0..<a.count).reduce(0) { $0 + Double(p[$1]) * Double(q[$1]) } }
}
