import AVSBench
import C3N
import Foundation

/// The folder `Assets`: clips, labels, similarities and weights that ship with the program.
public struct EmbeddedAssets: Sendable {
  /// The folder's path.
  public let root: String

  /// A folder that is known.
  public init(root: String) {
    self.root = root
  }

  /// Finds the folder: `C3N_ASSETS`, or `Assets` (or `share/c3n/Assets`) in a folder above the executable.
  ///
  /// - Throws: ``AssetsError`` with the places that were searched.
  public static func locate(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  ) throws -> EmbeddedAssets {
    if let given = environment["C3N_ASSETS"] {
      guard isAssets(given) else { throw AssetsError(searched: ["\(given) (from C3N_ASSETS)"]) }
      return EmbeddedAssets(root: given)
    }
    var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
    var searched: [String] = []
    while folder.path != "/" {
      for candidate in ["Assets", "share/c3n/Assets"] {
        let path = folder.appendingPathComponent(candidate).path
        if isAssets(path) { return EmbeddedAssets(root: path) }
        searched.append(path)
      }
      folder.deleteLastPathComponent()
    }
    throw AssetsError(searched: searched)
  }

  private static func isAssets(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/Labels/imagenet.csv")
  }

  /// The folder with the shipped clips, in both AVSBench-object layouts.
  public var clips: String { root + "/Clips" }

  /// EfficientNet-Lite0's ImageNet weights.
  public var liteBackbone: String { root + "/Weights/efficientnet-lite0.f16.safetensors" }

  /// The audio encoder of `lite`, trained by this project.
  public var liteAudio: String { root + "/Weights/lite-audio.f16.safetensors" }

  /// What comes after the backbone of `lite`, trained by this project: the default, or a small one that was trained
  /// under a row of Table II.
  public func liteDecoder(_ row: Ablation? = nil) -> String {
    root + "/Weights/lite-\(row.map { "row-\($0.rawValue)" } ?? "decoder").f16.safetensors"
  }

  /// The files that make `lite` where no files are given. Results are kept by their contents.
  public func liteFiles(_ row: Ablation? = nil) -> [String] { [liteBackbone, liteAudio, liteDecoder(row)] }

  /// M_sim from GloVe and WordNet.
  public var similarity: String { root + "/Similarity/glove50-wordnet.f16.safetensors" }

  /// AudioSet's 527 class names.
  public func audioClasses() throws -> ClassNames { try .audioSet(csv: root + "/Labels/audioset.csv") }

  /// ImageNet's 1000 class names.
  public func visualClasses() throws -> ClassNames { try .imageNet(csv: root + "/Labels/imagenet.csv") }

  /// Puts a model together: what the specification leaves out is the embedded default.
  public func load(_ specification: ModelSpecification) throws -> C3NModel {
    let (isEmbedded, row) = (specification.isEmbedded, try specification.ablation)
    var origin = try origin(of: specification)
    var name = isEmbedded ? Self.title(row) : nil
    if case .files(let paths) = origin {
      let shipped = try shippedEncoders(besides: paths, of: specification.variant)
      if !shipped.isEmpty { name = Self.title(paths, shipped) }
      origin = .files(shipped.map(\.path) + paths)
    }
    var similarity: SimilarityMatrix?
    if let path = specification.similarity {
      similarity = try SimilarityMatrix.open(path)
    } else if case .files = origin {
      similarity = try SimilarityMatrix.open(self.similarity, named: "GloVe + WordNet, embedded")
    }
    return try C3NModel.load(
      isEmbedded ? .lite : specification.variant, from: origin,
      named: name, similarity: similarity, options: specification.options,
      audioSet: try identifiers(for: specification.options))
  }

  /// The formula, or the files, of a specification: those of `lite` as it ships where it names no others.
  func origin(of specification: ModelSpecification) throws -> WeightOrigin {
    let source = try specification.source
    if specification.isEmbedded { return .files(liteFiles(try specification.ablation)) }
    return try WeightOrigin(arguments: source.arguments)
  }

  /// What the embedded weights are, for screens.
  private static func title(_ row: Ablation?) -> String {
    "demonstration model, embedded" + (row.map { ", trained as Table II's row \($0.title)" } ?? "")
      + ": results are not comparable"
  }

  /// Puts together what a training of a variant begins with; see `C3NModel.beginning`.
  ///
  /// `lite` takes the shipped encoders unless given files have them.
  public func beginTraining(
    _ specification: ModelSpecification, variant: Variant, width: Int, seed: UInt64
  ) throws -> C3NModel {
    // Without weights `lite` begins with the shipped encoders alone, with the embedded ones it goes on from their decoder.
    var origin =
      specification.weights.isEmpty ? WeightOrigin.files([]) : try origin(of: specification)
    if case .files(let paths) = origin, variant == .lite {
      origin = .files(encoders(besides: try paths.map { try WeightFile(outlining: $0) }).map(\.path) + paths)
    }
    return try C3NModel.beginning(
      variant, from: origin, similarity: try .open(specification.similarity ?? similarity), width: width,
      seed: seed, options: specification.options, audioSet: try identifiers(for: specification.options))
  }

  /// A shipped encoder's file, and what it is.
  private typealias Encoder = (path: String, name: String)

  /// The shipped encoders that `lite` lacks in these files.
  private func encoders(besides files: [WeightFile]) -> [Encoder] {
    let backbone = (liteBackbone, "\(Variant.lite.visual)")
    let audio = (liteAudio, "audio encoder")
    return (files.contains(where: \.role.hasBackbone) ? [] : [backbone])
      + (files.contains(where: \.role.hasAudio) ? [] : [audio])
  }

  /// The shipped encoders that files of `lite` are completed with: a decoder or an audio encoder is all that anybody trains
  /// anew. The backbone by itself stays what it is, a model without sound and masks.
  private func shippedEncoders(besides paths: [String], of wanted: Variant?) throws -> [Encoder] {
    guard !paths.isEmpty, wanted ?? .lite == .lite else { return [] }
    let files = try paths.map { try WeightFile(outlining: $0) }
    let isBackboneAlone = files.allSatisfy { if case .backbone = $0.role { true } else { false } }
    guard !isBackboneAlone, wanted ?? WeightFile.variant(of: files) == .lite else { return [] }
    return encoders(besides: files)
  }

  /// The files that make a model: those given, after the shipped encoders that `lite` lacks in them.
  func completed(_ paths: [String], of variant: Variant?) throws -> [String] {
    try shippedEncoders(besides: paths, of: variant).map(\.path) + paths
  }

  /// What files and the shipped encoders beside them are, for screens.
  private static func title(_ paths: [String], _ shipped: [Encoder]) -> String {
    "\(paths.joined(separator: ", ")) with the shipped \(shipped.map(\.name).joined(separator: " and ")) of lite: results are not comparable"
  }

  /// AudioSet's MIDs, where the options ask for its order.
  private func identifiers(for options: C3NModel.Options) throws -> [String] {
    options.labelOrder == .aligned ? try audioClasses().identifiers : []
  }
}

/// The shipped folder is not where it should be.
public struct AssetsError: Error, CustomStringConvertible {
  /// The places that were searched.
  public let searched: [String]

  /// One line with the places.
  public var description: String {
    "no folder Assets with Labels/imagenet.csv; searched \(searched.joined(separator: ", ")); "
      + "set C3N_ASSETS to the Assets folder of the source tree"
  }
}
