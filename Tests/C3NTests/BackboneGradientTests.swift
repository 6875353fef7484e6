import C3N
import Checkpoints
import Layers
import Tensors
import Testing

/// A small backbone with batch norms, the sizes of `make_backbone_gradients.py`.
enum SmallBackbone: String, CaseIterable, Sendable {
  case lite, resnet

  var root: String { self == .lite ? "encoder_backbone" : "resnet" }

  func made(from reader: WeightReader) -> any VisualBackbone {
    let weights = reader.root[root]
    guard self == .lite else { return ResNet(weights, depths: [2, 2, 1, 1], width: 8) }
    typealias Group = EfficientNetLite.Group
    return EfficientNetLite(
      weights, stem: 8,
      groups: [
        Group(1, kernel: 3, stride: 1, expansion: 1, output: 8),
        Group(2, kernel: 3, stride: 2, expansion: 6, output: 8),
        Group(2, kernel: 5, stride: 2, expansion: 6, output: 16),
        Group(1, kernel: 3, stride: 2, expansion: 6, output: 16),
        Group(2, kernel: 5, stride: 1, expansion: 6, output: 24),
        Group(2, kernel: 5, stride: 2, expansion: 6, output: 24),
        Group(1, kernel: 3, stride: 1, expansion: 6, output: 32),
      ], head: 64)
  }

  /// Whether the loss reaches a parameter: all but the class head.
  func isTrained(_ key: String) -> Bool { !key.contains("._fc.") }
}

private func silent(_ milestone: Milestone, _ tensor: Tensor) {}

private func product(_ a: Tensor, _ b: Tensor) -> Double {
  read(a, b) { p, q in (0..<a.count).reduce(0) { $0 + Double(p[$1]) * Double(q[$1]) } }
}

@Suite("Backbones with batch norms: gradients", .serialized)
struct BackboneGradientTests {
  /// Every kind of parameter, the running statistics and the class-activated weights, against PyTorch.
  @Test(arguments: SmallBackbone.allCases, BatchNorm.Mode.allCases)
  func equalPyTorchs(backbone: SmallBackbone, mode: BatchNorm.Mode) throws {
    let reference = try Checkpoint.open(Fixtures.path("backbone_gradients.safetensors"))
    let reader = WeightReader(FormulaWeights(seed: 6))
    let network = backbone.made(from: reader)
    let parameters = Dictionary(uniqueKeysWithValues: reader.parameters.map { ($0.key, $0) })
    let buffers = Dictionary(uniqueKeysWithValues: reader.buffers.map { ($0.key, $0) })
    func cotangent(_ name: String) throws -> Tensor {
      try reference.tensor("\(backbone.rawValue).cotangent.\(name)")
    }
    let seen = try network.forward(
      try reference.tensor("frames"), recording: .allGradients, depth: nil, batchNorm: mode, observe: silent)
    #expect(seen.stages.map(\.shape.last) == network.channels)
    let omegas = seen.logits == nil ? [] : try network.classActivatedWeights(seen, labels: [3, 700])
    let gradients = Gradients()
    var activations: [Int: Tensor] = [:]
    try network.backward(
      logits: seen.logits == nil ? nil : try cotangent("logits"),
      stages: try (1...4).map { try cotangent("\($0)") }, from: seen, accumulating: gradients,
      observe: silent
    ) { activations[$0] = AveragePool.global($1) }

    let prefix = "\(backbone.rawValue).\(mode.rawValue)."
    var compared = 0
    for name in reference.names where name.hasPrefix(prefix) {
      let (kind, key) = { ($0[0], $0.count > 1 ? $0[1] : "") }(
        name.dropFirst(prefix.count).split(separator: ".", maxSplits: 1).map(String.init))
      let value: Tensor
      switch kind {
      case "stage": value = seen.stages[Int(key)! - 1]
      case "logits": value = seen.logits!
      case "omega": value = omegas[Int(key)! - 1]
      case "gradient": value = try #require(activations[Int(key)!])
      case "stat": value = try #require(buffers["\(backbone.root).\(key)"]).value
      default:
        let parameter = try #require(parameters["\(backbone.root).\(key)"])
        value = parameter.order.toCheckpoint(try #require(gradients[parameter], "\(key)"))
      }
      let expected = try reference.tensor(name)
      let scale = expected.values.map(abs).max()!
      let error = zip(value.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(value.count == expected.count && error <= 2e-4 * scale, "\(name): \(error) of \(scale)")
      compared += 1
    }
    let statistics = mode == .evaluation ? 0 : backbone == .lite ? 62 : 38
    #expect(compared == (backbone == .lite ? 29 : 19) + statistics)
    if mode == .evaluation {
      for buffer in reader.buffers {
        let before = FormulaWeights(seed: 6).tensor(buffer.key, shape: buffer.value.shape).values
        #expect(buffer.isCounter || buffer.value.values == before, "\(buffer.key)")
      }
    }
  }

  /// All parameters at once along random directions, each in proportion to its own size.
  @Test(arguments: SmallBackbone.allCases, BatchNorm.Mode.allCases)
  func agreeWithFiniteDifferences(backbone: SmallBackbone, mode: BatchNorm.Mode) throws {
    let reader = WeightReader(FormulaWeights(seed: 6))
    let network = backbone.made(from: reader)
    let frames = numbers(6, [3, 64, 96, 3])
    func features(_ recording: Recording) throws -> VisualFeatures {
      try network.forward(frames, recording: recording, depth: nil, batchNorm: mode, observe: silent)
    }
    let seen = try features(.allGradients)
    let cotangents = seen.stages.enumerated().map { numbers(UInt64(8 + $0), $1.shape, scale: 0.02) }
    let logits = seen.logits.map { numbers(7, $0.shape, scale: 0.05) }
    func loss() throws -> Double {
      // Running statistics move in training mode, which nothing here depends on.
      let seen = try features(.none)
      return zip(seen.stages, cotangents).reduce(logits.map { product($0, seen.logits!) } ?? 0) {
        $0 + product($1.0, $1.1)
      }
    }
    let gradients = Gradients()
    try network.backward(
      logits: logits, stages: cotangents, from: seen, accumulating: gradients, observe: silent
    ) { _, _ in }
    for parameter in reader.parameters {
      #expect((gradients[parameter] != nil) == backbone.isTrained(parameter.key), "\(parameter.key)")
    }
    let trained = reader.parameters.filter { backbone.isTrained($0.key) }
    let values = trained.map(\.value)
    for trial in 0..<3 {
      var (slope, scale) = (0.0, 0.0)
      let directions = zip(trained, values).enumerated().map { index, pair in
        let size = Float((product(pair.1, pair.1) / Double(pair.1.count)).squareRoot())
        let v = numbers(UInt64(1000 * trial + index), pair.1.shape, scale: size)
        let gradient = gradients[pair.0]!
        slope += product(gradient, v)
        scale += product(gradient, gradient) * Double(size * size) / 3
        return v
      }
      func at(_ step: Float) throws -> Double {
        for ((parameter, value), v) in zip(zip(trained, values), directions) {
          parameter.value = Tensor(zip(value.values, v.values).map { $0 + step * $1 }, value.shape)
        }
        defer { for (parameter, value) in zip(trained, values) { parameter.value = value } }
        return try loss()
      }
      // Small against the ReLUs' kinks, large against rounding. In training mode every kink moves the statistics of its
      // channel, so that the quotient is rougher; PyTorch's numbers hold that mode tighter.
      let step: Float = 3e-5
      let tolerance = mode == .training ? 0.08 : 0.02
      let quotient = (try at(step) - at(-step)) / (2 * Double(step))
      #expect(
        abs(quotient - slope) < tolerance * scale.squareRoot(),
        "gradient \(slope), difference quotient \(quotient), size \(scale.squareRoot())")
    }
  }

  /// Without the parameters' gradients the backward pass ends at A_1, and gives the same.
  @Test(arguments: SmallBackbone.allCases)
  func endsAtTheFirstStageWithoutParameters(backbone: SmallBackbone) throws {
    let network = backbone.made(from: WeightReader(FormulaWeights(seed: 6)))
    let frames = numbers(6, [1, 64, 64, 3])
    var found: [[Int: Tensor]] = []
    for recording in [Recording.inputGradients, .allGradients] {
      let seen = try network.forward(frames, recording: recording, observe: silent)
      #expect(try network.forward(frames, recording: .none, observe: silent).hasRecord == false)
      // The last stage alone has a gradient, and none of the others has any of its own.
      let stages = [nil, nil, nil, numbers(9, seen.stages[3].shape)]
      var activations: [Int: Tensor] = [:]
      try network.backward(
        logits: nil, stages: stages, from: seen,
        accumulating: recording == .allGradients ? Gradients() : nil, observe: silent
      ) { activations[$0] = $1 }
      found.append(activations)
    }
    #expect(found[0].keys.sorted() == [1, 2, 3, 4])
    for stage in 1...4 { #expect(found[0][stage]!.values == found[1][stage]!.values) }
  }
}
