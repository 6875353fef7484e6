import AVSBench
import C3N
import Foundation
import Media
import Tensors

/// One clip in one model, with everything computed so far kept, so that a change recomputes only what it touches.
///
/// The backbones' results depend on the clip alone; class-activated weights on the labels; the masks on the weights
/// and the switches of the fusion.
final class ClipComputation {
  private let model: C3NModel
  private let contents: ClipContents

  private var heard: (features: AudioFeatures, picture: SoundPicture?)?
  private var seen: VisualFeatures?
  private var weights: (labels: [Int], omegas: [Tensor], maps: [HeatMaps])?
  private var masks: (cause: MaskCause, logits: Tensor, attention: [Tensor], features: [Tensor])?

  /// All that masks depend on besides the clip.
  private struct MaskCause: Equatable {
    let labels: [Int]?
    let audioFeatures, nonLocal: Bool
  }

  init(_ model: C3NModel, _ contents: ClipContents) {
    self.model = model
    self.contents = contents
  }

  /// Runs what the switches need, publishing the analysis whenever it has grown.
  ///
  /// - Parameters:
  ///   - observe: told of every milestone; throwing stops the run, and what was finished before stays.
  ///   - publish: receives the analysis with first confidences and label, then heat maps, then masks.
  func analyze(_ switches: Switches, observe: Observer, publish: (ClipAnalysis) throws -> Void) throws {
    let effective = model.feasible(switches)
    var analysis = ClipAnalysis(
      variant: model.variant, requested: switches, effective: effective, limitations: model.limitations,
      origin: model.origin, similaritySource: model.match.similarity.source, frames: [])

    let heard = try reusing(&self.heard, .audio, &analysis) { try hear(observe) }
    analysis.soundPicture = heard?.picture
    let seen = try reusing(&self.seen, .backbone, &analysis) {
      try model.see(normalized(contents.frames, model.visual.normalization), observe: observe)
    }!

    let (audio, visual, agreements) = timed(.consensus, &analysis) {
      let audio = heard.flatMap { model.audioConfidences($0.features, switches) }
      let visual = model.visualConfidences(seen)
      return (audio, visual, model.agree(audio: audio, visual: visual, switches))
    }
    analysis.frames = (0..<contents.frames.count).map { frame in
      model.match.frameAnalysis(frame, audio: audio, visual: visual, agreements?[frame], switches)
    }
    if let audio, let visual {
      analysis.evidence = LabelEvidence(audio: audio, visual: visual, similarity: model.match.similarity)
    }
    try publish(analysis)

    let omegas = try agreements.map { agreements in
      try weigh(seen, labels: agreements.map(\.visualLabel), &analysis, observe)
    }
    if omegas != nil { try publish(analysis) }

    let cause = MaskCause(
      labels: agreements?.map(\.visualLabel), audioFeatures: effective.audioFeatures,
      nonLocal: effective.nonLocal)
    analysis.maskLogits = try maskLogits(cause, seen, omegas, heard?.features.embedding, &analysis, observe)
    analysis.score(against: contents)
    analysis.isComplete = true
    try publish(analysis)
  }

  /// The audio encoder's results with what it was fed; nil without one.
  private func hear(_ observe: Observer) throws -> (features: AudioFeatures, picture: SoundPicture?)? {
    var input: Tensor?
    let features = try model.hear(contents.waveform.samples, logMel: contents.logMel) {
      if case .audioFrontEnd = $0 { input = $1 }
      try observe($0, $1)
    }
    let isShipped = contents.logMel != nil && model.audio?.takesShippedLogMels == true
    return features.map {
      ($0, input.flatMap { SoundPicture($0, encoder: model.variant.audio.name, isShipped: isShipped) })
    }
  }

  /// The masks, computed unless the same labels and fusion have made them already; nil without a decoder.
  private func maskLogits(
    _ cause: MaskCause, _ seen: VisualFeatures, _ omegas: [Tensor]?, _ embedding: Tensor?,
    _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> Tensor? {
    guard model.segmentation != nil else { return nil }
    if let masks, masks.cause == cause {
      analysis.reused.formUnion([.attention, .aspp, .fusion, .decoder])
      analysis.fusionAttention = masks.attention
      analysis.featureMaps = masks.features
      return masks.logits
    }
    let attended = try timed(.attention, &analysis) {
      try model.attend(seen, omegas: omegas, observe: observe)
    }
    let clock = PartClock()
    var maps: [Tensor] = []
    var features: [Tensor] = []
    let isFused = analysis.effective.nonLocal
    let logits = try model.segment(attended, embedding: embedding, analysis.effective) {
      clock.charge($0.part)
      switch $0 {
      case .fusionAttention: maps.append($1)
      case .pooled where !isFused: features.append(channelMeans($1))
      case .fused: features.append(channelMeans($1))
      default: break
      }
      try observe($0, $1)
    }
    analysis.seconds.merge(clock.seconds) { $0 + $1 }
    analysis.fusionAttention = maps
    analysis.featureMaps = features
    if let logits { masks = (cause, logits, maps, features) }
    return logits
  }

  /// omega for the labels, and the heat maps that follow from it.
  private func weigh(
    _ seen: VisualFeatures, labels: [Int], _ analysis: inout ClipAnalysis, _ observe: Observer
  ) throws -> [Tensor] {
    if let weights, weights.labels == labels {
      analysis.reused.insert(.backward)
      analysis.heatMaps = weights.maps
      return weights.omegas
    }
    let (omegas, maps) = try timed(.backward, &analysis) {
      let omegas = try model.weigh(seen, labels: labels, observe: observe)
      return (omegas, (0..<4).map { HeatMaps(stage: $0 + 1, seen, omega: omegas[$0]) })
    }
    weights = (labels, omegas, maps)
    analysis.heatMaps = maps
    return omegas
  }

  private func reusing<Result>(
    _ kept: inout Result?, _ part: Milestone.Part, _ analysis: inout ClipAnalysis,
    _ compute: () throws -> Result?
  ) throws -> Result? {
    if kept != nil {
      analysis.reused.insert(part)
    } else {
      kept = try timed(part, &analysis, compute)
    }
    return kept
  }

  private func timed<Result>(
    _ part: Milestone.Part, _ analysis: inout ClipAnalysis, _ body: () throws -> Result
  ) rethrows -> Result {
    let start = ContinuousClock.now
    defer { analysis.seconds[part, default: 0] += start.duration(to: .now).seconds }
    return try body()
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
}
