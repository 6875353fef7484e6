import AVSBench
import C3N

/// A model that a job needs: the worker loads it once and keeps it.
public struct ModelSpecification: Hashable, Codable, Sendable {
  /// The variant; nil to infer it from the files.
  public var variant: Variant?

  /// Checkpoint files; or `formula:SEED`, `embedded` or `embedded:ROW` alone; see ``source``.
  public var weights: [String]

  /// The similarity matrix's file; nil for the embedded one.
  public var similarity: String?

  /// How published weights are taken.
  public var options: C3NModel.Options

  /// What ``weights`` names.
  ///
  /// - Throws: `ModelError` as ``ModelSource/init(arguments:)``, and for the embedded model as another variant than `lite`.
  public var source: ModelSource {
    get throws {
      let source = try ModelSource(arguments: weights)
      if case .embedded = source, variant ?? .lite != .lite {
        throw ModelError(
          place: "variant \(variant!)",
          problem: "\(weights[0]) is lite; expected files of this variant, or formula:SEED")
      }
      return source
    }
  }

  /// Whether it is `lite` as it ships, by name or by default.
  public var isEmbedded: Bool {
    guard variant ?? .lite == .lite else { return false }
    switch try? source {
    case .embedded: return true
    case .files(let paths): return paths.isEmpty
    case .seeded, nil: return false
    }
  }

  /// The row of Table II under which the embedded decoder was trained; nil for the default and for other weights.
  ///
  /// - Throws: `ModelError` as ``source``.
  public var ablation: Ablation? {
    get throws {
      if case .embedded(let row) = try source { row } else { nil }
    }
  }

  /// `lite` as it was trained under a row of Table II.
  public static func embedded(_ row: Ablation) -> ModelSpecification {
    ModelSpecification(variant: .lite, weights: ModelSource.embedded(row).arguments)
  }

  /// A specification; everything left out is the embedded default.
  public init(
    variant: Variant? = nil, weights: [String] = [], similarity: String? = nil,
    options: C3NModel.Options = .init()
  ) {
    self.variant = variant
    self.weights = weights
    self.similarity = similarity
    self.options = options
  }
}

/// A clip to run through a model.
public struct Job: Sendable {
  /// The model.
  public let model: ModelSpecification

  /// The clip, already read.
  public let contents: ClipContents

  /// The switches.
  public let switches: Switches

  /// Whether it is about another clip than the open one, whose results stay then; its own are not kept.
  public let isInPassing: Bool

  /// A job.
  public init(
    model: ModelSpecification, contents: ClipContents, switches: Switches, isInPassing: Bool = false
  ) {
    self.model = model
    self.contents = contents
    self.switches = switches
    self.isInPassing = isInPassing
  }
}

/// What a job says while it runs.
public enum JobEvent: Sendable {
  /// Weights are being read; only when the model is not there yet.
  case loadingModel

  /// A milestone was passed: which, and the share of the run's milestones that are done, 0 to 1.
  case progress(Milestone, share: Double)

  /// The analysis has grown: first confidences and label, then heat maps, then masks. The last one is complete.
  case analysis(ClipAnalysis)
}
