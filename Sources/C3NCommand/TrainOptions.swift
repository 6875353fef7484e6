import ArgumentParser
import Layers
import Training

/// The hyper-parameters of a training; what is not given is the recipe's.
struct TrainOptions: ParsableArguments {
  @Option(help: "How often every clip is seen (S4: 20, MS3: 60).")
  var epochs: Int?

  @Option(help: "Clips a step (S4: 8, MS3: 4).")
  var batch: Int?

  @Option(help: "Clips in memory together; gradients are summed up to --batch (lite: all, pvtv2-panns: 1).")
  var microBatch: Int?

  @Option(help: "Adam's learning rate (1e-4).")
  var learningRate: Float?

  @Option(help: "What the learning rate falls to, linearly by epoch (S4: 1e-5, MS3: constant).")
  var finalLearningRate: Float?

  @Option(help: "The backbone's learning rate, which falls in proportion (that of the others).")
  var backboneLearningRate: Float?

  @Option(help: "Epochs at the end that are left to the final learning rate (5).")
  var steadyEpochs: Int?

  @Option(
    help:
      "The probability of leaving out the last block's branches (PVTv2: 0.1, Swin: 0.2; not in frozen backbones)."
  )
  var stochasticDepth: Float?

  @Option(help: "Channels between ASPP and decoder where no file has them (lite: 64, pvtv2-panns: 256).")
  var width: Int?

  @Flag(inversion: .prefixedNo, help: "Mirror half of the clips (yes).")
  var flip: Bool?

  @Flag(inversion: .prefixedNo, help: "Change brightness, contrast, saturation and hue of every frame (yes).")
  var colorJitter: Bool?

  @Flag(inversion: .prefixedNo, help: "Leave the visual backbone as it is (lite: yes, pvtv2-panns: no).")
  var freezeBackbone: Bool?

  @Option(
    help: ArgumentHelp(
      "Batch norms of a trained backbone: statistics of the batch, or running statistics (training, as in TPAVI).",
      valueName: "mode"))
  var batchNorm: BatchNorm.Mode?

  @Option(
    help: ArgumentHelp(
      "Average the weights exponentially, such as 0.999; validation and best.safetensors are of the average (no).",
      valueName: "decay"))
  var ema: Float?

  @Option(
    help: ArgumentHelp(
      "Share of the clips that get silence, noise or, where categories are known, another one's sound, with an empty mask (0).",
      valueName: "share"))
  var negativeAudio: Float?

  @Flag(inversion: .prefixedNo, help: "Only the first frame of a clip enters the loss (S4: yes, MS3: no).")
  var firstFrameOnly: Bool?

  @Option(help: "Annotated frames of a clip that enter the loss in a step, drawn anew (all).")
  var framesPerClip: Int?

  @Option(help: "Annotated frames, with their seconds of sound, that a step cuts a clip down to (all).")
  var secondsPerClip: Int?

  @Option(help: "Score the validation split every so many epochs, and after the last (1).")
  var validateEvery: Int?

  @Option(help: "The split to train on (train).")
  var trainSplit: String?

  @Option(help: "The split to score after every epoch (val); none for no validation.")
  var validationSplit: String?

  @Option(help: "Order, augmentation and initial values follow from it (1).")
  var seed: UInt64?

  /// An option that was given.
  struct Given {
    /// As it is typed, such as `--epochs 5`.
    let text: String
    /// What a configuration has in its place, in the same words.
    let textIn: (TrainingConfiguration) -> String
    /// Gives the value to a configuration.
    let apply: (inout TrainingConfiguration) -> Void
  }

  /// The options that were given.
  var given: [Given] {
    var given: [Given] = []
    func add<Value>(
      _ path: WritableKeyPath<TrainingConfiguration, Value>, _ value: Value?,
      _ text: @escaping (Value) -> String
    ) {
      guard let value else { return }
      given.append(
        Given(text: text(value), textIn: { text($0[keyPath: path]) }) { $0[keyPath: path] = value })
    }
    func add<Value>(
      _ name: String, _ path: WritableKeyPath<TrainingConfiguration, Value>, _ value: Value?
    ) {
      add(path, value) { "--\(name) \($0)" }
    }
    func add<Value>(
      _ name: String, _ path: WritableKeyPath<TrainingConfiguration, Value?>, _ value: Value?
    ) {
      add(path, value.map(Optional.some)) { value in value.map { "--\(name) \($0)" } ?? "no --\(name)" }
    }
    func add(_ name: String, _ path: WritableKeyPath<TrainingConfiguration, Bool>, _ value: Bool?) {
      add(path, value) { $0 ? "--\(name)" : "--no-\(name)" }
    }
    add("epochs", \.epochs, epochs)
    add("batch", \.batch, batch)
    add("micro-batch", \.microBatch, microBatch)
    add("learning-rate", \.learningRate, learningRate)
    add("final-learning-rate", \.finalLearningRate, finalLearningRate)
    add("backbone-learning-rate", \.backboneLearningRate, backboneLearningRate)
    add("steady-epochs", \.steadyEpochs, steadyEpochs)
    add("stochastic-depth", \.stochasticDepth, stochasticDepth)
    add("width", \.width, width)
    add("flip", \.flips, flip)
    add("color-jitter", \.jitters, colorJitter)
    add("freeze-backbone", \.freezesBackbone, freezeBackbone)
    add(\.batchNorm, batchNorm.map(Optional.some)) { mode in
      mode.map { "--batch-norm \($0.rawValue)" } ?? "no --batch-norm"
    }
    add("ema", \.averageDecay, ema)
    add("negative-audio", \.negativeAudio, negativeAudio)
    add("first-frame-only", \.firstFrameOnly, firstFrameOnly)
    add("frames-per-clip", \.framesPerClip, framesPerClip)
    add("seconds-per-clip", \.secondsPerClip, secondsPerClip)
    add("validate-every", \.validationInterval, validateEvery)
    add("train-split", \.trainingSplit, trainSplit)
    add("validation-split", \.validationSplit, validationSplit)
    add("seed", \.seed, seed)
    return given
  }

  /// Puts what was given in the place of the recipe's values.
  func apply(to configuration: inout TrainingConfiguration) {
    let recipe = configuration
    for option in given { option.apply(&configuration) }
    // A recipe that takes its batch at once takes another one at once too.
    if microBatch == nil,
      recipe.microBatch == recipe.batch || recipe.microBatch > configuration.batch
    {
      configuration.microBatch = configuration.batch
    }
  }
}

extension BatchNorm.Mode: ExpressibleByArgument {}
