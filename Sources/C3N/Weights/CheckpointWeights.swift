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
    let checkpoint: Checkpoint

    /// The model's keys, in the file's order.
    let keys: [String]

    /// What the file calls each of the model's keys.
    let names: [String: String]

    /// Mounts a checkpoint.
    ///
    /// - Parameters:
    ///   - checkpoint: The file.
    ///   - path: The path that its keys are below; empty for the root.
    ///   - adopt: What the model calls a key of the file, below the path; nil for what it does not use.
    public init(
      _ checkpoint: Checkpoint, below path: String = "", adopt: (String) -> String? = { $0 }
    ) {
      self.checkpoint = checkpoint
      let prefix = path.isEmpty ? "" : path + "."
      let pairs = checkpoint.names.compactMap { name in adopt(name).map { (prefix + $0, name) } }
      keys = pairs.map { $0.0 }
      names = Dictionary(pairs) { first, _ in first }
    }
  }

  private let mounts: [Mount]

  /// The tensors of all mounts.
  public init(_ mounts: [Mount]) {
    self.mounts = mounts
  }

  /// Every key in the model's namespace.
  public var keys: [String] { mounts.flatMap(\.keys) }

  /// See `WeightSource`.
  public func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor {
    for mount in mounts {
      guard let name = mount.names[key], let entry = mount.checkpoint[name] else { continue }
      // VGGish's means are published as [128] and as [128, 1]: axes of extent 1 hold nothing.
      guard entry.shape.extents.filter({ $0 != 1 }) == shape.extents.filter({ $0 != 1 }) else {
        throw .shape(key: key, found: entry.shape, expected: shape)
      }
      return entry.tensor().reshaped(shape)
    }
    throw .missing(key: key, expected: shape)
  }

  /// Lets go of the tensor's pages in the mapped file.
  public func release(_ key: String) {
    for mount in mounts {
      if let name = mount.names[key] { return mount.checkpoint[name]?.releasePages() ?? () }
    }
  }

  /// What the files have besides the state of an optimizer and no forward pass reads, for whoever writes the whole file again.
  var idle: [StoredTensor] {
    var seen: Set<String> = []
    return mounts.flatMap { mount in
      mount.keys.compactMap { key in
        guard Self.isIgnored(key), !key.hasPrefix("optimizer."), key != LabelAlignment.key,
          seen.insert(key).inserted
        else { return nil }
        return mount.names[key].flatMap { mount.checkpoint[$0] }?.stored.named(key)
      }
    }
  }

  /// Keys that checkpoints have and no forward pass reads: counters, buffers that follow from the architecture,
  /// front-end kernels, layers without effect (the decoder unit without a partner, attention over one step of time,
  /// ResNet's second branch), repetitions of a shared table, the optimizer's state of a training that goes on.
  static func isIgnored(_ key: String) -> Bool {
    let repeatsTable =
      key.hasSuffix(".relative_attention_bias.weight") && !key.contains("encoder.layers.0.")
    return repeatsTable
      || ["num_batches_tracked", "relative_position_index", "attn_mask"].contains { key.hasSuffix($0) }
      || key.hasPrefix("optimizer.") || key == LabelAlignment.key
      || [
        "spectrogram_extractor.", "logmel_extractor.", "path4.resConfUnit1.",
        "classification_model.attention.att.", "resnet.layer3_2.", "resnet.layer4_2.",
      ].contains { key.contains($0) }
  }
}
