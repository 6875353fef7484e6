import C3N
import Checkpoints
import Foundation
import Layers
import Tensors
import Testing
import Training

/// A shallow, narrow C3N: PVTv2 of 8/16/24/32 channels, fusion and decoder of width 16, 5 numbers of sound.
func smallModel(seed: UInt64 = 4) throws -> C3NModel {
  let formula = FormulaWeights(seed: seed)
  let reader = WeightReader(formula)
  let visual = PVTv2(
    reader.root.encoder_backbone, depths: [1, 2, 1, 1], channels: [8, 16, 24, 32], heads: [1, 2, 3, 4])
  let segmentation = C3NModel.Segmentation(reader.root, visual: visual.channels, audio: 5, width: 16)
  return C3NModel(
    .pvtv2PANNs, visual: visual, audio: LiteAudio(reader.root.audio_backbone), segmentation: segmentation,
    reader,
    similarity: try SimilarityMatrix(
      formula.tensor("similarity_matrix", shape: [1000, 527]), source: "formula"), origin: "formula")
}

@Suite("A training step computes what PyTorch computes", .serialized)
struct StepAgainstPyTorchTests {
  @Test(arguments: ["a", "b"])
  func step(_ name: String) throws {
    let reference = try Checkpoint.open(Fixtures.path("training_step.safetensors"))
    let model = try smallModel()
    // [6, 3, 64 64] -> [6, 64 64, 3]
    let frames = try reference.tensor("frames").swappingInnerAxes(outer: 6, rows: 3, columns: 64 * 64)
      .reshaped([6, 64, 64, 3])
    let truth = try reference.tensor("truth")
    let isFirst = name == "a"
    var switches = Switches()
    if !isFirst {
      switches.consensus = .none
      switches.audioFeatures = false
    }
    let annotated = isFirst ? [0, 3] : Array(0..<6)
    let input = TrainingPass.Input(
      clips: [0..<3, 3..<6], embedding: try reference.tensor("embedding"),
      confidences: try reference.tensor("confidences"), annotated: annotated,
      truth: .concatenate(annotated.map { truth.slice($0..<$0 + 1) }))
    let factors = try reference.tensor("depth").values
    let depth = StochasticDepth(
      blocks: (0..<5).map { block in
        let start = block * 12
        return (Array(factors[start..<start + 6]), Array(factors[start + 6..<start + 12]))
      })
    var loss = SegmentationLoss()
    let gradients = Gradients()
    try TrainingPass(model, switches).run(
      frames: frames, depth: isFirst ? depth : nil, batchNorm: .evaluation, input, &loss,
      ofBatch: annotated.count, into: gradients)

    let expected = try reference.tensor("\(name).loss").values
    #expect(abs(Float(loss.entropy) - expected[0]) < 2e-5)
    #expect(abs(Float(loss.dice) - expected[1]) < 2e-5)
    var optimizer = Adam(model.parameters)
    optimizer.update(gradients, rate: 0.01)
    let parameters = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.key, $0) })
    let buffers = Dictionary(uniqueKeysWithValues: model.buffers.map { ($0.key, $0) })
    var compared = 0
    for key in reference.names where key.hasPrefix("\(name).") {
      let parts = key.split(separator: ".", maxSplits: 2).map(String.init)
      guard parts.count == 3 else { continue }
      let parameter = parameters[parts[2]]
      let value: Tensor
      switch parts[1] {
      case "grad": value = parameter!.order.toCheckpoint(try #require(gradients[parameter!], "\(key)"))
      case "adam": value = parameter!.value
      default: value = buffers[parts[2]]!.value
      }
      let expected = try reference.tensor(key)
      let scale = expected.values.map(abs).max()!
      let error = zip(value.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
      // Adam's first step is the sign of the gradient: it magnifies the rounding of entries near zero.
      let tolerance: Float = parts[1] == "adam" ? 1e-2 : 2e-4
      #expect(value.count == expected.count && error <= tolerance * scale, "\(key): \(error) of \(scale)")
      compared += 1
    }
    #expect(compared == (isFirst ? 26 : 25) + 8 + 2)
  }

  @Test func soundGetsNoGradientAndFrozenPartsNone() throws {
    let model = try smallModel()
    let input = TrainingPass.Input(
      clips: [0..<2], embedding: Tensor(repeating: 0.5, [2, 5]),
      confidences: Tensor(repeating: 1 / 527, [2, 527]), annotated: [0],
      truth: Tensor(zeros: [1, 64, 64]))
    var loss = SegmentationLoss()
    let gradients = Gradients()
    let frames = FormulaWeights(seed: 9).tensor("frames.relative_position_bias_table", shape: [2, 64, 64, 3])
    try TrainingPass(model, Switches()).run(
      frames: frames, depth: nil, batchNorm: .evaluation, input, &loss, ofBatch: 1, into: gradients)
    for parameter in model.parameters {
      let isFrozen =
        parameter.key.hasPrefix("audio_backbone.") || parameter.key.hasPrefix("encoder_backbone.head.")
      #expect((gradients[parameter] == nil) == isFrozen, "\(parameter.key)")
    }
  }

  /// TPAVI on a small ResNet: every parameter of the backbone is trained, in either mode of its batch norms.
  @Test(arguments: BatchNorm.Mode.allCases)
  func aResNetIsTrained(mode: BatchNorm.Mode) throws {
    let formula = FormulaWeights(seed: 4)
    let reader = WeightReader(formula)
    let visual = ResNet(reader.root.resnet, depths: [1, 2, 1, 1], width: 4)
    let segmentation = C3NModel.Segmentation(
      reader.root, visual: visual.channels, audio: 5, width: 16, method: .tpavi)
    let model = C3NModel(
      .tpaviResNet50VGGish, visual: visual, audio: nil, segmentation: segmentation, reader,
      similarity: try SimilarityMatrix(
        formula.tensor("similarity_matrix", shape: [1000, 527]), source: "formula"), origin: "formula")
    let input = TrainingPass.Input(
      clips: [0..<2], embedding: nil, confidences: nil, annotated: [0, 1], truth: Tensor(zeros: [2, 64, 64]))
    let frames = formula.tensor("frames.relative_position_bias_table", shape: [2, 64, 64, 3])
    let statistics = model.buffers.filter { $0.key.hasPrefix("resnet.") }.map(\.value.values)
    var loss = SegmentationLoss()
    let gradients = Gradients()
    try TrainingPass(model, Switches()).run(
      frames: frames, depth: nil, batchNorm: mode, input, &loss, ofBatch: 2, into: gradients)
    for parameter in model.parameters where parameter.key.hasPrefix("resnet.") {
      let gradient = try #require(gradients[parameter], "\(parameter.key)")
      #expect(gradient.isFinite && gradient.values.contains { $0 != 0 }, "\(parameter.key)")
    }
    let moved = model.buffers.filter { $0.key.hasPrefix("resnet.") }.map(\.value.values)
    #expect((statistics == moved) == (mode == .evaluation))
  }
}
