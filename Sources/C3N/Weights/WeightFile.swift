import Checkpoints
import Tensors

/// A checkpoint and what it is a part of, told by its keys.
public struct WeightFile: Sendable {
  /// The opened file.
  public let checkpoint: Checkpoint

  /// What it holds.
  public let role: Role

  /// What a file can be to a model.
  public enum Role: Hashable, Sendable, CustomStringConvertible {
    /// A segmentation network: the backbone named by the keys and the width of the audio embedding that it was trained with.
    /// `width` is that between ASPP and decoder, nil if the file has no decoder.
    case segmentation(backbone: Backbone, width: Int?, audioWidth: Int?, hasAudioEncoder: Bool)
    /// PANNs Cnn14_16k by itself.
    case panns
    /// The audio encoder of `lite` by itself.
    case liteAudio
    /// A visual backbone by itself.
    case backbone(Backbone)
    /// A similarity matrix.
    case similarity
    /// None of these.
    case unknown

    /// Such as `segmentation network (PVTv2-B5, audio width 2048)`.
    public var description: String {
      switch self {
      case .segmentation(let backbone, let width, let audioWidth, let hasAudio):
        "segmentation network (\(backbone.rawValue)" + (width.map { ", width \($0)" } ?? ", no decoder")
          + (audioWidth.map { ", audio width \($0)" } ?? "")
          + (hasAudio ? ", with its audio encoder)" : ")")
      case .liteAudio: "audio encoder of lite"
      case .panns: "audio encoder PANNs Cnn14_16k"
      case .backbone(let backbone): "visual backbone \(backbone.rawValue) alone"
      case .similarity: "similarity matrix"
      case .unknown: "nothing that a model of this program is made of"
      }
    }
  }

  /// The visual backbones that keys tell apart.
  public enum Backbone: String, Sendable {
    /// PVTv2-B5.
    case pvtv2 = "PVTv2-B5"
    /// EfficientNet-Lite0.
    case efficientNetLite = "EfficientNet-Lite0"
  }

  /// Opens a file and tells its role.
  public init(opening path: String) throws {
    self.init(try Checkpoint.open(path))
  }

  /// Tells the role of an open checkpoint.
  public init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    func has(_ key: String) -> Bool { checkpoint[key] != nil }
    let inside = "encoder_backbone."
    let backbones: [(Backbone, String)] = [
      (.pvtv2, "patch_embed1.proj.weight"), (.efficientNetLite, "_conv_stem.weight"),
    ]
    if let (backbone, _) = backbones.first(where: { has(inside + $0.1) }) {
      role = .segmentation(
        backbone: backbone,
        width: checkpoint["output_conv.0.weight"].flatMap { $0.shape.rank == 4 ? $0.shape[1] : nil },
        audioWidth: checkpoint["tpavi_1.align_channel.weight"]?.shape.last,
        hasAudioEncoder: has("audio_backbone.conv_block1.conv1.weight")
          || has("audio_backbone.trained_classes"))
    } else if has("trained_classes") && has("fc_audioset.weight") {
      role = .liteAudio
    } else if has("conv_block1.conv1.weight") && has("fc_audioset.weight") {
      role = .panns
    } else if let (backbone, _) = backbones.first(where: { has($0.1) }) {
      role = .backbone(backbone)
    } else if Self.similarityName(checkpoint) != nil {
      role = .similarity
    } else {
      role = .unknown
    }
  }

  /// The variants that the file is a part of, by the names on the command line.
  public var fittingVariants: [String] {
    switch role {
    case .segmentation(.pvtv2, _, let audioWidth, _):
      switch audioWidth {
      case 2048: ["pvtv2-panns"]
      case 128: ["pvtv2-vggish (not in this build)"]
      case 768: ["pvtv2-beats (not in this build)"]
      default: []
      }
    case .panns: ["pvtv2-panns"]
    case .backbone(.pvtv2): ["pvtv2-panns (as the start of a training)"]
    case .segmentation(.efficientNetLite, _, _, _), .backbone(.efficientNetLite), .liteAudio: ["lite"]
    case .similarity: Variant.allCases.map(\.rawValue)
    case .unknown: []
    }
  }

  /// The name of the similarity matrix in a file: `similarity_matrix`, or the only tensor of its shape.
  static func similarityName(_ checkpoint: Checkpoint) -> String? {
    if checkpoint["similarity_matrix"] != nil { return "similarity_matrix" }
    let fitting = checkpoint.names.filter { name in
      [[1000, 527], [527, 1000]].contains(checkpoint[name]?.shape.extents)
    }
    return fitting.count == 1 ? fitting[0] : nil
  }
}

extension SimilarityMatrix {
  /// Reads a matrix from any of the checkpoint formats: a tensor `similarity_matrix`, or the only one of its shape.
  ///
  /// - Parameter title: How screens call the matrix; nil calls it by its file.
  public static func open(_ path: String, named title: String? = nil) throws -> SimilarityMatrix {
    let checkpoint = try Checkpoint.open(path)
    // A file's only tensor is what was meant; of the wrong shape, it says so.
    let only = checkpoint.names.count == 1 ? checkpoint.names[0] : nil
    guard let name = WeightFile.similarityName(checkpoint) ?? only else {
      throw ModelError(
        place: path,
        problem:
          "\(checkpoint.names.count) tensors, none of them 'similarity_matrix' or alone in having its shape, "
          + "expected [1000, 527]")
    }
    return try SimilarityMatrix(try checkpoint.tensor(name), source: title ?? path)
  }
}
