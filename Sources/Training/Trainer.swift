import AVSBench
import C3N
import Evaluation
import Foundation
import Layers
import Media
import Tensors

/// Trains a model on a dataset and keeps a folder from which the run can go on at any time.
///
/// The same configuration, data and number of threads make the same bytes, in one run or in several.
public final class Trainer {
  /// What a run says.
  public enum Event: Sendable {
    /// A step was made: its row of the log, and the seconds that the run will still take.
    case step(TrainingLog.Row, of: Int, remaining: Double)
    /// So many of the validation's clips were scored.
    case validating(Int, of: Int)
    /// A validation's row of the log, and whether it is the best so far.
    case validated(TrainingLog.Row, isBest: Bool)
    /// A checkpoint was written.
    case saved(String)
  }

  /// How a run ended.
  public enum Outcome: Sendable, Equatable {
    /// All epochs were made.
    case finished
    /// Somebody asked it to stop; the checkpoint has everything that was done.
    case stopped
  }

  private let model: C3NModel
  private let configuration: TrainingConfiguration
  private let folder: TrainingFolder
  private let saveInterval: Double
  private let clips, validationClips: [Clip]
  private let pass: TrainingPass
  private let store: ClipStore
  private let log: TrainingLog
  private var optimizer: Adam
  private var average: WeightAverage?

  /// Where the run is.
  public private(set) var state: TrainingState

  /// Seconds of this run before it was last interrupted.
  private let secondsBefore: Double

  private struct Stopped: Error {}

  /// A clip and those of its frames that enter the loss.
  private struct Example {
    let clip: ClipStore.Prepared
    let annotated: [Int]
  }

  /// A run that begins or goes on.
  ///
  /// - Parameters:
  ///   - model: What to train; when a run goes on, loaded from its checkpoint.
  ///   - dataset: The clips.
  ///   - folder: Where checkpoints and log go; made if it is not there.
  ///   - resumes: Whether the folder's checkpoint is taken up.
  ///   - saveInterval: Seconds between checkpoints inside an epoch.
  ///   - cacheBytes: The memory for what a frozen backbone sees, as far as frames are not jittered.
  public init(
    _ model: C3NModel, on dataset: Dataset, _ configuration: TrainingConfiguration, folder: TrainingFolder,
    resumes: Bool, saveInterval: Double = 600, cacheBytes: Int = 2 << 30
  ) throws {
    try configuration.validate()
    self.model = model
    self.configuration = configuration
    self.folder = folder
    self.saveInterval = saveInterval
    let clips = dataset.clips.filter { $0.split == configuration.trainingSplit }
    guard !clips.isEmpty else {
      throw TrainingError(
        "\(dataset.root): no clip of split '\(configuration.trainingSplit)' to train on; found \(dataset.splitCounts); "
          + "--train-split names another one")
    }
    self.clips = clips
    validationClips = dataset.clips.filter { $0.split == configuration.validationSplit }
    pass = try TrainingPass(model, configuration.switches)
    store = ClipStore(
      model, switches: configuration.switches, isFrozen: configuration.freezesBackbone,
      limit: cacheBytes)
    let trained = Self.trained(model, configuration)
    optimizer = Adam(trained)
    average = configuration.averageDecay.map { WeightAverage(trained, model.buffers, decay: $0) }
    guard configuration.negativeAudio ?? 0 == 0 || model.audio != nil else {
      throw TrainingError("\(model.origin): no audio encoder, expected one for negative audio")
    }
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    if resumes {
      folder.removeUnfinished()
      state = try folder.resumable().state
      try folder.restore(&optimizer)
      try folder.restore(&average)
      secondsBefore =
        (try? TrainingLog.read(folder.log))?.last { [step = state.step] in $0.step <= step }?.seconds ?? 0
    } else {
      guard !FileManager.default.fileExists(atPath: folder.checkpoint) else {
        throw TrainingError(
          "\(folder.checkpoint): a run is here already, expected an empty folder or --resume")
      }
      state = TrainingState()
      secondsBefore = 0
    }
    log = try TrainingLog(folder.log, goingOnAt: resumes ? state : nil)
  }

  /// The number of clips that are scored after an epoch; 0 for no validation.
  public var validationClipCount: Int { validationClips.count }

  /// The number of batches of an epoch.
  public var batchesPerEpoch: Int { (clips.count + configuration.batch - 1) / configuration.batch }

  /// Trains until all epochs are made or `shouldStop` says so; asked between the parts of a step.
  public func run(
    shouldStop: () -> Bool = { false }, report: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    let start = ContinuousClock.now
    func seconds() -> Double { secondsBefore + (ContinuousClock.now - start).inSeconds }
    let total = configuration.epochs * batchesPerEpoch
    let firstStep = state.step
    var lastSave = ContinuousClock.now
    func save() throws {
      try folder.save(model, optimizer, average, configuration, state)
      lastSave = .now
      report(.saved(folder.checkpoint))
    }
    while state.epoch < configuration.epochs {
      var random = Random(configuration.seed, 1, UInt64(state.epoch))
      let order = random.permutation(clips.count)
      do {
        while state.batch < batchesPerEpoch {
          let stepStart = ContinuousClock.now
          let first = state.batch * configuration.batch
          let batch = Array(order[first..<min(first + configuration.batch, clips.count)])
          let loss = try step(batch, first, shouldStop)
          state.batch += 1
          state.step += 1
          let row = TrainingLog.Row(
            kind: "train", step: state.step, epoch: state.epoch + 1, loss: loss,
            learningRate: configuration.learningRate(epoch: state.epoch),
            clipsPerSecond: Double(batch.count) / max(1e-9, (ContinuousClock.now - stepStart).inSeconds),
            seconds: seconds())
          try log.append(row)
          let pace = (ContinuousClock.now - start).inSeconds / Double(state.step - firstStep)
          report(.step(row, of: total, remaining: pace * Double(total - state.step)))
          if shouldStop() { throw Stopped() }
          if (ContinuousClock.now - lastSave).inSeconds >= saveInterval { try save() }
        }
        let isDue =
          (state.epoch + 1) % configuration.validationInterval == 0 || state.epoch + 1 == configuration.epochs
        if !isDue {
          // Between validations nothing is known to be better.
        } else if let (meanIoU, f) = try withAverage({ try validate(shouldStop, report) }) {
          let isBest = meanIoU > state.bestIoU ?? -1
          if isBest { (state.bestIoU, state.bestEpoch) = (meanIoU, state.epoch + 1) }
          let row = TrainingLog.Row(
            kind: "val", step: state.step, epoch: state.epoch + 1, seconds: seconds(), meanIoU: meanIoU, f: f)
          try log.append(row)
          if isBest { try withAverage { try folder.saveBest(model, configuration, state) } }
          report(.validated(row, isBest: isBest))
        } else {
          // Without a validation the latest is the best that is known.
          try withAverage { try folder.saveBest(model, configuration, state) }
        }
      } catch is Stopped {
        try save()
        return .stopped
      }
      state.epoch += 1
      state.batch = 0
      try save()
    }
    return .finished
  }

  /// Runs `body` on the averaged weights, or on the weights themselves where none are averaged.
  private func withAverage<Result>(_ body: () throws -> Result) rethrows -> Result {
    if let average { try average.applied(body) } else { try body() }
  }

  /// One optimizer step; undone as a whole if it is interrupted.
  private func step(_ batch: [Int], _ first: Int, _ shouldStop: () -> Bool) throws -> SegmentationLoss {
    let statistics = model.buffers.map(\.value)
    func undo() { for (buffer, value) in zip(model.buffers, statistics) { buffer.value = value } }
    let gradients = Gradients()
    var loss = SegmentationLoss()
    do {
      let parts = stride(from: 0, to: batch.count, by: configuration.microBatch).map {
        $0..<min($0 + configuration.microBatch, batch.count)
      }
      // The loss is a mean over the batch's annotated frames, so these are counted first where that takes no reading.
      var prepared: [[Example]] = []
      var frames = configuration.firstFrameOnly ? batch.count : 0
      if !configuration.firstFrameOnly {
        prepared = try parts.map { try $0.map { try prepare(batch[$0], first + $0) } }
        frames = prepared.reduce(0) { $0 + $1.reduce(0) { $0 + $1.annotated.count } }
      }
      for (index, part) in parts.enumerated() {
        if shouldStop() { throw Stopped() }
        let clips = try prepared.isEmpty ? part.map { try prepare(batch[$0], first + $0) } : prepared[index]
        try run(clips, first + part.lowerBound, &loss, ofBatch: frames, into: gradients)
        guard loss.total.isFinite else {
          throw TrainingError(
            "step \(state.step + 1): the loss is \(loss.total) at \(names(part.map { batch[$0] })); nothing was saved"
          )
        }
      }
    } catch {
      undo()
      throw error
    }
    if let parameter = optimizer.parameters.first(where: { gradients[$0]?.isFinite == false }) {
      undo()
      throw TrainingError(
        "step \(state.step + 1): the gradient of \(parameter.key) is not finite at \(names(batch)); nothing was saved"
      )
    }
    let rate = configuration.learningRate(epoch: state.epoch)
    let backboneRate = configuration.backboneLearningRate(epoch: state.epoch)
    optimizer.update(gradients) { [variant = model.variant] in
      variant.part(ofKey: $0.key) == .backbone ? backboneRate : rate
    }
    average?.update(step: optimizer.step)
    return loss
  }

  /// One micro-batch: forward, loss, backward.
  private func run(
    _ examples: [Example], _ position: Int, _ loss: inout SegmentationLoss, ofBatch frames: Int,
    into gradients: Gradients
  ) throws {
    var ranges: [Range<Int>] = []
    var annotatedFrames: [Int] = []
    var truth: [Tensor] = []
    let clips = examples.map(\.clip)
    for (clip, annotated) in examples.map({ ($0.clip, $0.annotated) }) {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + clip.frameCount)
      for frame in annotated {
        annotatedFrames.append(start + frame)
        truth.append(clip.truth[frame]!.tensor.reshaped([1, 224, 224]))
      }
    }
    func joined(_ part: (ClipStore.Sound) -> Tensor?) -> Tensor? {
      let parts = clips.compactMap { $0.sound.flatMap(part) }
      return parts.isEmpty ? nil : .concatenate(parts)
    }
    let input = TrainingPass.Input(
      clips: ranges, embedding: joined(\.embedding), confidences: joined(\.confidences),
      annotated: annotatedFrames, truth: .concatenate(truth))
    var pictures: [Tensor] = []
    var attended: [[Tensor]] = []
    for clip in clips {
      switch clip.picture {
      case .frames(let frames): pictures.append(frames)
      case .attended(let stages): attended.append(stages)
      }
    }
    guard pictures.isEmpty else {
      var random = Random(configuration.seed, 3, UInt64(state.epoch), UInt64(position))
      let depth =
        configuration.stochasticDepth > 0
        ? StochasticDepth(
          rate: configuration.stochasticDepth, blocks: model.visual.blockCounts.reduce(0, +),
          frames: ranges.last!.upperBound
        ) { random.uniform() } : nil
      try pass.run(
        frames: .concatenate(pictures), depth: depth, batchNorm: configuration.batchNorm ?? .training, input,
        &loss, ofBatch: frames, into: gradients)
      return
    }
    let stages = (0..<4).map { i in Tensor.concatenate(attended.map { $0[i] }) }
    try pass.run(attended: stages, input, &loss, ofBatch: frames, into: gradients)
  }

  /// A clip with the changes that belong to its place in the epoch.
  private func prepare(_ index: Int, _ position: Int) throws -> Example {
    var random = Random(configuration.seed, 2, UInt64(state.epoch), UInt64(position))
    var augmentation = ClipStore.Augmentation()
    if configuration.flips { augmentation.isMirrored = random.uniform() < 0.5 }
    if configuration.jitters {
      let frames = try clips[index].files().frames.count
      augmentation.jitters = (0..<frames).map { _ in ColorJitter(random: &random) }
    }
    var seconds: [Int]?
    if let limit = configuration.secondsPerClip {
      let annotated = try annotated(clips[index].files().masks, of: clips[index])
      seconds = random.permutation(annotated.count).prefix(limit).map { annotated[$0] }.sorted()
    }
    // From a generator of its own: without negative audio a run draws what it always drew.
    var negatives = Random(configuration.seed, 4, UInt64(state.epoch), UInt64(position))
    let isNegative = configuration.negativeAudio.map { negatives.uniform() < $0 } ?? false
    let negative = isNegative ? NegativeSound.drawn(for: clips[index], among: clips, &negatives) : nil
    let prepared = try store.prepare(clips[index], augmentation, seconds: seconds, negative: negative)
    var annotated = try annotated(prepared.truth, of: clips[index])
    if let limit = configuration.framesPerClip, limit < annotated.count {
      let chosen = random.permutation(annotated.count).prefix(limit).sorted()
      annotated = chosen.map { annotated[$0] }
    }
    return Example(clip: prepared, annotated: annotated)
  }

  /// The frames that have a ground truth which enters the loss.
  private func annotated<Truth>(_ truth: [Truth?], of clip: Clip) throws -> [Int] {
    let frames = truth.indices.filter { truth[$0] != nil && (!configuration.firstFrameOnly || $0 == 0) }
    guard !frames.isEmpty else {
      throw TrainingError(
        "\(clip.framesFolder): no ground truth for the "
          + (configuration.firstFrameOnly ? "first frame" : "clip")
          + ", expected masks of every training clip")
    }
    return frames
  }

  /// The mean over clips of the mean IoU and of F of a clip's frames; nil without clips to validate on.
  private func validate(
    _ shouldStop: () -> Bool, _ report: (Event) -> Void
  ) throws -> (meanIoU: Double, f: Double)? {
    guard !validationClips.isEmpty else { return nil }
    var scores: [BatchScore] = []
    for (index, clip) in validationClips.enumerated() {
      if shouldStop() { throw Stopped() }
      let prepared = try store.prepare(clip, .init())
      let attended: [Tensor]
      switch prepared.picture {
      case .attended(let stages): attended = stages
      case .frames(let frames):
        attended = try store.attend(frames, confidences: prepared.sound?.confidences)
      }
      let logits = try model.segment(
        attended, embedding: prepared.sound?.embedding, configuration.switches)!
      let frames = prepared.truth.indices.compactMap { frame in
        prepared.truth[frame].map {
          FrameScore(logits: logits.slice(frame..<frame + 1).reshaped([224, 224]), truth: $0.tensor)
        }
      }
      if !frames.isEmpty { scores.append(BatchScore(frames)) }
      report(.validating(index + 1, of: validationClips.count))
    }
    guard !scores.isEmpty else { return nil }
    let sounding = scores.filter { !$0.isSilent }
    return (
      scores.reduce(0) { $0 + $1.iou } / Double(scores.count),
      sounding.reduce(0) { $0 + $1.f } / Double(max(1, sounding.count))
    )
  }

  private func names(_ indices: [Int]) -> String {
    "clip\(indices.count == 1 ? "" : "s") " + indices.map { clips[$0].id }.joined(separator: ", ")
  }

  /// Everything but the audio encoder, the classification heads and, if it is frozen, the backbone.
  package static func trained(_ model: C3NModel, _ configuration: TrainingConfiguration) -> [Parameter] {
    model.parameters.filter { parameter in
      let part = model.variant.part(ofKey: parameter.key)
      let isHead = model.variant.isForClasses(parameter.key)
      return part != .audio && !isHead && !(part == .backbone && configuration.freezesBackbone)
    }
  }
}

extension Tensor {
  /// Whether no element is infinite or not a number.
  package var isFinite: Bool {
    // 0 x is 0, or not a number.
    read { p in
      var sums = SIMD16<Float>(repeating: 0)
      let whole = count / 16 * 16
      for i in stride(from: 0, to: whole, by: 16) {
        sums += UnsafeRawPointer(p + i).loadUnaligned(as: SIMD16<Float>.self) * 0
      }
      return sums.sum() == 0 && (whole..<count).allSatisfy { p[$0].isFinite }
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
