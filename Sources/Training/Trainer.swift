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
  private let model: C3NModel
  private let configuration: TrainingConfiguration
  private let writer: RunWriter
  private let clips, validationClips: [Clip]
  private let pass: TrainingPass
  private let store: ClipStore
  private var optimizer: Adam

  /// Where the run is.
  public private(set) var state: TrainingState

  /// What the user should know about this run's beginning, a line each.
  public let remarks: [String]

  /// Seconds of this run before it was last interrupted.
  private let secondsBefore: Double

  private struct Stopped: Error {}

  /// A loss or gradient that is no number: what was trained is not worth saving.
  private struct NotFinite: Error {
    let reason: TrainingError
  }

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
  ///   - configuration: The recipe.
  ///   - folder: Where checkpoints and log go; made if it is not there.
  ///   - resumes: Whether the folder's checkpoint is taken up.
  ///   - saveInterval: Seconds between checkpoints inside an epoch.
  ///   - cacheBytes: The memory for what a frozen backbone sees, as far as frames are not jittered.
  ///   - lock: The folder's lock, where it was taken before the model was read; without it, it is taken here. It is held until
  ///     ``run(shouldStop:report:)`` returns.
  ///   - acceptsOtherData: Whether a run goes on with other clips, or other files of them, than it began with.
  ///
  /// Throws ``TrainingError`` if there is nothing to train on, another training writes to the folder, or the run that goes on began
  /// with another data set; and the errors of files that cannot be read or written.
  public init(
    _ model: C3NModel, on dataset: Dataset, _ configuration: TrainingConfiguration, folder: TrainingFolder,
    resumes: Bool, saveInterval: Double = 600, cacheBytes: Int = 2 << 30, lock: RunLock? = nil,
    acceptsOtherData: Bool = false
  ) throws {
    try configuration.validate()
    self.model = model
    self.configuration = configuration
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
    optimizer = Adam(Self.trained(model, configuration))
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let lock = try lock ?? RunLock(folder.path)
    var remarks = lock.limitation.map { [$0] } ?? []
    var data = TrainingData(dataset, configuration)
    if resumes {
      folder.removeUnfinished()
      let checkpoint = try folder.resumable()
      state = checkpoint.state
      if let began = checkpoint.data {
        guard began.isSame(as: data) || acceptsOtherData else {
          throw TrainingError(
            "\(folder.path): the run was \(began.difference(to: data)); expected the data that it began with")
        }
        // Where it began, not where it is: a data set that was moved changes no byte of what the run makes.
        if began.isSame(as: data) { data = began }
      } else {
        remarks.append(
          "\(folder.path): an earlier version began the run and did not write down with which data; it goes on with \(data.root)"
        )
      }
      try folder.restore(&optimizer)
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
    self.remarks = remarks
    writer = try RunWriter(
      model, configuration, data, folder: folder, lock: lock, goingOnAt: resumes ? state : nil,
      saveInterval: saveInterval)
  }

  /// The number of clips that are scored after an epoch; 0 for no validation.
  public var validationClipCount: Int { validationClips.count }

  /// What is odd about the files of the clips that were read so far, clips counted, a line each.
  public var notes: [String] { store.notes.lines }

  /// The number of batches of an epoch.
  public var batchesPerEpoch: Int { (clips.count + configuration.batch - 1) / configuration.batch }

  /// Trains until all epochs are made or `shouldStop` says so; asked between the parts of a step.
  ///
  /// A checkpoint that cannot be written on the way is told and tried again; one that cannot be written at the end is an error. An
  /// error ends the run after the steps made so far were saved, unless it is that of a loss or gradient that is not finite.
  public func run(
    shouldStop: () -> Bool = { false }, report: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    defer { writer.end() }
    writer.begin()
    let firstStep = state.step
    do {
      try trainEpochs(from: firstStep, shouldStop, report)
      return .finished
    } catch is Stopped {
      try savingOrRestoring(report)
      return .stopped
    } catch is RunWriter.FolderLost {
      throw writer.restoreFolder(optimizer, state, report)
    } catch let error as NotFinite {
      if state.step == firstStep { writer.removeEmptyLog() }
      throw error.reason
    } catch {
      if state.step == firstStep {
        writer.removeEmptyLog()
      } else {
        try? savingOrRestoring(report)
      }
      throw error
    }
  }

  private func savingOrRestoring(_ report: (Event) -> Void) throws {
    do {
      try writer.saveAtLast(optimizer, state, report)
    } catch is RunWriter.FolderLost {
      throw writer.restoreFolder(optimizer, state, report)
    }
  }

  private func trainEpochs(
    from firstStep: Int, _ shouldStop: () -> Bool, _ report: (Event) -> Void
  ) throws {
    let start = ContinuousClock.now
    func seconds() -> Double { secondsBefore + (ContinuousClock.now - start).inSeconds }
    let total = configuration.epochs * batchesPerEpoch
    while state.epoch < configuration.epochs {
      var random = Random(configuration.seed, 1, UInt64(state.epoch))
      let order = random.permutation(clips.count)
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
        try writer.append(row, report)
        let pace = (ContinuousClock.now - start).inSeconds / Double(state.step - firstStep)
        report(.step(row, of: total, remaining: pace * Double(total - state.step)))
        if shouldStop() { throw Stopped() }
        if writer.isSaveDue { try writer.save(optimizer, state, report) }
      }
      let isLast = state.epoch + 1 == configuration.epochs
      let isDue = isLast || (state.epoch + 1) % configuration.validationInterval == 0
      if isDue { try scoreEpoch(isLast: isLast, seconds, shouldStop, report) }
      state.epoch += 1
      state.batch = 0
      if isLast {
        try savingOrRestoring(report)
      } else {
        try writer.save(optimizer, state, report)
      }
    }
  }

  /// Validates, and keeps the weights if they are the best so far; without a validation the latest are the best that is known.
  ///
  /// Where the best weights cannot be written, the best that is written stays the one to beat.
  private func scoreEpoch(
    isLast: Bool, _ seconds: () -> Double, _ shouldStop: () -> Bool, _ report: (Event) -> Void
  ) throws {
    let before = state
    let score = try validate(shouldStop, report)
    let isBest = score.map { $0.meanIoU > state.bestIoU ?? -1 } ?? true
    if let score, isBest { (state.bestIoU, state.bestEpoch) = (score.meanIoU, state.epoch + 1) }
    var row: TrainingLog.Row?
    if let score {
      row = TrainingLog.Row(
        kind: "val", step: state.step, epoch: state.epoch + 1, seconds: seconds(), meanIoU: score.meanIoU,
        f: score.f)
      try writer.append(row!, report)
    }
    if isBest {
      do {
        try writer.saveBest(state)
      } catch {
        state = before
        guard !isLast, !(error is RunWriter.FolderLost) else { throw error }
        report(.notSaved("\(error)"))
      }
    }
    if let row { report(.validated(row, isBest: isBest)) }
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
          throw NotFinite(
            reason: TrainingError(
              "step \(state.step + 1): the loss is \(loss.total) at \(names(part.map { batch[$0] })); nothing was saved"
            ))
        }
      }
    } catch {
      undo()
      throw error
    }
    if let parameter = optimizer.parameters.first(where: { gradients[$0]?.isFinite == false }) {
      undo()
      throw NotFinite(
        reason: TrainingError(
          "step \(state.step + 1): the gradient of \(parameter.key) is not finite at \(names(batch)); nothing was saved"
        ))
    }
    optimizer.update(gradients, rate: configuration.learningRate(epoch: state.epoch))
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
        frames: .concatenate(pictures), depth: depth, input, &loss, ofBatch: frames, into: gradients)
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
    let prepared = try store.prepare(clips[index], augmentation, seconds: seconds)
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
