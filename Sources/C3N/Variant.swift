import Checkpoints
import Layers

/// A combination of visual backbone, audio encoder and method. The raw values are the names on the command line.
///
/// A new combination is a case here and its line in `composition`; everything else follows from what it is made of.
public enum Variant: String, CaseIterable, Codable, Sendable, CustomStringConvertible {
  case pvtv2VGGish = "pvtv2-vggish"
  case pvtv2PANNs = "pvtv2-panns"
  case pvtv2BEATs = "pvtv2-beats"
  case swinVGGish = "swin-vggish"
  case swinPANNs = "swin-panns"
  case swinBEATs = "swin-beats"
  case tpaviPVTv2VGGish = "tpavi-pvtv2-vggish"
  case tpaviResNet50VGGish = "tpavi-resnet50-vggish"

  /// The embedded demonstration: audio encoder and decoder are there if its weights have them.
  case lite

  private var composition: (BackboneKind, EncoderKind, Method) {
    switch self {
    case .pvtv2VGGish: (.pvtv2, .vggish, .c3n)
    case .pvtv2PANNs: (.pvtv2, .panns, .c3n)
    case .pvtv2BEATs: (.pvtv2, .beats, .c3n)
    case .swinVGGish: (.swin, .vggish, .c3n)
    case .swinPANNs: (.swin, .panns, .c3n)
    case .swinBEATs: (.swin, .beats, .c3n)
    case .tpaviPVTv2VGGish: (.pvtv2, .vggish, .tpavi)
    case .tpaviResNet50VGGish: (.resNet50, .vggish, .tpavi)
    case .lite: (.efficientNetLite, .liteAudio, .c3n)
    }
  }

  /// The visual backbone.
  public var visual: BackboneKind { composition.0 }

  /// The audio encoder.
  public var audio: EncoderKind { composition.1 }

  /// What is built upon the two.
  public var method: Method { composition.2 }

  /// Whether audio encoder and decoder may be missing.
  public var mayBePartial: Bool { self == .lite }

  /// The name on the command line.
  public var description: String { rawValue }

  /// What the variant is made of, such as `Swin-B + BEATs` or `TPAVI, ResNet-50 + VGGish`.
  public var parts: String { (method == .c3n ? "" : method.title + ", ") + "\(visual) + \(audio)" }

  /// The parts of the audio encoder's weights that the variant uses: TPAVI has no classes to listen for.
  var audioParts: [EncoderKind.Part] { audio.parts.filter { method.hasClasses || !$0.isForClasses } }

  /// The part of the model that a parameter belongs to: audio, backbone, aspp, fusion or decoder.
  public func part(ofKey key: String) -> Milestone.Part {
    if key.hasPrefix(visual.root + ".") { return .backbone }
    if audio.parts.contains(where: { key.hasPrefix($0.root + ".") }) { return .audio }
    return key.hasPrefix("tpavi_") ? .fusion : key.hasPrefix("conv") ? .aspp : .decoder
  }

  /// Whether a parameter only makes class scores.
  public func isForClasses(_ key: String) -> Bool {
    visual.headKeys.contains { key.hasPrefix("\(visual.root).\($0)") }
      || audio.parts.contains { $0.isForClasses && key.hasPrefix($0.root + ".") }
      || audio.headKeys.contains { key.hasPrefix("audio_backbone." + $0) }
  }

  /// The variant of a name on the command line or in a fixture's metadata (`tpavi_resnet_vggish`).
  public init(named name: String) throws {
    let plain = name.replacing("_", with: "-").replacing(/\bpvt-/, with: "pvtv2-")
      .replacing(/\bresnet-/, with: "resnet50-")
    guard let variant = Variant(rawValue: plain) else { throw UnknownVariant(name: name) }
    self = variant
  }
}

/// What a variant builds upon its two encoders.
public enum Method: String, Hashable, Sendable {
  /// The paper's network.
  case c3n
  /// AVSBench's own model (the paper's baseline in Figs. 5 and 7): neither C3IM nor CCAM, other pooling.
  case tpavi

  /// How papers write it.
  public var title: String { rawValue.uppercased() }

  /// Whether the class scores of both encoders are used, and so are in the checkpoints.
  public var hasClasses: Bool { self == .c3n }

  /// What non-local block i is called in checkpoints, without i.
  var nonLocalName: String {
    switch self {
    case .c3n: "tpavi_"
    case .tpavi: "tpavi_b"
    }
  }

  /// What stage i's pooling is called in checkpoints with its kernel [width, C_i, ...], without `conv{i}`.
  var poolingKernel: String {
    switch self {
    case .c3n: "conv.weight"
    case .tpavi: "conv2d_list.0.weight"
    }
  }

}

/// A kind of visual backbone: how to build it, how to tell its files and where those come from.
public struct BackboneKind: Sendable, Hashable, CustomStringConvertible {
  /// Such as `PVTv2-B5`.
  public let name: String

  /// What a segmentation network calls it: the path of its keys.
  let root: String

  /// A key that tells its own checkpoint from all others, without the root.
  let signature: String

  /// The channels of V_1 ... V_4, which tell whose decoder a file without a backbone is.
  public let channels: [Int]

  /// The published file.
  let source: String

  /// Its parameters, the head's included.
  let parameterCount: Int

  /// Those of the head that makes class scores.
  var classParameterCount = 0

  /// Those that can be trained.
  public var trainedParameterCount: Int { isTrainable ? parameterCount - classParameterCount : 0 }

  /// What it takes of memory.
  public let memory: BackboneMemory

  /// Whether its parameters can be trained.
  public let isTrainable: Bool

  /// The probability with which training leaves out the last block's branches.
  public let stochasticDepth: Float

  /// Keys below the root of what only makes class scores.
  var headKeys = ["head."]

  /// Keys below the root that its own file does not have, because a training begins them anew.
  var freshKeys: [String] = []

  /// What a segmentation network calls a key of the backbone's own file, below the root; nil for what it does not use.
  package var adopt: @Sendable (_ key: String, C3NModel.Options, _ hasClasses: Bool) -> String? = {
    key, _, _ in key
  }

  /// Builds it from the keys below the root; without classes the checkpoint has no head.
  let build: @Sendable (Weights, _ hasClasses: Bool) -> any VisualBackbone

  /// ``name``.
  public var description: String { name }

  /// Whether both have one name.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Every kind that a variant has.
  static var all: [BackboneKind] { unique(Variant.allCases.map(\.visual)) }
}

/// A kind of audio encoder: how to build it, how to tell its files and where those come from.
public struct EncoderKind: Sendable, Hashable, CustomStringConvertible {
  /// Such as `VGGish`.
  public let name: String

  /// d, the width of the embedding.
  let embeddingWidth: Int

  /// What is published in files of their own.
  let parts: [Part]

  /// Its parameters, those that only make class scores included.
  let parameterCount: Int

  /// Those that only make class scores, as far as they are left out where nobody asks for these.
  var classParameterCount = 0

  /// Bytes of memory a second of sound at the peak, measured by the tensors' pool.
  public let secondBytes: Int

  /// The bytes of the largest kernel, of which there are two while a model is loaded.
  public let largestKernelBytes: Int

  /// Keys of what only makes class scores.
  var headKeys: [String] = []

  /// Whether its class scores come in an order that the checkpoint lists, instead of AudioSet's.
  var hasOwnLabelOrder = false

  /// What a file of the encoder says of itself besides its tensors, by its path in the model, that is not what this program builds.
  package var settingProblems: @Sendable (Checkpoint, _ root: String) -> [WeightProblem] = { _, _ in [] }

  /// Builds it from the model's root; `hasClasses` is false where nobody asks for class scores.
  let build: @Sendable (Weights, _ hasClasses: Bool, C3NModel.Options) -> any AudioEncoder

  /// A part of the encoder that comes in a file of its own.
  struct Part: Sendable, Hashable {
    /// What it is, such as `audio encoder PANNs Cnn14_16k`.
    let name: String
    /// The path of its keys in a model.
    let root: String
    /// Keys that together tell its file from all others.
    let signature: [String]
    /// The published file.
    let source: String
    /// Whether it only makes class scores.
    var isForClasses = false
  }

  /// ``name``.
  public var description: String { name }

  /// Whether both have one name.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Every kind that a variant has.
  static var all: [EncoderKind] { unique(Variant.allCases.map(\.audio)) }
}

private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
  var seen: Set<Element> = []
  return elements.filter { seen.insert($0).inserted }
}

/// A name that is no variant of this build.
public struct UnknownVariant: Error, CustomStringConvertible {
  /// The name that was given.
  public let name: String

  /// One line with the names that there are.
  public var description: String {
    "unknown variant '\(name)', expected one of: \(Variant.allCases.map(\.rawValue).joined(separator: ", "))"
  }
}
