import Checkpoints
import Layers
import Tensors

/// A model that cannot be put together: which files, and what is wrong with them.
public struct ModelError: Error, CustomStringConvertible {
  /// The files or the argument.
  public let place: String

  /// What was found and what was expected.
  public let problem: String

  /// An error of a place.
  public init(place: String, problem: String) {
    self.place = place
    self.problem = problem
  }

  /// `place: problem`.
  public var description: String { "\(place): \(problem)" }
}

/// Where a model's weights come from.
public enum WeightOrigin: Sendable {
  /// By formula, for verification: the model has the architecture and no skill.
  case formula(seed: UInt64)

  /// From checkpoints, in any order; their keys tell which is which.
  case files([String])
}

extension C3NModel {
  /// Puts a model together.
  ///
  /// - Parameters:
  ///   - variant: The variant, or nil to infer it from the files.
  ///   - origin: Formula or files.
  ///   - name: How screens call the weights; nil calls them by their files.
  ///   - similarity: M_sim; nil takes the formula's matrix, which only the formula has.
  ///   - parts: What a model by formula has beyond its backbone; nil for what the variant had when it was published.
  ///   - options: How published weights are taken.
  ///   - identifiers: AudioSet's MIDs in its order, for the label order `aligned`.
  /// - Throws: ``ModelError`` with everything that does not fit, or the error of a file that cannot be read.
  public static func load(
    _ variant: Variant?, from origin: WeightOrigin, named name: String? = nil, similarity: SimilarityMatrix?,
    parts: Parts? = nil, options: Options = Options(), audioSet identifiers: [String] = []
  ) throws -> C3NModel {
    // Turning kernels to channels-last leaves blocks behind that inference never asks for again.
    defer { StoragePool.shared.trim() }
    switch origin {
    case .formula(let seed):
      let variant = variant ?? .pvtv2PANNs
      let parts = parts ?? (variant == .lite ? .backboneAlone : .published)
      return try byFormula(variant, parts, seed: seed, similarity: similarity, options)
    case .files(let paths):
      let files = try paths.map { try WeightFile(opening: $0) }
      let place = paths.joined(separator: ", ")
      let choice = try FileChoice(variant, files, place, options: options, isComplete: true)
      return try assembled(
        choice, files, from: CheckpointWeights(choice.mounts), similarity: similarity, place,
        origin: name ?? place, options, identifiers)
    }
  }

  /// Expects that files make a variant, without loading it.
  ///
  /// - Throws: ``ModelError`` as ``load(_:from:named:similarity:parts:options:audioSet:)``, and the error of a file that cannot
  ///   be read.
  public static func expectParts(
    of variant: Variant?, in paths: [String], options: Options = Options()
  ) throws {
    let files = try paths.map { try WeightFile(outlining: $0) }
    let choice = try FileChoice(
      variant, files, paths.joined(separator: ", "), options: options, isComplete: true)
    for file in files {
      let problems = file.problems(in: choice.variant, options: options)
      if !problems.isEmpty { throw file.misfit(problems) }
    }
  }

  /// Puts together what a training begins with: files for the encoders, and initial values for whatever comes after
  /// the backbone and is in no file.
  ///
  /// - Parameters:
  ///   - variant: The variant; nil for what the files fit.
  ///   - origin: Files, or random weights.
  ///   - similarity: M_sim; nil where nothing needs it.
  ///   - width: The channels between ASPP and decoder if no file has them.
  ///   - seed: What the initial values follow from.
  ///   - options: How published weights are taken.
  ///   - identifiers: AudioSet's MIDs in its order, for aligned labels.
  public static func beginning(
    _ variant: Variant?, from origin: WeightOrigin, similarity: SimilarityMatrix?, width: Int, seed: UInt64,
    options: Options = Options(), audioSet identifiers: [String] = []
  ) throws -> C3NModel {
    guard case .files(let paths) = origin else {
      let isLite = variant == .lite
      return try load(
        variant, from: origin, similarity: similarity,
        parts: Parts(decoderWidth: width, hasAudio: !isLite, fusesAudio: !isLite), options: options,
        audioSet: identifiers)
    }
    defer { StoragePool.shared.trim() }
    let files = try paths.map { try WeightFile(opening: $0) }
    let place = paths.joined(separator: ", ")
    var choice = try FileChoice(variant, files, place, options: options, isComplete: false)
    if choice.parts.decoderWidth == nil {
      choice.parts.decoderWidth = width
      choice.parts.fusesAudio = choice.parts.hasAudio
    }
    let weights = InitialWeights(
      files: CheckpointWeights(choice.mounts), seed: seed, backbone: choice.variant.visual)
    return try assembled(
      choice, files, from: weights, similarity: similarity, place, origin: place, options, identifiers)
  }

  private static func assembled(
    _ choice: FileChoice, _ files: [WeightFile], from weights: any WeightSource,
    similarity: SimilarityMatrix?, _ place: String, origin: String, _ options: Options,
    _ identifiers: [String]
  ) throws -> C3NModel {
    guard let similarity else {
      throw ModelError(place: place, problem: "no similarity matrix, expected one of [1000, 527]")
    }
    // Before anything is given back, which may take a digest of all.
    let versions = files.compactMap(\.checkpoint.version)
    let reader = WeightReader(weights)
    reader.ignore(where: CheckpointWeights.isIgnored)
    var order: LabelAlignment?
    if options.labelOrder == .aligned, choice.variant.audio.hasOwnLabelOrder {
      order = try choice.labelled.map { try LabelAlignment($0, identifiers: identifiers) }
      for file in files where order == nil { order = try LabelAlignment(storedIn: file.checkpoint) }
      guard order != nil else {
        throw ModelError(
          place: place,
          problem: "the label order 'aligned' needs the audio encoder's own file with its label_dict")
      }
    }
    var model = C3NModel(
      choice.variant, choice.parts, reader, similarity: similarity, origin: origin, options: options,
      audioOrder: order)
    let problems = reader.problems
    guard problems.isEmpty else {
      throw choice.misfit(problems)
        ?? ModelError(place: place, problem: "\(WeightProblems(problems: problems))")
    }
    model.weightFiles = versions
    let mounted = CheckpointWeights(choice.mounts)
    model.idle = { [width = model.segmentation?.width] in
      mounted.idle + idleUnit(from: weights, width: width)
    }
    // Kernels were copied when they were turned to channels-last; only lent matrices are read from here on.
    mounted.releaseRest()
    return model
  }

  private static func byFormula(
    _ variant: Variant, _ parts: Parts, seed: UInt64, similarity: SimilarityMatrix?, _ options: Options
  ) throws -> C3NModel {
    if options.labelOrder == .aligned, variant.audio.hasOwnLabelOrder {
      throw ModelError(
        place: "formula:\(seed)", problem: "no label_dict, which the label order 'aligned' needs")
    }
    let formula = FormulaWeights(seed: seed)
    let name = "formula, seed \(seed)"
    let matrix =
      try similarity
      ?? SimilarityMatrix(
        formula.tensor(
          "similarity_matrix", shape: [SimilarityMatrix.visualCount, SimilarityMatrix.audioCount]),
        source: name)
    var model = C3NModel(
      variant, parts, WeightReader(formula), similarity: matrix, origin: name, hasSkill: false,
      options: options)
    model.idle = { idleUnit(from: formula, width: parts.decoderWidth) }
    return model
  }
}
