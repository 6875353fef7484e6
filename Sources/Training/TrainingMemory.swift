import C3N

/// The memory that a training takes at its peak, told before it begins: activations grow with the frames of the longest
/// clip, all of which pass together.
///
/// Sums of what parts were measured to take; `c3n bench --training` measures a step.
public struct TrainingMemory: Hashable, Sendable {
  /// The frames that pass together, and those of them whose ground truth enters the loss.
  public let frames, annotated: Int

  /// Weights, and the trained ones' gradients and Adam's two means.
  public let model: Int

  /// The activations of a micro-batch.
  public let activations: Int

  /// All of it and the program, in bytes.
  public var total: Int { (56 << 20) + model + activations }

  /// The memory of a training whose longest clip has so many frames.
  public init(_ configuration: TrainingConfiguration, longestClip: Int) {
    let variant = configuration.variant
    let width = configuration.width
    let clipFrames = min(longestClip, configuration.secondsPerClip ?? longestClip)
    let scored = configuration.firstFrameOnly ? 1 : min(clipFrames, configuration.framesPerClip ?? clipFrames)
    frames = clipFrames * configuration.microBatch
    annotated = scored * configuration.microBatch
    let parts = C3NModel.Parts(decoderWidth: width, hasAudio: true, fusesAudio: true)
    var trained = C3NModel.trainedParameterCount(variant, width: width, fusesAudio: true)
    if !configuration.freezesBackbone { trained += variant.visual.trainedParameterCount }
    model = 4 * C3NModel.parameterCount(variant, parts) + 12 * trained
    let backbone = variant.visual.memory
    let isFrozen = configuration.freezesBackbone
    // ASPP and non-local blocks see all frames, the decoder those with a ground truth.
    let frame = (isFrozen ? backbone.backward : backbone.training) + width * (195 << 10)
    activations = frames * frame + annotated * (30 << 20 + width * (90 << 10))
  }

  /// Such as `2.8 GiB: model, gradients and Adam 1.8 GiB, 5 frames together 1.0 GiB`.
  public func description(_ text: (Int) -> String) -> String {
    "\(text(total)): model, gradients and Adam \(text(model)), \(frames) frames together \(text(activations))"
  }
}
