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
final class ClipComputation {
  private let model: C3NModel
  private let contents: ClipContents
  private let store: WhatIfStore

  init(_ model: C3NModel, _ contents: ClipContents, store: WhatIfStore) {
    self.model = model
    self.contents = contents
    self.store = store
  }

  deinit {
    let own = ObjectIdentifier(self)
    store.remove { $0.computation == own }
  }

  /// Runs what the switches need, publishing the analysis whenever it has grown.
  ///
  /// - Parameters:
  ///   - observe: told of every milestone; throwing stops the run, and what was finished before stays.
  ///   - publish: receives the analysis with first confidences and label, then heat maps, then masks.
  func analyze(_ switches: Switches, observe: Observer, publish: (ClipAnalysis) throws -> Void) throws {
    store.begin()
    let effective = model.feasible(switches)
    let noise = InputConditions(noiseOf: effective)
    var analysis = ClipAnalysis(
      variant: model.variant, requested: switches, effective: effective, limitations: model.limitations,
      origin: model.origin, similaritySource: model.match.similarity.source, frames: [])

    analysis.soundCompletion = contents.completion(by: model, hasNoise: noise.audioNoise != nil)
    let heard = try hear(noise, &analysis, observe)
    let logits = try visualLogits(noise, &analysis, observe)
    let (audio, visual, agreements) = timed(.consensus, &analysis) {
      let audio = heard.flatMap { model.audioConfidences($0.features, switches) }
      let visual = logits.map(CategoryMatch.confidences)
      return (audio, visual, model.agree(audio: audio, visual: visual, switches))
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
    if labels == nil { store.release(place(.wayBack(frameNoise: noise.frameNoise))) }
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

  // MARK: The parts

  private func hear(
    _ noise: InputConditions, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Heard? {
    guard model.audio != nil else { return nil }
    return try kept(.heard(audioNoise: noise.audioNoise), .audio, analysis: &analysis) { analysis in
      try timed(.audio, &analysis) {
        var sound = noise
        sound.frameNoise = nil
        let contents = sound.apply(to: contents)
        var input: Tensor?
        let features = try model.hear(
          contents.waveform.samples, sampleCount: contents.waveform.sampleCount, logMel: contents.logMel
        ) {
          if case .audioFrontEnd = $0 { input = $1 }
          try observe($0, $1)
        }
        let isShipped = contents.logMel != nil && model.audio?.takesShippedLogMels == true
        return Heard(
          features: features!,
          picture: input.flatMap {
            SoundPicture($0, encoder: model.variant.audio.name, isShipped: isShipped)
          })
      }
    }
  }

  /// The class logits; nil for a backbone without classes.
  private func visualLogits(
    _ noise: InputConditions, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Tensor? {
    guard model.visual.hasClasses else { return nil }
    let place = place(.visualLogits(frameNoise: noise.frameNoise))
    if let (logits, seconds) = store.take(place, as: Tensor.self) {
      analysis.reuse(seconds)
      return logits
    }
    let logits = try see(noise, &analysis, observe).logits!
    keep(logits, at: place, [.backbone], analysis)
    return logits
  }

  /// The features, and their way back where `wayBack` asks for it. The way back has a place of its own, which the first
  /// label gives free: it stays for the next one only as far as the store's budget goes.
  private func see(
    _ noise: InputConditions, wayBack: Bool = false, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> VisualFeatures {
    let places = (
      seen: place(.seen(frameNoise: noise.frameNoise)), way: place(.wayBack(frameNoise: noise.frameNoise))
    )
    if let (features, seconds) = store.take(wayBack ? places.way : places.seen, as: VisualFeatures.self) {
      analysis.reuse(seconds)
      return features
    }
    let features = try timed(.backbone, &analysis) {
      try model.see(
        prepared(noise, frames: contents.frames.indices),
        recording: model.visual.hasClasses ? .inputGradients : .none, observe: observe)
    }
    let bare = features.withoutRecord
    keep(bare, at: places.seen, [.backbone], analysis)
    if features.hasRecord {
      keep(features, besides: tensorBytes(in: bare), at: places.way, [.backbone], analysis)
    }
    return features
  }

  /// Some of the clip's frames as the backbone takes them, with the noise that they have among all.
  private func prepared(_ noise: InputConditions, frames: some Sequence<Int>) -> Tensor {
    var vision = noise
    vision.audioNoise = nil
    let all = vision.apply(to: contents).frames
    return normalized(frames.map { all[$0] }, model.visual.normalization)
  }

  /// omega for the labels. A frame whose label was traced back before, whatever the other frames' were, is not computed.
  ///
  /// A backward pass goes through all frames that were seen together; where fewer than a third of them have new labels,
  /// these are seen again by themselves, which costs little more than their way back.
  private func weigh(
    _ labels: [Int], _ noise: InputConditions, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> [Tensor] {
    let places = labels.enumerated().map { frame, label in
      place(.weights(label: label, frame: frame, frameNoise: noise.frameNoise))
    }
    let kept = places.map { store.take($0, as: FrameWeights.self) }
    var weights = kept.map { $0?.value }
    let open = kept.indices.filter { kept[$0] == nil }
    if open.isEmpty {
      analysis.reuse([.backward: kept.reduce(0) { $0 + ($1!.seconds[.backward] ?? 0) }])
    } else {
      let areFew = 3 * open.count < labels.count
      let traced = areFew ? open : Array(labels.indices)
      let (omegas, maps) = try trace(traced, labels, noise, &analysis, observe)
      let share = (analysis.seconds[.backward] ?? 0) / Double(traced.count)
      for (index, frame) in traced.enumerated() {
        let new = FrameWeights(
          omegas: omegas.map { $0.slice(index..<index + 1) }, maps: maps.map { $0.frame(index) })
        store.keep(new, bytes: tensorBytes(in: new), seconds: [.backward: share], at: places[frame])
        weights[frame] = new
      }
    }
    let frames = weights.map { $0! }
    analysis.heatMaps = (0..<4).map { HeatMaps(joining: frames.map(\.maps), stage: $0) }
    return (0..<4).map { stage in .concatenate(frames.map { $0.omegas[stage] }) }
  }

  /// omega and heat maps of some frames, or of all, by a backward pass.
  private func trace(
    _ frames: [Int], _ labels: [Int], _ noise: InputConditions, _ analysis: inout ClipAnalysis,
    _ observe: Observer
  ) throws -> (omegas: [Tensor], maps: [HeatMaps]) {
    let together = frames.count == labels.count
    defer { if together { store.release(place(.wayBack(frameNoise: noise.frameNoise))) } }
    let all = together ? try see(noise, wayBack: true, &analysis, observe) : nil
    return try timed(.backward, &analysis) {
      let seen =
        try all ?? model.see(prepared(noise, frames: frames), recording: .inputGradients, observe: observe)
      let omegas = try model.weigh(seen, labels: frames.map { labels[$0] }, observe: observe)
      return (omegas, (0..<4).map { HeatMaps(stage: $0 + 1, seen, omega: omegas[$0]) })
    }
  }

  private func pool(
    _ labels: [Int]?, _ omegas: [Tensor]?, _ noise: InputConditions, _ analysis: inout ClipAnalysis,
    _ observe: Observer
  ) throws -> [Tensor] {
    try kept(
      .pooled(labels: labels, frameNoise: noise.frameNoise), .attention, .aspp, analysis: &analysis
    ) { analysis in
      let seen = try see(noise, &analysis, observe)
      var attended = seen.stages
      if omegas != nil {
        attended = try timed(.attention, &analysis) {
          try model.attend(seen, omegas: omegas, observe: observe)
        }
      }
      return try timed(.aspp, &analysis) { try model.pool(attended, observe: observe)! }
    }
  }

  /// The masks; nil without a decoder.
  private func masks(
    _ labels: [Int]?, _ omegas: [Tensor]?, _ embedding: Tensor?, _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Masks? {
    guard model.segmentation != nil else { return nil }
    let fusion = WhatIfPlace.Fusion(analysis.effective)
    return try kept(
      .masks(labels: labels, frameNoise: noise.frameNoise, fusion), .attention, .aspp, .fusion, .decoder,
      analysis: &analysis
    ) { analysis in
      let pooled = try pool(labels, omegas, noise, &analysis, observe)
      let clock = PartClock()
      var maps: [Tensor] = []
      var features = analysis.effective.nonLocal ? [] : pooled.map(channelMeans)
      let logits = try model.decode(pooled, embedding: embedding, analysis.effective) {
        clock.charge($0.part)
        switch $0 {
        case .fusionAttention: maps.append($1)
        case .fused: features.append(channelMeans($1))
        default: break
        }
        try observe($0, $1)
      }
      for (part, time) in clock.seconds { analysis.spend(time, on: part) }
      let scores = contents.masks.enumerated().map { frame, truth in
        truth.map { FrameScore(logits, frame: frame, $0) }
      }
      let pixels = contents.masks.indices.map { frame -> ScoredPixels? in
        guard let truth = contents.masks[frame], let score = scores[frame] else { return nil }
        return ScoredPixels(logits, frame: frame, truth, score)
      }
      return Masks(logits: logits, attention: maps, features: features, scores: scores, pixels: pixels)
    }
  }

  // MARK: Keeping

  private func place(_ result: WhatIfPlace.Result) -> WhatIfPlace {
    WhatIfPlace(computation: ObjectIdentifier(self), result: result)
  }

  /// A result of parts: the one that is there, or a new one, which is kept.
  private func kept<Value: Sendable>(
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
  private func keep(
    _ value: some Sendable, besides counted: Int = 0, at place: WhatIfPlace, _ parts: [Milestone.Part],
    _ analysis: ClipAnalysis
  ) {
    var seconds: [Milestone.Part: Double] = [:]
    for part in parts { seconds[part] = analysis.seconds[part] ?? analysis.savedSeconds[part] }
    store.keep(value, bytes: tensorBytes(in: value) - counted, seconds: seconds, at: place)
  }

  private func timed<Result>(
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
  fileprivate mutating func reuse(_ saved: [Milestone.Part: Double]) {
    for (part, time) in saved where seconds[part] == nil {
      reused.insert(part)
      savedSeconds[part] = max(time, savedSeconds[part] ?? 0)
    }
  }

  /// Notes what a part takes now.
  fileprivate mutating func spend(_ time: Double, on part: Milestone.Part) {
    seconds[part, default: 0] += time
    reused.remove(part)
    savedSeconds[part] = nil
  }
}

/// Charges the time between milestones to the part of the later one.
private final class PartClock {
  private(set) var seconds: [Milestone.Part: Double] = [:]
  private var last = ContinuousClock.now

  func charge(_ part: Milestone.Part) {
    let now = ContinuousClock.now
    seconds[part, default: 0] += last.duration(to: now).seconds
    last = now
  }
}

extension Duration {
  /// The duration in seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

extension HeatMaps {
  init(stage: Int, _ features: VisualFeatures, omega: Tensor) {
    func map(_ kind: HeatMapKind) -> Tensor {
      kind.map(features.stages[stage - 1], activation: features.activations[stage - 1], omega: omega)
    }
    self.init(
      stage: stage, attention: map(.spatialAttention), raw: map(.raw), gradCAM: map(.gradCAM))
  }

  /// The maps of one frame.
  fileprivate func frame(_ frame: Int) -> HeatMaps {
    HeatMaps(stage: stage) { self[$0].slice(frame..<frame + 1) }
  }

  /// The maps of a stage, from those of all stages of each frame.
  fileprivate init(joining frames: [[HeatMaps]], stage: Int) {
    self.init(stage: stage + 1) { kind in .concatenate(frames.map { $0[stage][kind] }) }
  }
}
