/// What a visual backbone takes of memory, in bytes a frame of 224 x 224; measured by the tensors' pool.
public struct BackboneMemory: Sendable, Hashable {
  /// At the peak of a forward pass that saves nothing for a backward pass.
  public let forward: Int

  /// What is left of a forward pass that saves activations for the backward pass to omega, features included.
  public let saved: Int

  /// At the peak of such a pass and its backward pass.
  public let backward: Int

  /// At the peak of a training step, its own part; 0 for a backbone that is not trained.
  public let training: Int

  /// Numbers in KiB.
  init(forward: Int, saved: Int, backward: Int, training: Int = 0) {
    (self.forward, self.saved) = (forward << 10, saved << 10)
    (self.backward, self.training) = (backward << 10, training << 10)
  }
}

extension C3NModel {
  /// The parameters of a variant, those of checkpoints that have no effect left out.
  public static func parameterCount(_ variant: Variant, _ parts: Parts) -> Int {
    let audio = variant.audio
    var count = variant.visual.parameterCount
    if !variant.method.hasClasses { count -= variant.visual.classParameterCount }
    if parts.hasAudio {
      count += audio.parameterCount - (variant.method.hasClasses ? 0 : audio.classParameterCount)
    }
    if let width = parts.decoderWidth {
      count += trainedParameterCount(variant, width: width, fusesAudio: parts.fusesAudio)
    }
    return count
  }

  /// The parameters of ASPP, non-local blocks and decoder.
  public static func trainedParameterCount(_ variant: Variant, width w: Int, fusesAudio: Bool) -> Int {
    let channels = variant.visual.channels.reduce(0, +)
    // ASPP: two 1x1 and three 3x3 convolutions a stage, and the one that mixes them. TPAVI: four 3x3 convolutions.
    let pooling =
      variant.method == .c3n
      ? 29 * channels * w + 4 * (5 * w * w + 6 * w) : 36 * channels * w + 16 * w
    let align = fusesAudio ? variant.audio.embeddingWidth * w + w : 0
    let fusion = 4 * (align + 3 * (w * w / 2 + w / 2) + w / 2 * w + w + 2 * w + 2 * w)
    // Seven residual units of two 3x3 convolutions, and three convolutions to the logits.
    let head = 14 * (9 * w * w + w) + 9 * w * w / 2 + w / 2 + 9 * w / 2 * 32 + 32 + 33
    return pooling + fusion + head
  }

  /// The bytes of the kernel that ASPP collapses to at its first use; none in TPAVI.
  public static func derivedBytes(_ variant: Variant, width: Int) -> Int {
    variant.method == .c3n ? 26 * variant.visual.channels.reduce(0, +) * width * 4 : 0
  }
}
