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

    /// The path that the file's keys are below, with its dot.
    let prefix: String

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
      prefix = path.isEmpty ? "" : path + "."
      let pairs = checkpoint.names.compactMap { [prefix] name in adopt(name).map { (prefix + $0, name) } }
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
    try entry(key, shape).tensor().reshaped(shape)
  }

  /// See `WeightSource`: by the files' tables alone.
  public func check(_ key: String, shape: Shape) throws(WeightProblem) { _ = try entry(key, shape) }

  /// See `WeightSource`: not in an outline.
  public func hasElements(_ key: String) -> Bool {
    mounts.first { $0.names[key] != nil }.map { !$0.checkpoint.isOutline } ?? false
  }

  private func entry(_ key: String, _ shape: Shape) throws(WeightProblem) -> TensorEntry {
    for mount in mounts {
      guard let name = mount.names[key], let entry = mount.checkpoint[name] else { continue }
      // VGGish's means are published as [128] and as [128, 1]: axes of extent 1 hold nothing.
      guard entry.shape.extents.filter({ $0 != 1 }) == shape.extents.filter({ $0 != 1 }) else {
        throw .shape(key: key, found: entry.shape, expected: shape)
      }
      // Counters are whole numbers; weights that are have been quantised, and their scales are elsewhere.
      guard !entry.elementType.isInteger || shape.rank == 0 else {
        throw .differs(
          key: key, found: "whole numbers (\(entry.elementType))",
          expected: "numbers with a fraction (F16, BF16, F32 or F64)")
      }
      return entry
    }
    throw .missing(key: key, expected: shape)
  }

  /// The same problems by file: as the file calls its keys, and for what is missing as the file would call it.
  func byFile(_ problems: [WeightProblem]) -> [(mount: Mount, problems: [WeightProblem])] {
    var sorted = [[WeightProblem]](repeating: [], count: mounts.count)
    for problem in problems {
      let key = problem.key
      let index =
        mounts.firstIndex { $0.names[key] != nil }
        ?? mounts.indices.filter { key.hasPrefix(mounts[$0].prefix) }
        .max { mounts[$0].prefix.count < mounts[$1].prefix.count }
      guard let index else { continue }
      let mount = mounts[index]
      let own = key.hasPrefix(mount.prefix) ? String(key.dropFirst(mount.prefix.count)) : key
      sorted[index].append(problem.renamed(mount.names[key] ?? own))
    }
    return zip(mounts, sorted).filter { !$0.1.isEmpty }
  }

  /// Gives back the memory that the tensor has in its file's contents.
  public func release(_ key: String) {
    for mount in mounts {
      if let name = mount.names[key] { return mount.checkpoint.release(name) }
    }
  }

  /// Gives back what a model that was put together reads no more: all but the tensors that it was lent and ``idle``.
  func releaseRest() {
    // A file that has the network and its audio encoder may be mounted twice.
    for mounts in Dictionary(grouping: mounts, by: \.checkpoint.file).values {
      let kept = Set(
        mounts.flatMap { mount in mount.keys.filter(Self.isIdle).compactMap { mount.names[$0] } })
      for mount in mounts { mount.checkpoint.releaseRest { kept.contains($0) } }
    }
  }

  /// What the files have besides the state of an optimizer and no forward pass reads, for whoever writes the whole file again.
  var idle: [StoredTensor] {
    var seen: Set<String> = []
    return mounts.flatMap { mount in
      mount.keys.compactMap { key in
        guard Self.isIdle(key), seen.insert(key).inserted else { return nil }
        return mount.names[key].flatMap { mount.checkpoint[$0] }?.stored.named(key)
      }
    }
  }

  private static func isIdle(_ key: String) -> Bool {
    isIgnored(key) && !key.hasPrefix("optimizer") && key != LabelAlignment.key
  }

  /// Keys that checkpoints have and no forward pass reads: counters, buffers that follow from the architecture,
  /// front-end kernels, layers without effect (the decoder unit without a partner, attention over one step of time,
  /// ResNet's second branch), repetitions of a shared table, the optimizer's state of a training that goes on.
  static func isIgnored(_ key: String) -> Bool {
    let repeatsTable =
      key.hasSuffix(".relative_attention_bias.weight") && !key.contains("encoder.layers.0.")
    return repeatsTable
      || ["num_batches_tracked", "relative_position_index", "attn_mask"].contains { key.hasSuffix($0) }
      || key.hasPrefix("optimizer") || key == LabelAlignment.key
      || [
        "spectrogram_extractor.", "logmel_extractor.", "path4.resConfUnit1.",
        "classification_model.attention.att.", "resnet.layer3_2.", "resnet.layer4_2.",
      ].contains { key.contains($0) }
  }
}
