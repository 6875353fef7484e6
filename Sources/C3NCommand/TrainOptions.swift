import ArgumentParser
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

  @Option(help: "The split to score after every epoch (val); without its clips there is no validation.")
  var validationSplit: String?

  @Option(help: "Order, augmentation and initial values follow from it (1).")
  var seed: UInt64?

  /// Puts what was given in the place of the recipe's values.
  func apply(to configuration: inout TrainingConfiguration) {
    func set<Value>(_ path: WritableKeyPath<TrainingConfiguration, Value>, _ value: Value?) {
      if let value { configuration[keyPath: path] = value }
    }
    let oldBatch = configuration.batch
    set(\.batch, batch)
    // A recipe that takes its batch at once takes another one at once too.
    if configuration.microBatch == oldBatch || configuration.microBatch > configuration.batch {
      configuration.microBatch = configuration.batch
    }
    set(\.microBatch, microBatch)
    set(\.epochs, epochs)
    set(\.learningRate, learningRate)
    if let finalLearningRate { configuration.finalLearningRate = finalLearningRate }
    if let framesPerClip { configuration.framesPerClip = framesPerClip }
    if let secondsPerClip { configuration.secondsPerClip = secondsPerClip }
    set(\.validationInterval, validateEvery)
    set(\.steadyEpochs, steadyEpochs)
    set(\.stochasticDepth, stochasticDepth)
    set(\.width, width)
    set(\.flips, flip)
    set(\.jitters, colorJitter)
    set(\.freezesBackbone, freezeBackbone)
    set(\.firstFrameOnly, firstFrameOnly)
    set(\.trainingSplit, trainSplit)
    set(\.validationSplit, validationSplit)
    set(\.seed, seed)
  }
}
