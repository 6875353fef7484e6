import C3N
import Evaluation
import Foundation
import Tensors

/// Where a result of a clip is kept: which computation it belongs to and all that it depends on besides.
struct WhatIfPlace: Hashable {
  /// The computation, that is the clip in a model.
  let computation: ObjectIdentifier

  let result: Result

  enum Result: Hashable {
    /// What the audio encoder made of the sound.
    case heard(audioNoise: Double?)
    /// The class logits of a chunk of frames: small, and all that is needed of the backbone while nothing new has to be traced back.
    case visualLogits(chunk: Range<Int>, frameNoise: Double?)
    /// The backbone's features of a chunk of frames.
    case seen(chunk: Range<Int>, frameNoise: Double?)
    /// The features with what their way back needs, for another label: most of the memory.
    case wayBack(chunk: Range<Int>, frameNoise: Double?)
    /// omega and heat maps of one frame for a label.
    case weights(label: Int, frame: Int, frameNoise: Double?)
    /// V_i^a of a chunk of frames, given their labels.
    case pooled(labels: [Int]?, chunk: Range<Int>, frameNoise: Double?)
    /// What the non-local blocks read of a chunk's V_i^a; `listens` where sound makes their keys.
    case summary(labels: [Int]?, chunk: Range<Int>, frameNoise: Double?, listens: Bool)
    /// Mask logits of the clip and their scores.
    case masks(labels: [Int]?, frameNoise: Double?, Fusion)
  }

  /// What the non-local blocks are given.
  enum Fusion: Hashable {
    /// They are left out.
    case none
    /// Vision alone.
    case vision
    /// The sound's embedding.
    case sound(audioNoise: Double?)

    init(_ switches: Switches) {
      self =
        !switches.nonLocal
        ? .none : switches.audioFeatures ? .sound(audioNoise: switches.audioNoise) : .vision
    }
  }
}

/// The earlier results of the open clip, in every model that it was given to.
typealias WhatIfStore = ResultStore<WhatIfPlace>

extension ResultStore where Place == WhatIfPlace {
  /// 1 GiB, or a quarter of the machine's memory if that is less: two PVTv2-B5 features with their ways back, say of the
  /// frames with and without noise, and hundreds of labels and masks.
  static var defaultBudget: Int { min(1 << 30, Int(ProcessInfo.processInfo.physicalMemory / 4)) }

  /// What is held.
  var use: StoreUse { StoreUse(bytes: bytes, budget: budget, count: count) }
}

/// omega and heat maps of one frame for a label.
struct FrameWeights: Sendable {
  /// omega_1 ... omega_4, each [1, C_i].
  let omegas: [Tensor]

  /// The maps of the four stages, each [1, H, W].
  let maps: [HeatMaps]

  /// The bytes of its numbers, which it shares with the frames that were traced back with it.
  var bytes: Int {
    let elements = omegas.map(\.count) + maps.map { 3 * $0.raw.count }
    return elements.reduce(0, +) * MemoryLayout<Float>.stride
  }
}

/// What the audio encoder made of the sound, and what it was fed.
struct Heard: Sendable {
  let features: AudioFeatures
  let picture: SoundPicture?
}

/// Mask logits and what follows from them.
struct Masks: Sendable {
  /// [T, 224, 224].
  let logits: Tensor

  /// The non-local blocks' attention, stage by stage; empty without them.
  let attention: [Tensor]

  /// The mean over channels of M_i, stage by stage.
  let features: [Tensor]

  /// The score of each frame; nil where there is no ground truth.
  let scores: [FrameScore?]

  /// The pixels that the scores count.
  let pixels: [ScoredPixels?]
}

extension Masks {
  /// The masks of a clip, from those of its chunks in their order.
  init(joining chunks: [Masks]) {
    guard chunks.count > 1 else {
      self = chunks[0]
      return
    }
    func stages(_ maps: (Masks) -> [Tensor]) -> [Tensor] {
      let all = chunks.map(maps)
      return all[0].indices.map { stage in .concatenate(all.map { $0[stage] }) }
    }
    self.init(
      logits: .concatenate(chunks.map(\.logits)), attention: stages(\.attention),
      features: stages(\.features), scores: chunks.flatMap(\.scores), pixels: chunks.flatMap(\.pixels))
  }
}
