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

  /// What the worker is asked for.
  func specification() throws -> ModelSpecification {
    ModelSpecification(
      variant: try variant.map { try Variant(named: $0) }, weights: weights, similarity: similarity)
  }
}

/// The paper's ablations and knobs: shared by all commands that run a model.
struct SwitchOptions: ParsableArguments {
  @Option(help: "Exponent of the audio confidence (eq. 6).")
  var alpha: Float = 0.1

  @Option(help: "Exponent of the visual confidence (eq. 6).")
  var beta: Float = 0.1

  @Option(help: "Where the unified label comes from: none, visual (CC-V), audio-visual (CC).")
  var consensus: Switches.Consensus = .audioVisual

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
      throw ValidationError("--\(name) \(value): expected a number that is not negative")
    }
    if label != nil && consensus == .none {
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
    switches.consensus = consensus
    switches.audioScores = audioScores
    switches.audioFeatures = !withoutAudioFeatures
    switches.nonLocal = !withoutNonLocal
    switches.forcedLabel = label
    return switches
  }
}

extension Switches.Consensus: ExpressibleByArgument {}
extension Switches.AudioScores: ExpressibleByArgument {}
