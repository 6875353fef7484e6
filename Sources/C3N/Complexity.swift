import Layers
import Media
import Tensors

/// What a model costs: parameters, and multiply-accumulates of one clip, counted while the clip is computed.
public struct Complexity: Sendable {
  /// What a part of the model costs.
  public struct Cost: Sendable {
    /// Parameters that the computation uses.
    public var parameters = 0

    /// Parameters that checkpoints have and that no result depends on.
    public var idleParameters = 0

    /// Multiply-accumulates of convolutions and linear layers, forward, as published (Table IV's convention).
    public var published = 0

    /// Multiply-accumulates that this program does, attention and the way back to omega included.
    public var performed = 0

    static func + (left: Cost, right: Cost) -> Cost {
      Cost(
        parameters: left.parameters + right.parameters,
        idleParameters: left.idleParameters + right.idleParameters,
        published: left.published + right.published, performed: left.performed + right.performed)
    }
  }

  /// The variant.
  public let variant: Variant

  /// The frames, and seconds of sound, of the clip.
  public let frames: Int

  /// What each part costs, those that cost nothing left out.
  public let parts: [(part: Milestone.Part, cost: Cost)]

  /// The sum of all parts.
  public let total: Cost

  /// The parameters by Table IV's convention: of layers that the published program calls. The decoder's unit without a
  /// partner is never called; VGGish's attention over time is, though nothing depends on it; PCA is no layer.
  public let publishedParameters: Int

  /// By the same convention, what only makes class scores, for C3IM: Table IV's baseline is without it.
  public let ofClasses: (parameters: Int, published: Int)

  /// Operations of batch norms and interpolation; see `Work.elementwise`.
  public let elementwise: Int

  /// Computes a clip of black frames and silence and counts. Takes as long as any clip.
  public init(_ model: C3NModel, frames: Int) throws {
    let work = Work()
    var costs: [Milestone.Part: Cost] = [:]
    var (published, performed) = (0, 0)
    let observe: Observer = { milestone, _ in
      costs[milestone.part, default: Cost()].published += work.published - published
      costs[milestone.part, default: Cost()].performed += work.performed - performed
      (published, performed) = (work.published, work.performed)
    }
    try work.count {
      let switches = Switches()
      let heard = try model.hear(Tensor(zeros: [frames, Waveform.sampleRate]), observe: observe)
      let seen = try model.see(Tensor(zeros: [frames, 224, 224, 3]), observe: observe)
      let agreements = model.agree(
        audio: heard.flatMap { model.audioConfidences($0, switches) }, visual: model.visualConfidences(seen),
        switches)
      let omegas = try agreements.map {
        try model.weigh(seen, labels: $0.map(\.visualLabel), observe: observe)
      }
      let attended = try model.attend(seen, omegas: omegas, observe: observe)
      _ = try model.segment(attended, embedding: heard?.embedding, switches, observe: observe)
    }
    var withoutLayer = 0
    var classes = (parameters: 0, weights: 0)
    let called = model.audio?.idleParameterCount ?? 0
    for parameter in model.parameters {
      let part = model.variant.part(ofKey: parameter.key)
      costs[part, default: Cost()].parameters += parameter.value.count
      if parameter.key.hasPrefix("pproc.") {
        withoutLayer += parameter.value.count
      } else if model.variant.isForClasses(parameter.key) {
        classes.parameters += parameter.value.count
        // A classifier's weight is one multiply-accumulate a frame.
        if parameter.value.shape.rank > 1 { classes.weights += parameter.value.count }
      }
    }
    if called > 0 { costs[.audio, default: Cost()].idleParameters = called }
    if let segmentation = model.segmentation {
      costs[.decoder, default: Cost()].idleParameters = segmentation.head.idleParameterCount
    }
    elementwise = work.elementwise
    variant = model.variant
    self.frames = frames
    parts = Milestone.Part.allCases.compactMap { part in costs[part].map { (part, $0) } }
    total = costs.values.reduce(Cost(), +)
    publishedParameters = total.parameters + called - withoutLayer
    // Of the attention that has no effect, all but the biases, which are as many as its outputs.
    let calledWeights = called - Int(Double(called).squareRoot())
    ofClasses = (classes.parameters + called, frames * (classes.weights + calledWeights))
  }
}
