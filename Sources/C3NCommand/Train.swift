import ArgumentParser
import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import Tensors
import TerminalUI
import Training

/// `c3n train`: a model learns a dataset, or a run's curves are shown.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on a dataset, go on with a run, or show a run's curves.",
    discussion: """
      Trains ASPP, non-local blocks and decoder, and the backbone where it has gradients; the audio encoder and the \
      classification heads stay as they are. The defaults are the paper's recipe for the dataset's kind, S4 or MS3 \
      (IV-A2). --weights names what the run begins with: the encoders' files (pvt_v2_b5.pth and Cnn14_16k_mAP=0.438.pth \
      for pvtv2-panns; for lite nothing, or its audio encoder), or a whole segmentation network to go on from. What no \
      file has begins with initial values that follow from --seed.

      The folder of --output receives training.safetensors (everything that --resume needs), best.safetensors (the \
      weights of the best validation, for `c3n run --weights`) and log.csv. Ctrl-C, SIGTERM and a terminal that is closed \
      stop it after saving (exit status 130, 143, 129); a run that is killed goes on from its last checkpoint. One training \
      at a time writes to a folder. A run goes on with the data that it began with, wherever that is now. With the same seed and the same --threads (without it, that of \
      the processors) every run on the same kind of processor makes the same bytes, in one piece or in several.

      Examples:
        c3n train s4_data --variant lite --weights lite-audio.safetensors --output run1
        c3n train s4_data --output run1 --resume
        c3n train --watch run1/log.csv
      """)

  @Argument(
    help: ArgumentHelp(
      "The dataset's folder; embedded:s4 and embedded:ms3 for the embedded clips.", valueName: "dataset"))
  var dataset: String?

  @Option(help: ArgumentHelp("Checkpoints and log go here.", valueName: "folder"))
  var output: String?

  @Flag(help: "Go on with the run in --output. What it was begun with stays; other values are refused.")
  var resume = false

  @Flag(
    help:
      "With --resume: go on although the clips, or the names or sizes of their files, are not those the run began with."
  )
  var acceptOtherData = false

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

  mutating func validate() throws {
    if watch == nil {
      dataset = dataset ?? model.weights.giveBack(TrailingArguments.isDataset)
      guard dataset != nil else { throw ValidationError("expected the dataset's folder, or --watch LOG") }
      guard output != nil else { throw ValidationError("expected --output FOLDER for checkpoints and log") }
    }
    guard resume || !acceptOtherData else { throw ValidationError("--accept-other-data belongs to --resume") }
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
    let data = try openDataset(dataset!)
    data.showWarnings()
    let folder = TrainingFolder(output!)
    let assets = try EmbeddedAssets.locate()
    var lock: RunLock?
    if resume {
      _ = try folder.resumable()
      // Before the weights are read, which another training might replace meanwhile.
      lock = try RunLock(folder.path)
    }
    let (configuration, network) =
      try resume ? continued(folder, data, assets) : begun(data, assets)
    // Until here there is nothing to save, and a signal ends the process at once.
    StopRequest.listen()
    let made = try resume ? nil : MadeFolders(output!)
    do {
      let trainer = try Trainer(
        network, on: data, configuration, folder: folder, resumes: resume, saveInterval: saveEvery * 60,
        cacheBytes: cache << 20, lock: lock, acceptsOtherData: acceptOtherData)
      lock = nil
      try train(trainer, data, configuration, folder)
    } catch {
      made?.removeEmpty()
      throw error
    }
  }

  /// The one data set of a name or folder.
  private func openDataset(_ name: String) throws -> Dataset {
    let folder = try datasetFolder(named: name)
    guard name == Session.embedded else { return try Dataset.open(folder) }
    let sets = try Dataset.openAll(folder)
    guard sets.count > 1 else { return sets[0] }
    throw CommandError(
      "\(name): \(sets.count) data sets, expected one to train on: "
        + Layout.allCases.compactMap { layout in sets.first { $0.layout == layout } }
        .map { "\($0.embeddedName) (\($0.splitCounts))" }.joined(separator: ", "))
  }

  private func train(
    _ trainer: Trainer, _ data: Dataset, _ configuration: TrainingConfiguration, _ folder: TrainingFolder
  ) throws {
    print(
      "\(TerminalText.escaped(data.root)): \(configuration.variant), \(configuration.epochs) epochs of "
        + "\(trainer.batchesPerEpoch) steps, seed \(configuration.seed), \(BLAS.threads) threads"
        + (resume ? ", going on at step \(trainer.state.step)" : ""))
    for remark in trainer.remarks { print("note: \(TerminalText.escaped(remark))") }
    if trainer.validationClipCount == 0 {
      let split = TerminalText.escaped(configuration.validationSplit)
      print(
        "note: no validation, the latest weights count as the best"
          + (split == Self.noSplit
            ? "" : ": no clip of split '\(split)'; found \(TerminalText.escaped(data.splitCounts))"))
    }
    let report = TrainReport()
    var told: [String] = []
    let outcome = try trainer.run(shouldStop: { StopRequest.isMade }) { event in
      report.show(event)
      // After the first validation every clip has been read, or after the first checkpoint where there is none.
      if case .saved = event, told.isEmpty { told = Self.tell(trainer.notes, besides: told, report) }
    }
    report.clear()
    _ = Self.tell(trainer.notes, besides: told, report)
    if let best = trainer.state.bestIoU, let epoch = trainer.state.bestEpoch {
      print(String(format: "best mIoU %.4f in epoch %d: %@", best, epoch, TerminalText.escaped(folder.best)))
    }
    if outcome == .stopped {
      print("stopped at step \(trainer.state.step); go on with --resume")
      throw StopRequest.status(StopRequest.signalNumber!)
    }
  }

  /// Prints what is odd about the clips' files, unless it was printed; returns what was.
  private static func tell(_ notes: [String], besides told: [String], _ report: TrainReport) -> [String] {
    guard notes != told else { return told }
    report.clear()
    for note in notes { print("note: \(TerminalText.escaped(note))") }
    return notes
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
    try Self.expectRoom(for: configuration, data)
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
  ///
  /// Throws `ModelError` for a file that is a part of a variant by its keys but fits none.
  private static func variant(of weights: [String]) throws -> Variant {
    guard case .files(let paths) = try ModelSource(arguments: weights) else { return .lite }
    let files = try paths.map { try WeightFile(outlining: $0) }
    if let error = WeightFile.misfit(among: files) { throw error }
    return WeightFile.variant(of: files) ?? .lite
  }

  /// A run's own configuration and weights.
  private func continued(
    _ folder: TrainingFolder, _ data: Dataset, _ assets: EmbeddedAssets
  ) throws -> (TrainingConfiguration, C3NModel) {
    let configuration = try folder.resumable().configuration
    let conflicts = try conflicts(with: configuration)
    guard conflicts.isEmpty else {
      throw CommandError(
        "\(TerminalText.escaped(folder.path)): --resume goes on as the run began; found "
          + "\(conflicts.map { "\($0.found) (the run: \($0.expected))" }.joined(separator: ", "))")
    }
    try Self.expectRoom(for: configuration, data)
    let network = try assets.load(
      ModelSpecification(
        variant: configuration.variant, weights: [folder.checkpoint],
        similarity: model.similarity ?? configuration.similarity, options: configuration.options ?? .init()))
    return (configuration, network)
  }
}

extension Train {
  /// Throws `MemoryError` where the longest clip's activations do not fit: a training, unlike a run, cannot take a clip in
  /// chunks, because the loss of each frame reaches all of them.
  private static func expectRoom(for configuration: TrainingConfiguration, _ data: Dataset) throws {
    let clips = data.clips.filter { $0.split == configuration.trainingSplit }
    let lengths = clips.map { (clip: $0, frames: (try? $0.files().frames.count) ?? 0) }
    guard let longest = lengths.max(by: { $0.frames < $1.frames }), longest.frames > 0,
      let available = AvailableMemory.now()
    else { return }
    let need = TrainingMemory(configuration, longestClip: longest.frames)
    guard need.total > available.bytes else { return }
    var help: [String] = []
    if configuration.microBatch > 1 { help.append("--micro-batch 1") }
    if need.frames > 5, configuration.secondsPerClip == nil { help.append("--seconds-per-clip 5") }
    if !configuration.freezesBackbone { help.append("--freeze-backbone") }
    throw MemoryError(
      place: longest.clip.framesFolder,
      need: "training \(configuration.variant) on \(longest.frames) frames needs "
        + need.description { byteCount($0) },
      missing: need.total, available: available, help: help)
  }

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
    case .notSaved(let reason):
      progress.clear()
      showWarning("not saved yet, it is tried again: \(reason)")
    }
  }

  private static func time(_ seconds: Double) -> String {
    let minutes = Int(seconds / 60)
    return minutes >= 60
      ? "\(minutes / 60) h \(minutes % 60) min" : minutes >= 1 ? "\(minutes) min" : "\(Int(seconds)) s"
  }
}

extension TrainingConfiguration.Recipe: ExpressibleByArgument {}
