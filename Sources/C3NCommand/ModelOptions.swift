import ArgumentParser
import C3N
import Inference

/// Which model: shared by all commands that run one.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The variant: \(Variant.allCases.map(\.rawValue).joined(separator: ", ")). Without it, what the weights fit, or lite.",
      valueName: "name"))
  var variant: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Checkpoints (.pth, .pt, .safetensors) in any order; or embedded, the shipped lite; or embedded:ROW, its decoder of a row of Table II; or formula:SEED, weights that follow from a seed and have no skill. A path that begins so is written ./embedded.",
      valueName: "file"))
  var weights: [String] = []

  @Option(
    help: ArgumentHelp(
      "The label similarities (.h5, .npy, .safetensors) [1000, 527]; without it, the shipped GloVe + WordNet matrix, or the formula's.",
      valueName: "file"))
  var similarity: String?

  @Option(
    help: ArgumentHelp(
      "A JSON file that names the files of variants once: {\"pvtv2-vggish\": {\"weights\": [...], \"similarity\": ...}}. Without it, c3n/models.json in the configuration directory.",
      valueName: "file"))
  var models: String?

  @Option(
    help: "The order of BEATs' class scores: as-published, aligned (by the checkpoint's label_dict).")
  var labelOrder: C3NModel.Options.LabelOrder = .asPublished

  @Option(help: "How sound is cut for VGGish: clip (as AVSBench's own log-mels), seconds.")
  var vggishFraming: C3NModel.Options.VGGishFraming = .clip

  @Flag(
    help: "Take the final norm of Swin's ImageNet checkpoint for that of the last stage (a training's start)."
  )
  var swinFinalNorm = false

  /// What the worker is asked for; the models file fills in what a variant without weights lacks.
  func specification() throws -> ModelSpecification {
    var specification = ModelSpecification(
      variant: try variant.map { try Variant(named: $0) }, weights: weights, similarity: similarity)
    specification.options.labelOrder = labelOrder
    specification.options.vggishFraming = vggishFraming
    specification.options.mapsSwinFinalNorm = swinFinalNorm
    guard weights.isEmpty else { return specification }
    return try ModelsFile.filling(specification, from: models)
  }
}

/// The paper's ablations and knobs: shared by all commands that run a model.
///
/// What is not given is as the weights were trained, if they say it, else as published; a training begins as published.
struct SwitchOptions: ParsableArguments {
  @Option(help: "Exponent of the audio confidence (eq. 6). Published: 0.1.")
  var alpha: Float?

  @Option(help: "Exponent of the visual confidence (eq. 6). Published: 0.1.")
  var beta: Float?

  @Option(
    help:
      "Where the unified label comes from: none, visual (CC-V), audio-visual (CC). Published: audio-visual.")
  var consensus: Switches.Consensus?

  @Option(help: "What the audio softmax is taken of: as-published, logits.")
  var audioScores: Switches.AudioScores?

  @Flag(
    inversion: .prefixedNo,
    help: "AF: whether the non-local blocks listen; without, they attend from vision to vision.")
  var audioFeatures: Bool?

  @Flag(inversion: .prefixedNo, help: "Whether the non-local blocks are there (Fig. 8).")
  var nonLocal: Bool?

  @Option(help: ArgumentHelp("Force this ImageNet class (0 to 999) on every frame.", valueName: "class"))
  var label: Int?

  func validate() throws {
    for (name, value) in [("alpha", alpha), ("beta", beta)] {
      if let value, !value.isFinite || value < 0 {
        throw ValidationError("--\(name) \(value): expected a number from 0 on (the paper's is 0.1)")
      }
    }
    if label != nil && consensus == Switches.Consensus.none {
      throw ValidationError("--label with --consensus none: without consensus no label is used")
    }
    if let label, !(0..<SimilarityMatrix.visualCount).contains(label) {
      throw ValidationError("--label \(label): expected 0 to \(SimilarityMatrix.visualCount - 1)")
    }
  }

  /// The published switches, but for what was asked for.
  var switches: Switches { asked(over: Switches()) }

  /// The switches with which a model runs: those that its weights were trained under, but for what was asked for.
  func switches(of model: ModelSpecification) throws -> Switches {
    asked(over: try model.trainedSwitches ?? Switches())
  }

  /// Switches with what was asked for in their place.
  func asked(over others: Switches) -> Switches {
    var switches = others
    if let alpha { switches.alpha = alpha }
    if let beta { switches.beta = beta }
    // A label that is forced needs a consensus to be used.
    if label != nil, switches.consensus == .none { switches.consensus = .audioVisual }
    if let consensus { switches.consensus = consensus }
    if let audioScores { switches.audioScores = audioScores }
    if let audioFeatures { switches.audioFeatures = audioFeatures }
    if let nonLocal { switches.nonLocal = nonLocal }
    if let label { switches.forcedLabel = label }
    return switches
  }
}

extension Switches.Consensus: ExpressibleByArgument {}
extension Switches.AudioScores: ExpressibleByArgument {}
extension C3NModel.Options.LabelOrder: ExpressibleByArgument {}
extension C3NModel.Options.VGGishFraming: ExpressibleByArgument {}
