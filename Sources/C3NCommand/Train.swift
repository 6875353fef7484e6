import ArgumentParser
import AVSBench
import C3N
import Dispatch
import Foundation
import Glibc
import Inference
import Synchronization
import Tensors
import TerminalUI
import Training

/// `c3n train`: a model learns a dataset, or a run's curves are shown.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on a dataset, go on with a run, or show a run's curves.",
    discussion: """
      Trains ASPP, non-local blocks, decoder and backbone (of lite only with --no-freeze-backbone); the audio encoder and the \
      classification heads stay as they are. The defaults are the paper's recipe for the dataset's kind, S4 or MS3 \
      (IV-A2). --weights names what the run begins with: the encoders' files (pvt_v2_b5.pth and Cnn14_16k_mAP=0.438.pth \
      for pvtv2-panns; for lite nothing, or its audio encoder), or a whole segmentation network to go on from. What no \
      file has begins with initial values that follow from --seed.

      The folder of --output receives training.safetensors (everything that --resume needs), best.safetensors (the \
      weights of the best validation, for `c3n run --weights`) and log.csv. Ctrl-C stops after saving; a run that is \
      killed goes on from its last checkpoint. With the same seed and the same --threads (without it, that of \
      the processors) every run on the same kind of processor makes the same bytes, in one piece or in several.

      Examples:
        c3n train s4_data --variant lite --weights lite-audio.safetensors --output run1
        c3n train s4_data --output run1 --resume
        c3n train --watch run1/log.csv
      """)

  @Argument(help: ArgumentHelp("The dataset's folder.", valueName: "dataset"))
  var dataset: String?

  @Option(help: ArgumentHelp("Checkpoints and log go here.", valueName: "folder"))
  var output: String?

  @Flag(help: "Go on with the run in --output. What it was begun with stays; other values are refused.")
  var resume = false

  @Option(help: "The recipe: s4, ms3. Without it, that of the dataset's layout.")
  var recipe: TrainingConfiguration.Recipe?

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Hyper-parameters") var hyper: TrainOptions
  @OptionGroup(title: "Ablation") var switchOptions: SwitchOptions

  @Option(
    help: ArgumentHelp(
      "Save a checkpoint every so many minutes, besides after each epoch.", valueName: "minutes"))
  var saveEvery = 10.0

  @Option(
    help: ArgumentHelp(
      "Memory for what a frozen backbone sees, so that it sees each clip once (without --color-jitter).",
      valueName: "MB"))
  var cache = 2048

  @Option(
    help: "Threads; without it, as many as there are processors. Two runs of one each are faster for lite.")
  var threads: Int?

  @Option(help: ArgumentHelp("Show the curves of a run's log.csv instead of training.", valueName: "log"))
  var watch: String?

  @Flag(help: "With --watch: show them again whenever the log has grown.")
  var follow = false

  /// The validation split of who wants no validation.
  private static let noSplit = "none"

  func validate() throws {
    if watch == nil {
      guard dataset != nil else { throw ValidationError("expected the dataset's folder, or --watch LOG") }
      guard output != nil else { throw ValidationError("expected --output FOLDER for checkpoints and log") }
    }
    guard saveEvery > 0 else {
      throw ValidationError("--save-every \(saveEvery): expected a positive number")
    }
    guard cache >= 0 else {
      throw ValidationError("--cache \(cache): expected a number that is not negative")
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads \(threads): expected at least 1")
    }
  }

  func run() throws {
    if let watch { return try TrainingCurves(watch).show(follows: follow) }
    if let threads { BLAS.threads = threads }
    StandardOutput.writeLinesAtOnce()
    let data = try Dataset.open(try datasetFolder(named: dataset!))
    data.showWarnings()
    let folder = TrainingFolder(output!)
    let assets = try EmbeddedAssets.locate()
    let (configuration, network) =
      try resume ? continued(folder, assets) : begun(data, assets)
    if !resume { try makeFolder(output!) }
    let trainer = try Trainer(
      network, on: data, configuration, folder: folder, resumes: resume, saveInterval: saveEvery * 60,
      cacheBytes: cache << 20)
    print(
      "\(TerminalText.escaped(data.root)): \(configuration.variant), \(configuration.epochs) epochs of "
        + "\(trainer.batchesPerEpoch) steps, seed \(configuration.seed), \(BLAS.threads) threads"
        + (resume ? ", going on at step \(trainer.state.step)" : ""))
    if trainer.validationClipCount == 0 {
      let split = TerminalText.escaped(configuration.validationSplit)
      print(
        "note: no validation, the latest weights count as the best"
          + (split == Self.noSplit
            ? "" : ": no clip of split '\(split)'; found \(TerminalText.escaped(data.splitCounts))"))
    }
    let interrupt = Interrupt()
    let report = TrainReport()
    let outcome = try trainer.run(shouldStop: { interrupt.isRequested }) { report.show($0) }
    report.clear()
    if let best = trainer.state.bestIoU, let epoch = trainer.state.bestEpoch {
      print(String(format: "best mIoU %.4f in epoch %d: %@", best, epoch, TerminalText.escaped(folder.best)))
    }
    if outcome == .stopped {
      print("stopped at step \(trainer.state.step); go on with --resume")
      throw ExitCode(130)
    }
  }

  /// A new run: the recipe with the given hyper-parameters, on weights of files or initial ones.
  private func begun(
    _ data: Dataset, _ assets: EmbeddedAssets
  ) throws -> (TrainingConfiguration, C3NModel) {
    let recipe = recipe ?? (data.layout == .multipleSources ? .ms3 : .s4)
    let specification = try model.specification()
    let variant = try specification.variant ?? Self.variant(of: specification.weights)
    var configuration = TrainingConfiguration(recipe, variant: variant)
    hyper.apply(to: &configuration)
    configuration.switches = switchOptions.switches
    configuration.similarity = specification.similarity
    configuration.options = specification.options == .init() ? nil : specification.options
    try configuration.validate()
    // The default split may be missing; who names one means one that is there.
    if let split = hyper.validationSplit, split != Self.noSplit,
      !data.clips.contains(where: { $0.split == split })
    {
      throw CommandError(
        "\(TerminalText.escaped(data.root)): no clip of split '\(TerminalText.escaped(split))' to validate on; found "
          + "\(TerminalText.escaped(data.splitCounts)); --validation-split names another one, or none")
    }
    let network = try assets.beginTraining(
      specification, variant: variant, width: configuration.width, seed: configuration.seed)
    configuration.width = network.segmentation?.width ?? configuration.width
    return (configuration, network)
  }

  /// The variant whose parts the files are; `lite` where they do not tell.
  private static func variant(of weights: [String]) throws -> Variant {
    guard case .files(let paths) = try WeightOrigin(arguments: weights) else { return .lite }
    return WeightFile.variant(of: try paths.map { try WeightFile(opening: $0) }) ?? .lite
  }

  /// A run's own configuration and weights.
  private func continued(
    _ folder: TrainingFolder, _ assets: EmbeddedAssets
  ) throws -> (TrainingConfiguration, C3NModel) {
    let configuration = try folder.resumable().configuration
    let conflicts = try conflicts(with: configuration)
    guard conflicts.isEmpty else {
      throw CommandError(
        "\(TerminalText.escaped(folder.path)): --resume goes on as the run began; found "
          + "\(conflicts.map { "\($0.found) (the run: \($0.expected))" }.joined(separator: ", "))")
    }
    let network = try assets.load(
      ModelSpecification(
        variant: configuration.variant, weights: [folder.checkpoint],
        similarity: model.similarity ?? configuration.similarity, options: configuration.options ?? .init()))
    return (configuration, network)
  }
}

extension Train {
  /// Options that ask for something else than what a run began with, and what that is.
  private func conflicts(
    with run: TrainingConfiguration
  ) throws -> [(found: String, expected: String)] {
    var conflicts: [(found: String, expected: String)] = []
    func expect(_ found: String, _ expected: String) {
      if found != expected { conflicts.append((TerminalText.escaped(found), TerminalText.escaped(expected))) }
    }
    if let variant = model.variant {
      expect("--variant \(try Variant(named: variant))", "--variant \(run.variant)")
    }
    if !model.weights.isEmpty { expect("--weights", "its own, which it has trained") }
    if let recipe { expect("--recipe \(recipe)", "its own hyper-parameters") }
    for option in hyper.given { expect(option.text, option.textIn(run)) }
    let (asked, began) = (switchOptions, run.switches)
    if let alpha = asked.alpha { expect("--alpha \(alpha)", "--alpha \(began.alpha)") }
    if let beta = asked.beta { expect("--beta \(beta)", "--beta \(began.beta)") }
    if let consensus = asked.consensus {
      expect("--consensus \(consensus.rawValue)", "--consensus \(began.consensus.rawValue)")
    }
    if let scores = asked.audioScores {
      expect("--audio-scores \(scores.rawValue)", "--audio-scores \(began.audioScores.rawValue)")
    }
    func flag(_ name: String, _ isOn: Bool) -> String { isOn ? "--\(name)" : "--no-\(name)" }
    for (name, isOn, wasOn) in [
      ("audio-features", asked.audioFeatures, began.audioFeatures),
      ("non-local", asked.nonLocal, began.nonLocal),
    ] {
      if let isOn { expect(flag(name, isOn), flag(name, wasOn)) }
    }
    if let label = asked.label {
      expect("--label \(label)", began.forcedLabel.map { "--label \($0)" } ?? "no --label")
    }
    let options = try model.specification().options
    if options != .init(), options != run.options ?? .init() {
      expect("another --label-order, --vggish-framing or --swin-final-norm", "those that it began with")
    }
    return conflicts
  }
}

/// Whether Ctrl-C or a request to terminate has come.
private final class Interrupt {
  private let flag = Flag()
  private let sources: [any DispatchSourceSignal]

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }

  init() {
    let flag = flag
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { flag.isSet.store(true, ordering: .relaxed) }
      source.resume()
      return source
    }
  }
}

/// The progress of a run on standard error, and its validations on standard output.
private struct TrainReport {
  private let progress = Progress()

  func clear() { progress.clear() }

  func show(_ event: Trainer.Event) {
    switch event {
    case .step(let row, let total, let remaining):
      progress.show(
        String(
          format: "step %d/%d  epoch %d  loss %.4f  lr %.2g  %.2f clips/s  %@ left  %.0f MB", row.step, total,
          row.epoch, row.loss ?? 0, row.learningRate ?? 0, row.clipsPerSecond ?? 0, Self.time(remaining),
          row.memory ?? 0))
    case .validating(let done, let total): progress.show("validation: clip \(done) of \(total)")
    case .validated(let row, let isBest):
      progress.clear()
      print(
        String(
          format: "epoch %d  step %d  mIoU %.4f  F %.4f%@", row.epoch, row.step, row.meanIoU ?? 0, row.f ?? 0,
          isBest ? "  best so far" : ""))
    case .saved: break
    }
  }

  private static func time(_ seconds: Double) -> String {
    let minutes = Int(seconds / 60)
    return minutes >= 60
      ? "\(minutes / 60) h \(minutes % 60) min" : minutes >= 1 ? "\(minutes) min" : "\(Int(seconds)) s"
  }
}

extension TrainingConfiguration.Recipe: ExpressibleByArgument {}
