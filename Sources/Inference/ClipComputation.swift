import AVSBench
import C3N
import Evaluation
import Foundation
import Media
import Tensors

/// One clip in one model. What was computed before is taken from a store, so that a change recomputes only what it touches
/// and going back to earlier switches computes nothing.
///
/// The backbones' results depend on the clip and its noise; class-activated weights on a frame and its label; the masks on
/// all labels and on what the non-local blocks are given.
///
/// A long clip is computed in chunks of frames, twice: first each chunk up to V^a and what the non-local blocks read of it,
/// then each chunk's masks by the map of all. Between the two passes V^a of as many chunks stays as a limit allows; that of
/// the others is computed again. Of a chunk's features nothing stays but within the store's budget.
package final class ClipComputation {
  let model: C3NModel
  let contents: ClipContents
  let store: WhatIfStore
  let chunks: [Range<Int>]

  /// How many chunks' V^a stay between the two passes.
  let chunksKept: Int

  /// The frames with the noise that was asked for last.
  var noisy: (decibels: Double, frames: [RGBImage])?

  /// - Parameters:
  ///   - model: the network.
  ///   - contents: the clip.
  ///   - budget: the most that results may take beside what a run itself uses, in bytes.
  ///   - framesAtATime: the most frames that are computed together.
  ///   - pooledLimit: the bytes of V^a that a run keeps between its two passes over a clip of several chunks.
  package convenience init(
    _ model: C3NModel, _ contents: ClipContents, budget: Int, framesAtATime: Int = C3NModel.framesAtATime,
    pooledLimit: Int = MemoryNeed.pooledLimit
  ) {
    self.init(
      model, contents, store: WhatIfStore(budget: budget), framesAtATime: framesAtATime,
      pooledLimit: pooledLimit)
  }

  init(
    _ model: C3NModel, _ contents: ClipContents, store: WhatIfStore, framesAtATime: Int,
    pooledLimit: Int = MemoryNeed.pooledLimit
  ) {
    self.model = model
    self.contents = contents
    self.store = store
    chunks = C3NModel.chunks(of: contents.frames.count, atMost: framesAtATime)
    let largest = chunks.map(\.count).max()! * MemoryNeed.pooledBytes(width: model.segmentation?.width ?? 0)
    chunksKept = chunks.count == 1 ? 1 : min(chunks.count, pooledLimit / max(largest, 1))
  }

  /// The milestones that each part of a run passes, those that are reached again in the second pass included.
  func milestoneCounts(_ switches: Switches) -> [Milestone.Part: Int] {
    var counts = model.milestoneCounts(
      switches, chunks: chunks.count, seconds: contents.waveform.seconds)
    let again = model.milestoneCounts(switches, chunks: chunks.count - chunksKept)
    for part in [Milestone.Part.backbone, .attention, .aspp] where model.segmentation != nil {
      if let more = again[part] { counts[part, default: 0] += more }
    }
    return counts
  }

  deinit {
    let own = ObjectIdentifier(self)
    store.remove { $0.computation == own }
  }

  /// Runs what the switches need, publishing the analysis whenever it has grown.
  ///
  /// - Parameters:
  ///   - switches: the settings of the run.
  ///   - observe: called at every milestone; throwing stops the run, and what was finished before stays.
  ///   - publish: receives the analysis with first confidences and label, then heat maps, then masks.
  package func analyze(
    _ switches: Switches, observe: Observer, publish: (ClipAnalysis) throws -> Void
  ) throws {
    store.begin()
    let effective = model.feasible(switches)
    let noise = InputConditions(noiseOf: effective)
    var analysis = ClipAnalysis(
      variant: model.variant, requested: switches, effective: effective, limitations: model.limitations,
      origin: model.origin, similaritySource: model.match.similarity.source, frames: [])
    analysis.files = model.files

    analysis.soundCompletion = contents.completion(by: model, hasNoise: noise.audioNoise != nil)
    let heard = try hear(noise, &analysis, observe)
    let audio = timed(.consensus, &analysis) {
      heard.flatMap { model.audioConfidences($0.features, switches) }
    }
    let logits = try visualLogits(audio, noise, &analysis, observe)
    let (visual, agreements) = timed(.consensus, &analysis) {
      let visual = logits.map(CategoryMatch.confidences)
      return (visual, model.agree(audio: audio, visual: visual, switches))
    }
    analysis.frames = (0..<contents.frames.count).map { frame in
      model.match.frameAnalysis(frame, audio: audio, visual: visual, agreements?[frame], switches)
    }
    analysis.soundPicture = heard?.picture
    if let audio, let visual {
      analysis.evidence = LabelEvidence(audio: audio, visual: visual, similarity: model.match.similarity)
    }
    try publish(analysis)

    let labels = agreements?.map(\.visualLabel)
    if labels == nil {
      for chunk in chunks { store.release(place(.wayBack(chunk: chunk, frameNoise: noise.frameNoise))) }
    }
    let omegas = try labels.map { try weigh($0, noise, &analysis, observe) }
    if omegas != nil { try publish(analysis) }

    if let masks = try masks(labels, omegas, heard?.features.embedding, noise, &analysis, observe) {
      analysis.maskLogits = masks.logits
      analysis.fusionAttention = masks.attention
      analysis.featureMaps = masks.features
      analysis.take(masks.scores, masks.pixels)
    }
    analysis.isComplete = true
    analysis.store = store.use
    try publish(analysis)
  }

  // MARK: Keeping

  func place(_ result: WhatIfPlace.Result) -> WhatIfPlace {
    WhatIfPlace(computation: ObjectIdentifier(self), result: result)
  }

  /// A result of parts: the one that is there, or a new one, which is kept.
  func kept<Value: Sendable>(
    _ result: WhatIfPlace.Result, _ parts: Milestone.Part..., analysis: inout ClipAnalysis,
    compute: (inout ClipAnalysis) throws -> Value
  ) throws -> Value {
    let place = place(result)
    if let (value, seconds) = store.take(place, as: Value.self) {
      analysis.reuse(seconds)
      return value
    }
    let value = try compute(&analysis)
    keep(value, at: place, parts, analysis)
    return value
  }

  /// Keeps a result with what its parts took, now or when they were computed for another one.
  ///
  /// - Parameter counted: bytes of it that another place has too.
  func keep(
    _ value: some Sendable, besides counted: Int = 0, at place: WhatIfPlace, _ parts: [Milestone.Part],
    _ analysis: ClipAnalysis
  ) {
    var seconds: [Milestone.Part: Double] = [:]
    for part in parts { seconds[part] = analysis.seconds[part] ?? analysis.savedSeconds[part] }
    store.keep(value, bytes: tensorBytes(in: value) - counted, seconds: seconds, at: place)
  }

  func timed<Result>(
    _ part: Milestone.Part, _ analysis: inout ClipAnalysis, _ body: () throws -> Result
  ) rethrows -> Result {
    let start = ContinuousClock.now
    defer { analysis.spend(start.duration(to: .now).seconds, on: part) }
    return try body()
  }
}

extension ClipAnalysis {
  /// Notes that the results of parts were there already, and what they took. A part that was computed in this run is not
  /// reused, though its result may be asked for again.
  mutating func reuse(_ saved: [Milestone.Part: Double]) {
    for (part, time) in saved where seconds[part] == nil {
      reused.insert(part)
      savedSeconds[part] = max(time, savedSeconds[part] ?? 0)
    }
  }

  /// Notes what a part takes now.
  mutating func spend(_ time: Double, on part: Milestone.Part) {
    seconds[part, default: 0] += time
    reused.remove(part)
    savedSeconds[part] = nil
  }
}

extension Duration {
  /// The duration in seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
