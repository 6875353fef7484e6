import AVSBench
import C3N
import Media
import Tensors

/// Makes a model's inputs from clips, and keeps what does not change from epoch to epoch.
///
/// The audio encoder is frozen, so a clip is heard once. A frozen backbone sees a clip once too, and once mirrored, as
/// long as its frames are not changed otherwise and the memory for it lasts.
final class ClipStore {
  /// A clip as a step needs it.
  struct Prepared {
    let clip: Clip
    /// F_a [T, d] and C_A [T, 527]; nil without an audio encoder.
    let sound: Sound?
    let picture: Picture
    /// The ground truth of each frame, 224 x 224.
    let truth: [Mask?]
    var frameCount: Int { truth.count }
  }

  /// What the audio encoder makes of a clip.
  struct Sound {
    let embedding: Tensor
    /// nil in TPAVI, which has no classes.
    let confidences: Tensor?
  }

  /// What the network goes on from.
  enum Picture {
    /// Normalised frames [T, 224, 224, 3].
    case frames(Tensor)
    /// V_1^r ... V_4^r of a frozen backbone.
    case attended([Tensor])
  }

  /// How a clip is changed before it is seen.
  struct Augmentation {
    var isMirrored = false
    /// One a frame; empty for none.
    var jitters: [ColorJitter] = []
  }

  private let model: C3NModel
  private let switches: Switches
  private let isFrozen: Bool
  private let limit: Int
  private var sounds: [String: Sound] = [:]
  private var pictures: [Key: (attended: [Tensor], truth: [Mask?])] = [:]

  /// The bytes of kept features.
  private(set) var bytesKept = 0

  private struct Key: Hashable {
    let folder: String
    let isMirrored: Bool
  }

  /// - Parameter limit: The bytes of features that may be kept; 0 keeps none.
  init(_ model: C3NModel, switches: Switches, isFrozen: Bool, limit: Int) {
    self.model = model
    self.switches = model.feasible(switches)
    self.isFrozen = isFrozen
    self.limit = limit
  }

  /// The clip as the network takes it.
  func prepare(_ clip: Clip, _ augmentation: Augmentation) throws -> Prepared {
    let key = Key(folder: clip.framesFolder, isMirrored: augmentation.isMirrored)
    if augmentation.jitters.isEmpty, let kept = pictures[key], let sound = heard(clip) {
      return Prepared(clip: clip, sound: sound.value, picture: .attended(kept.attended), truth: kept.truth)
    }
    let contents = try clip.load()
    let sound = try hear(contents)
    var frames = contents.frames
    var truth = contents.masks.map { $0?.resized(width: 224, height: 224) }
    if !augmentation.jitters.isEmpty {
      frames = zip(frames, augmentation.jitters).map { $1.applied(to: $0) }
    }
    if augmentation.isMirrored {
      frames = frames.map(\.mirrored)
      truth = truth.map { $0?.mirrored }
    }
    let input = normalized(frames, model.visual.normalization)
    guard isFrozen else { return Prepared(clip: clip, sound: sound, picture: .frames(input), truth: truth) }
    let attended = try attend(input, confidences: sound?.confidences)
    let bytes = attended.reduce(0) { $0 + 4 * $1.count } + truth.count * 224 * 224
    if augmentation.jitters.isEmpty, bytesKept + bytes <= limit {
      pictures[key] = (attended, truth)
      bytesKept += bytes
    }
    return Prepared(clip: clip, sound: sound, picture: .attended(attended), truth: truth)
  }

  /// V_1^r ... V_4^r by inference.
  func attend(_ frames: Tensor, confidences: Tensor?) throws -> [Tensor] {
    let needsGradients = switches.consensus != .none
    let seen = try model.see(frames, recording: needsGradients ? .inputGradients : .none)
    let agreements = model.agree(audio: confidences, visual: model.visualConfidences(seen), switches)
    let omegas = try agreements.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
    return try model.attend(seen, omegas: omegas)
  }

  private struct Heard {
    let value: Sound?
  }

  private func heard(_ clip: Clip) -> Heard? {
    guard model.audio != nil else { return Heard(value: nil) }
    return sounds[clip.framesFolder].map { Heard(value: $0) }
  }

  private func hear(_ contents: ClipContents) throws -> Sound? {
    if let kept = heard(contents.clip) { return kept.value }
    guard let features = try model.hear(contents.waveform.samples, logMel: contents.logMel) else {
      return nil
    }
    let sound = Sound(
      embedding: features.embedding, confidences: model.audioConfidences(features, switches))
    sounds[contents.clip.framesFolder] = sound
    return sound
  }
}
