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

    /// Some seconds of it.
    func at(_ seconds: [Int]) -> Sound {
      func rows(_ tensor: Tensor) -> Tensor { .concatenate(seconds.map { tensor.slice($0..<$0 + 1) }) }
      return Sound(embedding: rows(embedding), confidences: confidences.map(rows))
    }
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
  private var pictures: [Key: [Seen?]] = [:]

  /// The bytes of kept features.
  private(set) var bytesKept = 0

  /// What is odd about the clips that were read.
  private(set) var notes = NoteTally()
  private var noted: Set<String> = []

  /// V_1^r ... V_4^r [1, H, W, C] of a frame, and its ground truth.
  private struct Seen {
    let attended: [Tensor]
    let truth: Mask?
  }

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

  /// The clip as the network takes it, or only some of its frames with their seconds of sound.
  func prepare(_ clip: Clip, _ augmentation: Augmentation, seconds: [Int]? = nil) throws -> Prepared {
    let key = Key(folder: clip.framesFolder, isMirrored: augmentation.isMirrored)
    if augmentation.jitters.isEmpty, let kept = pictures[key], let sound = heard(clip) {
      let seconds = seconds ?? Array(kept.indices)
      let seen = seconds.compactMap { kept[$0] }
      if seen.count == seconds.count { return prepared(clip, sound.value, seen, seconds) }
    }
    let contents = try clip.load()
    if noted.insert(clip.framesFolder).inserted {
      let completion = model.audio.map {
        contents.completion(
          takesLogMels: $0.takesShippedLogMels, repeatsLastExample: $0.repeatsLastExample)
      }
      notes.add(contents.notes(completion ?? .unheard))
    }
    let seconds = seconds ?? Array(contents.frames.indices)
    let sound = try hear(contents)
    var frames = seconds.map { contents.frames[$0] }
    var truth = seconds.map { contents.masks[$0]?.resized(width: 224, height: 224) }
    if !augmentation.jitters.isEmpty {
      frames = zip(frames, seconds).map { augmentation.jitters[$1].applied(to: $0) }
    }
    if augmentation.isMirrored {
      frames = frames.map(\.mirrored)
      truth = truth.map { $0?.mirrored }
    }
    let input = normalized(frames, model.visual.normalization)
    guard isFrozen else {
      return Prepared(clip: clip, sound: sound?.at(seconds), picture: .frames(input), truth: truth)
    }
    let attended = try attend(input, confidences: sound?.at(seconds).confidences)
    let seen = seconds.indices.map { index in
      Seen(attended: attended.map { $0.slice(index..<index + 1) }, truth: truth[index])
    }
    if augmentation.jitters.isEmpty {
      for (second, one) in zip(seconds, seen) { keep(one, key, second, of: contents.frames.count) }
    }
    return prepared(clip, sound, seen, seconds)
  }

  private func prepared(_ clip: Clip, _ sound: Sound?, _ seen: [Seen], _ seconds: [Int]) -> Prepared {
    let stages = (0..<4).map { stage in Tensor.concatenate(seen.map { $0.attended[stage] }) }
    return Prepared(
      clip: clip, sound: sound?.at(seconds), picture: .attended(stages), truth: seen.map(\.truth))
  }

  private func keep(_ seen: Seen, _ key: Key, _ second: Int, of count: Int) {
    let bytes = seen.attended.reduce(0) { $0 + 4 * $1.count } + 224 * 224
    guard bytesKept + bytes <= limit, pictures[key]?[second] == nil else { return }
    pictures[key, default: Array(repeating: nil, count: count)][second] = seen
    bytesKept += bytes
  }

  /// V_1^r ... V_4^r by inference, some frames at a time.
  func attend(_ frames: Tensor, confidences: Tensor?) throws -> [Tensor] {
    let needsGradients = switches.consensus != .none
    let pieces = try C3NModel.chunks(of: frames.shape[0], atMost: C3NModel.framesAtATime).map { chunk in
      let seen = try model.see(
        frames.slice(chunk), recording: needsGradients ? .inputGradients : .none)
      let agreements = model.agree(
        audio: confidences?.slice(chunk), visual: model.visualConfidences(seen), switches)
      let omegas = try agreements.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
      return try model.attend(seen, omegas: omegas)
    }
    guard pieces.count > 1 else { return pieces[0] }
    return (0..<4).map { stage in .concatenate(pieces.map { $0[stage] }) }
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
    guard
      let features = try model.hear(
        contents.waveform.samples, sampleCount: contents.waveform.sampleCount, logMel: contents.logMel)
    else {
      return nil
    }
    let sound = Sound(
      embedding: features.embedding, confidences: model.audioConfidences(features, switches))
    sounds[contents.clip.framesFolder] = sound
    return sound
  }
}
