import AVSBench
import C3N
import Glibc
import Layers

/// Everything that a run depends on besides its data and the weights that it begins with.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// What is trained.
  public var variant: Variant

  /// The channels between ASPP and decoder, where the weights do not tell.
  public var width: Int

  /// Whether only the first frame of a clip is annotated and enters the loss (S4), or all frames that have a mask.
  public var firstFrameOnly: Bool

  /// How many annotated frames of a clip enter the loss in a step, drawn anew each time; nil for all.
  ///
  /// The decoder, which costs most of a step, works on these alone.
  public var framesPerClip: Int?

  /// How many annotated frames a clip is cut down to in a step, with their seconds of sound, drawn anew each time; nil
  /// for the whole clip.
  ///
  /// Unlike ``framesPerClip`` it also takes the other seconds out of the non-local blocks, so that the sound of a
  /// second is learnt from with the frame of that second, and a step costs as much less.
  public var secondsPerClip: Int?

  /// How often every clip is seen.
  public var epochs: Int

  /// Clips a step.
  public var batch: Int

  /// Clips that are in memory together; gradients are summed until the batch is reached. Batch norms take the
  /// statistics of these clips.
  public var microBatch: Int

  /// Adam's learning rate in the first epoch.
  public var learningRate: Float

  /// What the learning rate falls to, linearly from epoch to epoch over `epochs - steadyEpochs`; nil keeps it constant.
  public var finalLearningRate: Float?

  /// Epochs at the end that are left to the final learning rate.
  public var steadyEpochs = 5

  /// The backbone's learning rate in the first epoch, which falls as the others do; nil for the one of the others.
  public var backboneLearningRate: Float?

  /// The decay of an exponential moving average of the weights; nil for none. See ``WeightAverage``.
  public var averageDecay: Float?

  /// The share of a batch's clips, drawn in every epoch, that get a sound of nothing that they show, and an empty ground
  /// truth; nil for none, as in the paper. See ``NegativeSound``.
  public var negativeAudio: Float?

  /// The mode of a trained backbone's batch norms; nil for training mode, as in AVSBench's TPAVI, which calls
  /// `model.train()` on the whole network. A frozen backbone keeps its running statistics.
  public var batchNorm: BatchNorm.Mode?

  /// Whether half of the clips, drawn in every epoch, are mirrored.
  public var flips = true

  /// Whether brightness, contrast, saturation and hue of every frame are changed.
  public var jitters = true

  /// The probability with which the last block's branches are left out in training.
  public var stochasticDepth: Float = 0.1

  /// Whether the visual backbone stays as it is. Classification heads and audio encoder always do.
  public var freezesBackbone = false

  /// The ablation that is trained.
  public var switches = Switches()

  /// The split that is trained on.
  public var trainingSplit = "train"

  /// The split that is scored after every epoch.
  public var validationSplit = "val"

  /// Epochs from one validation to the next; the last epoch always has one.
  public var validationInterval = 1

  /// The file of the similarity matrix; nil for the shipped one.
  public var similarity: String?

  /// How published weights are taken; nil for the published program's ways.
  public var options: C3NModel.Options?

  /// Two seeds make two runs: order, augmentation and initial values.
  public var seed: UInt64 = 1

  /// The paper's recipes (IV-A2).
  public enum Recipe: String, CaseIterable, Codable, Sendable {
    /// 20 epochs of batches of 8, the learning rate falling to 1e-5, the first frame annotated.
    case s4
    /// 60 epochs of batches of 4, a constant learning rate, all frames annotated.
    case ms3
  }

  /// A recipe for a variant; the backbone of `lite` is frozen, and its batch passes as a whole.
  public init(_ recipe: Recipe, variant: Variant) {
    self.variant = variant
    firstFrameOnly = recipe == .s4
    epochs = recipe == .s4 ? 20 : 60
    batch = recipe == .s4 ? 8 : 4
    learningRate = 1e-4
    finalLearningRate = recipe == .s4 ? 1e-5 : nil
    freezesBackbone = variant == .lite
    stochasticDepth = variant.visual.stochasticDepth
    microBatch = variant == .lite ? batch : 1
    width = variant == .lite ? 64 : 256
  }

  /// Adam's learning rate in an epoch, counted from 0.
  public func learningRate(epoch: Int) -> Float {
    guard let finalLearningRate else { return learningRate }
    let decay = max(1, epochs - steadyEpochs)
    guard epoch < decay else { return finalLearningRate }
    return learningRate + (finalLearningRate - learningRate) * Float(epoch) / Float(decay)
  }

  /// Adam's learning rate of the backbone in an epoch: in the proportion to the others' that it has in the first.
  public func backboneLearningRate(epoch: Int) -> Float {
    let rate = learningRate(epoch: epoch)
    guard let backboneLearningRate else { return rate }
    return learningRate > 0 ? backboneLearningRate * (rate / learningRate) : backboneLearningRate
  }

  /// Throws ``TrainingError`` for a value that makes no run.
  public func validate() throws {
    func require(_ isGood: Bool, _ what: String) throws {
      if !isGood { throw TrainingError(what) }
    }
    try require(epochs >= 1, "\(epochs) epochs, expected at least 1")
    try require(batch >= 1, "a batch of \(batch) clips, expected at least 1")
    try require(
      (1...batch).contains(microBatch), "a micro-batch of \(microBatch) clips, expected 1 to \(batch)")
    for rate in [learningRate, finalLearningRate ?? 0, backboneLearningRate ?? 0] {
      try require(
        rate.isFinite && rate >= 0, "a learning rate of \(rate), expected a number that is not negative")
    }
    try require(framesPerClip ?? 1 >= 1, "\(framesPerClip ?? 0) frames of a clip, expected at least 1")
    try require(
      secondsPerClip ?? 1 >= 1, "\(secondsPerClip ?? 0) seconds of a clip, expected at least 1")
    try require(
      validationInterval >= 1, "a validation every \(validationInterval) epochs, expected at least 1")
    try require(steadyEpochs >= 0, "\(steadyEpochs) steady epochs, expected 0 or more")
    try require(
      (0..<1).contains(stochasticDepth),
      "a stochastic depth of \(stochasticDepth), expected 0 or more, below 1")
    try require(width >= 2 && width % 2 == 0, "a width of \(width), expected an even number of channels")
    try require(
      backboneLearningRate == nil || !freezesBackbone,
      "a learning rate of a frozen backbone, expected a trained one (--no-freeze-backbone)")
    try require(
      (0..<1).contains(averageDecay ?? 0),
      "a moving average with a decay of \(averageDecay ?? 0), expected 0 or more, below 1")
    try require(
      (0...1).contains(negativeAudio ?? 0),
      "negative audio for a share of \(negativeAudio ?? 0) of the clips, expected 0 to 1")
    try require(
      negativeAudio ?? 0 == 0 || switches.audioFeatures || switches.consensus == .audioVisual,
      "negative audio for a model that is trained without sound, expected audio features or the consensus audio-visual"
    )
    if let batchNorm {
      try require(
        variant.visual.hasBatchNorm,
        "batch norms in \(batchNorm.rawValue) mode, but the backbone \(variant.visual) has none")
      try require(
        !freezesBackbone,
        "batch norms in \(batchNorm.rawValue) mode of a frozen backbone, which keeps its running statistics; "
          + "expected a trained one (--no-freeze-backbone)")
    }
  }
}

/// Why a training cannot begin or go on, in one line.
public struct TrainingError: Error, Equatable, CustomStringConvertible {
  /// What was found and what was expected.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
