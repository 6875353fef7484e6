import Checkpoints
import Tensors

/// A checkpoint and what it is a part of, told by its keys.
public struct WeightFile: Sendable {
  /// The opened file, or its outline.
  public let checkpoint: Checkpoint

  /// What it holds.
  public let role: Role

  /// What a file can be to a model.
  public enum Role: Hashable, Sendable, CustomStringConvertible {
    /// A segmentation network, or a part of one.
    case segmentation(Network)
    /// An audio encoder by itself, or one of its files.
    case audio(EncoderKind, root: String)
    /// A visual backbone by itself.
    case backbone(BackboneKind)
    /// A similarity matrix.
    case similarity
    /// None of these.
    case unknown

    /// Whether a visual backbone is in the file, alone or in a network.
    public var hasBackbone: Bool {
      switch self {
      case .backbone: true
      case .segmentation(let network): network.backbone != nil
      case .audio, .similarity, .unknown: false
      }
    }

    /// Whether an audio encoder, or a part of one, is in the file.
    public var hasAudio: Bool {
      switch self {
      case .audio: true
      case .segmentation(let network): !network.audioRoots.isEmpty
      case .backbone, .similarity, .unknown: false
      }
    }

    /// Such as `segmentation network (C3N, PVTv2-B5, width 256, audio width 2048)`.
    public var description: String {
      switch self {
      case .segmentation(let network): network.description
      case .audio(let encoder, let root): encoder.parts.first { $0.root == root }?.name ?? encoder.name
      case .backbone(let backbone): "visual backbone \(backbone) alone"
      case .similarity: "similarity matrix"
      case .unknown: "nothing that a model of this program is made of"
      }
    }
  }

  /// What a segmentation network's file holds.
  public struct Network: Hashable, Sendable, CustomStringConvertible {
    /// The visual backbone; nil for a file of what comes after it.
    public let backbone: BackboneKind?

    /// What is built upon it.
    public let method: Method

    /// The channels between pooling and decoder; nil without a decoder.
    public let width: Int?

    /// The width of the audio embedding that it was trained with; nil without one.
    public let audioWidth: Int?

    /// The channels of the backbone's stages that its pooling takes; nil without one.
    let stageChannels: [Int]?

    /// The paths of the audio encoder's parts that are in the file too.
    let audioRoots: Set<String>

    /// Whether anything that comes after a backbone is in the file.
    let hasDecoder: Bool

    /// What the publication of a variant has in one file.
    package static func published(_ variant: Variant) -> Network {
      Network(
        backbone: variant.visual, method: variant.method, width: 256,
        audioWidth: variant.audio.embeddingWidth,
        stageChannels: variant.visual.channels, audioRoots: [], hasDecoder: true)
    }

    /// Whether it is built upon the stages of a backbone, which may be in the file or not.
    func fits(_ kind: BackboneKind) -> Bool {
      (backbone ?? kind) == kind && (stageChannels ?? kind.channels) == kind.channels
    }

    /// Such as `segmentation network (C3N, PVTv2-B5, width 256, audio width 2048)`.
    public var description: String {
      let absent = BackboneKind.all.first { $0.channels == stageChannels }.map { " \($0)" } ?? ""
      return
        "segmentation network (\(method.title), \(backbone?.description ?? "without its backbone\(absent)")"
        + (width.map { ", width \($0)" } ?? ", no decoder")
        + (audioWidth.map { ", audio width \($0)" } ?? "")
        + (audioRoots.isEmpty ? ")" : ", with its audio encoder)")
    }
  }

  /// Opens a file and tells its role.
  public init(opening path: String) throws {
    self.init(try Checkpoint.open(path))
  }

  /// Tells the role of a file of which nothing else is wanted: its tensors are not read.
  public init(outlining path: String) throws {
    self.init(try Checkpoint.outline(path))
  }

  /// Tells the role of an open checkpoint. Of its readings the first counts that fits a variant; where none does, the first whose
  /// keys are known.
  public init(_ opened: Checkpoint) {
    let readings = opened.readings
    var known: WeightFile?
    for reading in readings {
      let file = WeightFile(reading, Self.role(of: reading))
      guard file.role != .unknown else { continue }
      if readings.count == 1 || file.role == .similarity || Variant.allCases.contains(where: file.fits) {
        self = file
        return
      }
      known = known ?? file
    }
    if let known {
      self = known
      return
    }
    let nearest = readings.lazy.compactMap { reading in
      Self.nearestRole(of: reading).map { WeightFile(reading, $0) }
    }.first
    self = nearest ?? WeightFile(opened, .unknown)
  }

  init(_ checkpoint: Checkpoint, _ role: Role) {
    self.checkpoint = checkpoint
    self.role = role
  }

  /// The role that a checkpoint's keys tell.
  private static func role(of checkpoint: Checkpoint) -> Role {
    func has(_ key: String) -> Bool { checkpoint[key] != nil }
    let parts = EncoderKind.all.flatMap { encoder in encoder.parts.map { (encoder, $0) } }
    let backbone =
      BackboneKind.all.first { has("\($0.root).\($0.signature)") } ?? nearestBackbone(in: checkpoint)
    let hasDecoder = checkpoint.names.contains { key in
      ["output_conv.", "path1.", "tpavi_"].contains { key.hasPrefix($0) }
    }
    if backbone != nil || hasDecoder {
      let method: Method =
        checkpoint.names.contains { $0.hasPrefix(Method.tpavi.nonLocalName) } ? .tpavi : .c3n
      let kernels = (1...4).compactMap { checkpoint["conv\($0).\(method.poolingKernel)"]?.shape.extents }
      let inside = parts.filter { _, part in part.signature.allSatisfy { has("\(part.root).\($0)") } }
      return .segmentation(
        Network(
          backbone: backbone, method: method,
          width: hasDecoder ? width(of: checkpoint, kernels) : nil,
          audioWidth: checkpoint[method.nonLocalName + "1.align_channel.weight"]?.shape.extents.last,
          stageChannels: kernels.count == 4 && kernels.allSatisfy { $0.count == 4 }
            ? kernels.map { $0[1] } : nil,
          audioRoots: Set(inside.map { $0.1.root }), hasDecoder: hasDecoder))
    }
    if let (encoder, part) = parts.first(where: { $0.1.signature.allSatisfy(has) }) {
      return .audio(encoder, root: part.root)
    }
    if let backbone = BackboneKind.all.first(where: { has($0.signature) }) { return .backbone(backbone) }
    return similarityName(checkpoint) != nil ? .similarity : .unknown
  }

  /// The channels between pooling and decoder, by the first of the kernels that have them.
  private static func width(of checkpoint: Checkpoint, _ pooling: [[Int]]) -> Int? {
    pooling.first { $0.count == 4 }?.first
      ?? checkpoint[decoderSignature].flatMap { $0.shape.rank == 4 ? $0.shape[1] : nil }
  }

  /// The path of the visual backbone or of a part of the audio encoder that a key of a network is below; nil for what
  /// comes after them.
  public static func root(ofKey key: String) -> (path: String, isAudio: Bool)? {
    let visual = BackboneKind.all.map { ($0.root, false) }
    let audio = EncoderKind.all.flatMap(\.parts).map { ($0.root, true) }
    return (visual + audio).first { key.hasPrefix($0.0 + ".") }
  }

  private static let decoderSignature = "output_conv.0.weight"

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
  /// - Parameters:
  ///   - path: The file.
  ///   - title: How screens call the matrix; nil calls it by its file.
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
    return try SimilarityMatrix(try checkpoint.tensor(name), source: title ?? path, file: checkpoint.version)
  }
}
