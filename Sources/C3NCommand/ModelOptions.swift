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
      "Checkpoints (.pth, .pt, .safetensors) in any order; or formula:SEED, weights that follow from a seed and have no skill.",
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
struct SwitchOptions: ParsableArguments {
  @Option(help: "Exponent of the audio confidence (eq. 6).")
  var alpha: Float = 0.1

  @Option(help: "Exponent of the visual confidence (eq. 6).")
  var beta: Float = 0.1

  @Option(
    help:
      "Where the unified label comes from: none, visual (CC-V), audio-visual (CC: the default, but for embedded:ROW)."
  )
  var consensus: Switches.Consensus?

  @Option(help: "What the audio softmax is taken of: as-published, logits.")
  var audioScores: Switches.AudioScores = .asPublished

  @Flag(
    name: .customLong("no-audio-features"), help: "AF off: the non-local blocks attend from vision to vision."
  )
  var withoutAudioFeatures = false

  @Flag(name: .customLong("no-non-local"), help: "Leave out the non-local blocks (Fig. 8).")
  var withoutNonLocal = false

  @Option(help: ArgumentHelp("Force this ImageNet class (0 to 999) on every frame.", valueName: "class"))
  var label: Int?

  func validate() throws {
    for (name, value) in [("alpha", alpha), ("beta", beta)] where !value.isFinite || value < 0 {
      throw ValidationError("--\(name) \(value): expected a number from 0 on (the paper's is 0.1)")
    }
    if label != nil && consensus == Switches.Consensus.none {
      throw ValidationError("--label with --consensus none: without consensus no label is used")
    }
    if let label, !(0..<SimilarityMatrix.visualCount).contains(label) {
      throw ValidationError("--label \(label): expected 0 to \(SimilarityMatrix.visualCount - 1)")
    }
  }

  /// The switches.
  var switches: Switches {
    var switches = Switches()
    switches.alpha = alpha
    switches.beta = beta
    switches.consensus = consensus ?? .audioVisual
    switches.audioScores = audioScores
    switches.audioFeatures = !withoutAudioFeatures
    switches.nonLocal = !withoutNonLocal
    switches.forcedLabel = label
    return switches
  }

  /// The switches with which a model runs: weights that were trained under a row of Table II are run under it, unless other
  /// switches were asked for.
  func switches(of model: ModelSpecification) throws -> Switches {
    guard let row = try model.ablation else { return switches }
    var switches = switches
    if consensus == nil, label == nil { switches.consensus = row.consensus }
    switches.audioFeatures = row.audioFeatures && !withoutAudioFeatures
    return switches
  }
}

extension Switches.Consensus: ExpressibleByArgument {}
extension Switches.AudioScores: ExpressibleByArgument {}
extension C3NModel.Options.LabelOrder: ExpressibleByArgument {}
extension C3NModel.Options.VGGishFraming: ExpressibleByArgument {}
