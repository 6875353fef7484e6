import C3N
import Inference
import Layers
import Media
import Tensors
import Training

/// One training step of one clip of noise: forward with record, loss, way back, optimizer.
///
/// The audio encoder is frozen and hears a clip once in a whole training, so that it has no part in a step.
final class TrainingBench {
  /// Such as `one training step of pvtv2-panns, 5 of 5 frames annotated`.
  let title: String

  private let model: C3NModel
  private let pass: TrainingPass
  private let input: TrainingPass.Input
  private let frames: Tensor
  private let isFrozen: Bool
  private var optimizer: Adam

  /// A step with weights by formula, or of `lite` with its shipped encoders.
  init(
    _ assets: EmbeddedAssets, _ variant: Variant, _ recipe: TrainingConfiguration.Recipe, frames count: Int
  ) throws {
    let configuration = TrainingConfiguration(recipe, variant: variant)
    model = try assets.beginTraining(
      ModelSpecification(variant: variant, weights: variant == .lite ? [] : ["formula:1"]), variant: variant,
      width: configuration.width, seed: configuration.seed)
    pass = try TrainingPass(model, configuration.switches)
    isFrozen = configuration.freezesBackbone
    optimizer = Adam(Trainer.trained(model, configuration))
    frames = .noise([count, 224, 224, 3], scale: 2)
    let heard = try model.hear(.noise([count, 16_000], scale: 0.1))
    let annotated = configuration.firstFrameOnly ? [0] : Array(0..<count)
    // The masks are a disc in the middle.
    let truth = Tensor([annotated.count, 224, 224]) { values in
      for i in 0..<annotated.count * 224 * 224 {
        let (x, y) = (i % 224 - 112, i / 224 % 224 - 112)
        values[i] = x * x + y * y < 3600 ? 1 : 0
      }
    }
    input = TrainingPass.Input(
      clips: [0..<count], embedding: heard?.embedding,
      confidences: heard.flatMap { [model] in model.audioConfidences($0, Switches()) }, annotated: annotated,
      truth: truth)
    title =
      "one training step of \(variant), \(annotated.count) of \(count) frames annotated"
      + (isFrozen ? ", frozen backbone" : "")
  }

  func run() throws -> PartTimes {
    try PartTimes(measuring: { charge in
      func finish(_ part: TrainingPass.Part) { charge(part.rawValue) }
      let gradients = Gradients()
      var loss = SegmentationLoss()
      let count = input.annotated.count
      if isFrozen {
        let seen = try model.see(frames)
        finish(.backbone)
        let agreements = model.agree(
          audio: input.confidences, visual: model.visualConfidences(seen), Switches())
        let omegas = try agreements.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
        let attended = try model.attend(seen, omegas: omegas)
        finish(.omega)
        try pass.run(
          attended: attended, input, &loss, ofBatch: count, into: gradients, finish: finish)
      } else {
        try pass.run(
          frames: frames, depth: nil, batchNorm: .training, input, &loss, ofBatch: count, into: gradients,
          finish: finish)
      }
      precondition(optimizer.parameters.allSatisfy { gradients[$0]?.isFinite != false }, "no finite gradient")
      optimizer.update(gradients, rate: 1e-4)
      charge("optimizer")
    })
  }
}
