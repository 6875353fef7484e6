import Checkpoints
import Layers
import Tensors

/// A model's tensors from one or more checkpoints, each mounted below a path of the model's namespace.
///
/// A segmentation checkpoint is mounted at the root; an audio encoder's own file has no `audio_backbone.` before
/// its keys and is mounted there. Where two files have a key, the first counts.
public struct CheckpointWeights: WeightSource {
  /// A checkpoint and the path that its keys are below.
  public struct Mount: Sendable {
    let prefix: String
    let checkpoint: Checkpoint

    /// Mounts a checkpoint; `prefix` ends with a dot unless it is empty.
    public init(_ checkpoint: Checkpoint, below prefix: String = "") {
      self.prefix = prefix
      self.checkpoint = checkpoint
    }
  }

  private let mounts: [Mount]

  /// The tensors of all mounts.
  public init(_ mounts: [Mount]) {
    self.mounts = mounts
  }

  /// Every key in the model's namespace.
  public var keys: [String] { mounts.flatMap { mount in mount.checkpoint.names.map { mount.prefix + $0 } } }

  /// See ``WeightSource``.
  public func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor {
    for mount in mounts where key.hasPrefix(mount.prefix) {
      let name = String(key.dropFirst(mount.prefix.count))
      guard let entry = mount.checkpoint[name] else { continue }
      guard entry.shape == shape else { throw .shape(key: key, found: entry.shape, expected: shape) }
      return entry.tensor()
    }
    throw .missing(key: key, expected: shape)
  }

  /// Keys that checkpoints have and no forward pass reads: counters, buffers that follow from the architecture,
  /// front-end kernels, the decoder unit without a partner, the optimizer's state of a training that goes on.
  static func isIgnored(_ key: String) -> Bool {
    ["num_batches_tracked", "relative_position_index", "attn_mask"].contains { key.hasSuffix($0) }
      || key.hasPrefix("optimizer.")
      || ["spectrogram_extractor.", "logmel_extractor.", "path4.resConfUnit1."].contains { key.contains($0) }
  }
}
