import Checkpoints
import Layers
import Tensors

/// A model that cannot be put together: which files, and what is wrong with them.
public struct ModelError: Error, CustomStringConvertible {
  /// The files or the argument.
  public let place: String

  /// What was found and what was expected.
  public let problem: String

  /// `place: problem`.
  public var description: String { "\(place): \(problem)" }
}

/// Where a model's weights come from.
public enum WeightOrigin: Sendable {
  /// By formula, for verification: the model has the architecture and no skill.
  case formula(seed: UInt64)

  /// From checkpoints, in any order; their keys tell which is which.
  case files([String])

  /// Reads arguments: `formula:SEED`, or paths.
  public init(arguments: [String]) throws {
    guard let formula = arguments.first(where: { $0.hasPrefix("formula:") }) else {
      self = .files(arguments)
      return
    }
    guard arguments.count == 1, let seed = UInt64(formula.dropFirst("formula:".count)) else {
      throw ModelError(
        place: arguments.joined(separator: " "),
        problem: "expected checkpoint files, or formula:SEED alone with a whole number as seed")
    }
    self = .formula(seed: seed)
  }
}

extension C3NModel {
  /// Puts a model together.
  ///
  /// - Parameters:
  ///   - variant: The variant, or nil to infer it from the files.
  ///   - origin: Formula or files.
  ///   - name: How screens call the weights; nil calls them by their files.
  ///   - similarity: M_sim; nil takes the formula's matrix, which only the formula has.
  /// - Throws: ``ModelError`` with everything that does not fit, or the error of a file that cannot be read.
  public static func load(
    _ variant: Variant?, from origin: WeightOrigin, named name: String? = nil, similarity: SimilarityMatrix?
  ) throws -> C3NModel {
    // Turning kernels to channels-last leaves blocks behind that inference never asks for again.
    defer { StoragePool.shared.trim() }
    switch origin {
    case .formula(let seed):
      return try byFormula(variant ?? .pvtv2PANNs, seed: seed, similarity: similarity)
    case .files(let paths):
      let files = try paths.map { try WeightFile(opening: $0) }
      let place = paths.joined(separator: ", ")
      let (variant, mounts) = try parts(of: variant, files, place)
      guard let similarity else {
        throw ModelError(place: place, problem: "no similarity matrix, expected one of [1000, 527]")
      }
      let reader = WeightReader(CheckpointWeights(mounts))
      reader.ignore(where: CheckpointWeights.isIgnored)
      let model = C3NModel(variant, reader, similarity: similarity, origin: name ?? place)
      do {
        try reader.finish()
      } catch {
        throw ModelError(place: place, problem: "\(error)")
      }
      // Kernels were copied when they were turned to channels-last; only lent matrices are read from here on.
      for file in files { file.checkpoint.releasePages() }
      return model
    }
  }

  private static func byFormula(
    _ variant: Variant, seed: UInt64, similarity: SimilarityMatrix?
  ) throws -> C3NModel {
    let formula = FormulaWeights(seed: seed)
    let name = "formula, seed \(seed)"
    let matrix =
      try similarity
      ?? SimilarityMatrix(
        formula.tensor(
          "similarity_matrix", shape: [SimilarityMatrix.visualCount, SimilarityMatrix.audioCount]),
        source: name)
    return C3NModel(variant, WeightReader(formula), similarity: matrix, origin: name)
  }

  /// Which variant the files make, and where each belongs.
  private static func parts(
    of wanted: Variant?, _ files: [WeightFile], _ place: String
  ) throws -> (Variant, [CheckpointWeights.Mount]) {
    for file in files where file.role == .unknown {
      throw ModelError(
        place: file.checkpoint.file,
        problem: "a \(file.checkpoint.format) file of \(file.checkpoint.names.count) tensors that is "
          + "\(file.role); expected a segmentation network, an audio encoder or a visual backbone")
    }
    let variant = try wanted ?? inferred(files, place)
    var mounts: [CheckpointWeights.Mount] = []
    var missing: [String] = []
    var unused = files.indices.map { $0 }
    func mount(_ what: String, below prefix: String, where fits: (WeightFile.Role) -> Bool) {
      if let index = unused.first(where: { fits(files[$0].role) }) {
        mounts.append(.init(files[index].checkpoint, below: prefix))
        unused.removeAll { $0 == index }
      } else {
        missing.append(what)
      }
    }
    switch variant {
    case .pvtv2PANNs:
      mount(
        "the segmentation network trained with PANNs (`*_best.pth`: keys encoder_backbone.*, "
          + "tpavi_1.align_channel.weight [256, 2048])", below: ""
      ) {
        if case .segmentation(.pvtv2, _, _) = $0 { true } else { false }
      }
      if !files.contains(where: { if case .segmentation(.pvtv2, _, true) = $0.role { true } else { false } })
      {
        mount(
          "the audio encoder (`Cnn14_16k_mAP=0.438.pth`, from PANNs' publication)", below: "audio_backbone."
        ) {
          $0 == .panns
        }
      }
    case .lite:
      mount("EfficientNet-Lite0 (keys _conv_stem.*, _blocks.*)", below: "encoder_backbone.") {
        $0 == .backbone(.efficientNetLite)
      }
    }
    if !missing.isEmpty {
      let given = files.map { "\($0.checkpoint.file) is \($0.role)" }.joined(separator: "; ")
      throw ModelError(
        place: "variant \(variant)",
        problem: "missing \(missing.joined(separator: " and "))"
          + (given.isEmpty ? "; no file was given" : "; \(given)"))
    }
    if let index = unused.first {
      let file = files[index]
      let hint = file.role == .similarity ? "; a similarity matrix is given with --similarity" : ""
      throw ModelError(
        place: file.checkpoint.file, problem: "\(file.role), which variant \(variant) has no place for\(hint)"
      )
    }
    return (variant, mounts)
  }

  private static func inferred(_ files: [WeightFile], _ place: String) throws -> Variant {
    let names = files.lazy.flatMap(\.fittingVariants)
    if let variant = names.compactMap({ Variant(rawValue: $0) }).first { return variant }
    throw ModelError(
      place: place.isEmpty ? "weights" : place,
      problem: "no variant of this build fits; found \(files.map { "\($0.role)" }.joined(separator: ", ")), "
        + "expected one of \(Variant.allCases.map(\.rawValue).joined(separator: ", "))")
  }
}
