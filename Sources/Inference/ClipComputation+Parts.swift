import AVSBench
import C3N
import Evaluation
import Media
import Tensors

/// The parts of a run, each taken from the store where it is there.
extension ClipComputation {
  func hear(
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
  ///
  /// Of several chunks each is taken as far as V^a as soon as its logits, and so its labels, are there: its features need
  /// not wait for those of the whole clip.
  func visualLogits(
    _ audio: Tensor?, _ noise: InputConditions, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Tensor? {
    guard model.visual.hasClasses else { return nil }
    var pieces: [Tensor] = []
    for chunk in chunks {
      let result = WhatIfPlace.Result.visualLogits(chunk: chunk, frameNoise: noise.frameNoise)
      let isNew = !store.contains(place(result))
      let logits = try kept(result, .backbone, analysis: &analysis) { analysis in
        try see(chunk, noise, &analysis, observe).logits!
      }
      pieces.append(logits)
      guard isNew, chunks.count > 1 else { continue }
      let switches = analysis.effective
      let agreements = timed(.consensus, &analysis) {
        model.agree(audio: audio?.slice(chunk), visual: CategoryMatch.confidences(logits), switches)
      }
      let labels = agreements?.map(\.visualLabel)
      var omegas: [Tensor]?
      if let labels { omegas = Self.omegas(try weights(chunk, labels, noise, &analysis, observe).frames) }
      try gather(chunk, labels, omegas, noise, &analysis, observe)
      release(chunk, noise)
    }
    return pieces.count == 1 ? pieces[0] : .concatenate(pieces)
  }

  /// Takes one of several chunks from its features to V^a and what the non-local blocks read of it.
  private func gather(
    _ chunk: Range<Int>, _ labels: [Int]?, _ omegas: [Tensor]?, _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws {
    guard model.segmentation != nil else { return }
    if analysis.effective.nonLocal {
      _ = try summary(chunk, labels, omegas, noise, &analysis, observe)
    } else if chunks.firstIndex(of: chunk)! < chunksKept {
      _ = try pool(chunk, labels, omegas, noise, &analysis, observe)
    }
  }

  /// Lets go of what a chunk was seen as, but for the store's budget.
  private func release(_ chunk: Range<Int>, _ noise: InputConditions) {
    store.release(place(.wayBack(chunk: chunk, frameNoise: noise.frameNoise)))
    store.release(place(.seen(chunk: chunk, frameNoise: noise.frameNoise)))
  }

  /// The features of a chunk, and their way back where `wayBack` asks for it. The way back has a place of its own, which the
  /// first label gives free: it stays for the next one only as far as the store's budget goes.
  ///
  /// - Parameter isLabelled: whether the labels were traced back already, so that the way back would serve nobody.
  private func see(
    _ chunk: Range<Int>, _ noise: InputConditions, wayBack: Bool = false, isLabelled: Bool = false,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> VisualFeatures {
    let places = (
      seen: place(.seen(chunk: chunk, frameNoise: noise.frameNoise)),
      way: place(.wayBack(chunk: chunk, frameNoise: noise.frameNoise))
    )
    if let (features, seconds) = store.take(wayBack ? places.way : places.seen, as: VisualFeatures.self) {
      analysis.reuse(seconds)
      return features
    }
    let isRecorded = model.visual.hasClasses && !(isLabelled && chunks.count > 1)
    let features = try timed(.backbone, &analysis) {
      try model.see(
        prepared(noise, frames: chunk), recording: isRecorded ? .inputGradients : .none, observe: observe)
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
    var all = contents.frames
    if let decibels = noise.frameNoise {
      if noisy?.decibels != decibels {
        var vision = noise
        vision.audioNoise = nil
        noisy = (decibels, vision.apply(to: contents).frames)
      }
      all = noisy!.frames
    } else {
      noisy = nil
    }
    return normalized(frames.map { all[$0] }, model.visual.normalization)
  }

  /// omega and heat maps for the labels of all frames.
  func weigh(
    _ labels: [Int], _ noise: InputConditions, _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> [Tensor] {
    var frames: [FrameWeights] = []
    var saved = 0.0
    for chunk in chunks {
      let own = Array(labels[chunk])
      let new = try weights(chunk, own, noise, &analysis, observe)
      if chunks.count > 1, new.isTraced {
        // Its features are at hand now.
        try gather(chunk, own, Self.omegas(new.frames), noise, &analysis, observe)
        release(chunk, noise)
      }
      frames += new.frames
      saved += new.saved
    }
    analysis.reuse([.backward: saved])
    analysis.heatMaps = (0..<4).map { HeatMaps(joining: frames.map(\.maps), stage: $0) }
    return Self.omegas(frames)
  }

  /// omega_1 ... omega_4 [F, C_i] of some frames.
  private static func omegas(_ frames: [FrameWeights]) -> [Tensor] {
    (0..<4).map { stage in .concatenate(frames.map { $0.omegas[stage] }) }
  }

  /// omega and heat maps of a chunk. A frame whose label was traced back before, whatever the other frames' were, is not
  /// computed.
  ///
  /// A backward pass goes through all frames that were seen together; where fewer than a third of them have new labels,
  /// these are seen again by themselves, which costs little more than their way back.
  private func weights(
    _ chunk: Range<Int>, _ labels: [Int], _ noise: InputConditions, _ analysis: inout ClipAnalysis,
    _ observe: Observer
  ) throws -> (frames: [FrameWeights], isTraced: Bool, saved: Double) {
    let places = zip(chunk, labels).map { frame, label in
      place(.weights(label: label, frame: frame, frameNoise: noise.frameNoise))
    }
    let kept = places.map { store.take($0, as: FrameWeights.self) }
    var weights = kept.map { $0?.value }
    let open = kept.indices.filter { kept[$0] == nil }
    if open.isEmpty {
      return (weights.map { $0! }, false, kept.reduce(0) { $0 + ($1!.seconds[.backward] ?? 0) })
    }
    let areFew = 3 * open.count < labels.count
    let traced = areFew ? open : Array(labels.indices)
    let before = analysis.seconds[.backward] ?? 0
    let (omegas, maps) = try trace(traced, of: chunk, labels, noise, &analysis, observe)
    let share = ((analysis.seconds[.backward] ?? 0) - before) / Double(traced.count)
    for (index, frame) in traced.enumerated() {
      let new = FrameWeights(
        omegas: omegas.map { $0.slice(index..<index + 1) }, maps: maps.map { $0.frame(index) })
      store.keep(new, bytes: new.bytes, seconds: [.backward: share], at: places[frame])
      weights[frame] = new
    }
    return (weights.map { $0! }, true, 0)
  }

  /// omega and heat maps of some of a chunk's frames, or of all, by a backward pass.
  private func trace(
    _ frames: [Int], of chunk: Range<Int>, _ labels: [Int], _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> (omegas: [Tensor], maps: [HeatMaps]) {
    let together = frames.count == labels.count
    defer {
      if together { store.release(place(.wayBack(chunk: chunk, frameNoise: noise.frameNoise))) }
    }
    let all = together ? try see(chunk, noise, wayBack: true, &analysis, observe) : nil
    return try timed(.backward, &analysis) {
      let seen =
        try all
        ?? model.see(
          prepared(noise, frames: frames.map { chunk.lowerBound + $0 }), recording: .inputGradients,
          observe: observe)
      let omegas = try model.weigh(seen, labels: frames.map { labels[$0] }, observe: observe)
      return (omegas, (0..<4).map { HeatMaps(stage: $0 + 1, seen, omega: omegas[$0]) })
    }
  }

  /// V_i^a of a chunk with its labels' omegas.
  private func pool(
    _ chunk: Range<Int>, _ labels: [Int]?, _ omegas: [Tensor]?, _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> [Tensor] {
    let result = WhatIfPlace.Result.pooled(labels: labels, chunk: chunk, frameNoise: noise.frameNoise)
    let pooled = try kept(result, .attention, .aspp, analysis: &analysis) { analysis in
      let seen = try see(chunk, noise, isLabelled: true, &analysis, observe)
      var attended = seen.stages
      if omegas != nil {
        attended = try timed(.attention, &analysis) {
          try model.attend(seen, omegas: omegas, observe: observe)
        }
      }
      return try timed(.aspp, &analysis) { try model.pool(attended, observe: observe)! }
    }
    if chunks.count > 1, chunks.firstIndex(of: chunk)! >= chunksKept { store.release(place(result)) }
    return pooled
  }

  /// What the non-local blocks read of a chunk.
  private func summary(
    _ chunk: Range<Int>, _ labels: [Int]?, _ omegas: [Tensor]?, _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> C3NModel.FusionSummary {
    let switches = analysis.effective
    return try kept(
      .summary(
        labels: labels, chunk: chunk, frameNoise: noise.frameNoise, listens: switches.audioFeatures),
      analysis: &analysis
    ) { analysis in
      let pooled = try pool(chunk, labels, omegas, noise, &analysis, observe)
      return timed(.fusion, &analysis) {
        model.summarize(pooled, ofClip: contents.frames.count, switches)!
      }
    }
  }

  /// The masks; nil without a decoder.
  func masks(
    _ labels: [Int]?, _ omegas: [Tensor]?, _ embedding: Tensor?, _ noise: InputConditions,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Masks? {
    guard model.segmentation != nil else { return nil }
    let switches = analysis.effective
    return try kept(
      .masks(labels: labels, frameNoise: noise.frameNoise, WhatIfPlace.Fusion(switches)), .attention, .aspp,
      .fusion, .decoder, analysis: &analysis
    ) { analysis in
      func given(_ chunk: Range<Int>) -> (labels: [Int]?, omegas: [Tensor]?) {
        (labels.map { Array($0[chunk]) }, omegas.map { $0.map { $0.slice(chunk) } })
      }
      var summaries: [C3NModel.FusionSummary] = []
      for chunk in chunks where switches.nonLocal {
        let (labels, omegas) = given(chunk)
        summaries.append(try summary(chunk, labels, omegas, noise, &analysis, observe))
        if chunks.count > 1 { release(chunk, noise) }
      }
      let maps = timed(.fusion, &analysis) {
        model.fusionMaps(summaries, embedding: embedding, switches)
      }
      var pieces: [Masks] = []
      for chunk in chunks {
        let (labels, omegas) = given(chunk)
        let pooled = try pool(chunk, labels, omegas, noise, &analysis, observe)
        if chunks.count > 1 { release(chunk, noise) }
        pieces.append(try decode(chunk, pooled, maps, &analysis, observe))
      }
      return Masks(joining: pieces)
    }
  }

  /// The masks of a chunk by the map of the whole clip.
  private func decode(
    _ chunk: Range<Int>, _ pooled: [Tensor], _ maps: C3NModel.FusionMaps?, _ analysis: inout ClipAnalysis,
    _ observe: Observer
  ) throws -> Masks {
    let clock = PartClock()
    var attention: [Tensor] = []
    var features = maps == nil ? pooled.map(channelMeans) : []
    let logits = try model.decode(pooled, by: maps) {
      clock.charge($0.part)
      switch $0 {
      case .fusionAttention: attention.append($1)
      case .fused: features.append(channelMeans($1))
      default: break
      }
      try observe($0, $1)
    }
    for (part, time) in clock.seconds { analysis.spend(time, on: part) }
    let scores = contents.masks[chunk].enumerated().map { frame, truth in
      truth.map { FrameScore(logits, frame: frame, $0) }
    }
    let pixels = zip(contents.masks[chunk], scores).enumerated().map { frame, pair -> ScoredPixels? in
      guard let truth = pair.0, let score = pair.1 else { return nil }
      return ScoredPixels(logits, frame: frame, truth, score)
    }
    return Masks(logits: logits, attention: attention, features: features, scores: scores, pixels: pixels)
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
