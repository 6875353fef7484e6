import AVSBench
import C3N
import Media
import Tensors

/// What is changed about a clip before the model gets it: noise (the paper's Tables VI and VII) and control
/// experiments with another sound.
public struct InputConditions: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The signal-to-noise ratio of the sound in dB; nil for no noise.
  public var audioNoise: Double?

  /// The signal-to-noise ratio of the frames in dB; nil for no noise.
  public var frameNoise: Double?

  /// What the noise follows from; each clip gets the same noise.
  public var noiseSeed: UInt64 = 0

  /// Whose sound the model hears.
  public var sound = Sound.own

  /// Whose sound the model hears.
  public enum Sound: String, Codable, Sendable {
    /// The clip's own.
    case own
    /// None: all samples are zero.
    case muted
    /// Another clip's; see ``withSwappedSound(_:)``.
    case swapped
  }

  /// The clip as it is.
  public init() {}

  /// The noise that switches ask for.
  public init(noiseOf switches: Switches) {
    audioNoise = switches.audioNoise
    frameNoise = switches.frameNoise
    if audioNoise != nil || frameNoise != nil { noiseSeed = Switches.noiseSeed }
  }

  /// The conditions without what has no effect, so that equal inputs have equal conditions.
  public var canonical: InputConditions {
    var canonical = self
    if sound == .muted { canonical.audioNoise = nil }
    if canonical.audioNoise == nil && frameNoise == nil { canonical.noiseSeed = 0 }
    return canonical
  }

  /// Such as `sound at 5 dB (seed 1)`.
  public var description: String {
    let noise = [("sound", audioNoise), ("frames", frameNoise)].compactMap { what, decibels in
      decibels.map { "\(what) at \($0) dB (seed \(noiseSeed))" }
    }
    let all = noise + (sound == .own ? [] : ["sound \(sound.rawValue)"])
    return all.isEmpty ? "as it is" : all.joined(separator: ", ")
  }

  /// Adds the noise or takes away the sound. A swapped sound is swapped before the clip is read.
  public func apply(to contents: ClipContents) -> ClipContents {
    var contents = contents
    if let frameNoise {
      contents = contents.replacing(
        frames: addingNoise(to: contents.frames, decibels: frameNoise, seed: noiseSeed))
    }
    let seconds = contents.waveform.seconds
    if sound == .muted {
      contents = contents.replacing(waveform: Waveform([], seconds: seconds))
    } else if let audioNoise {
      let noisy = addingNoise(to: contents.waveform.samples, decibels: audioNoise, seed: noiseSeed)
      contents = contents.replacing(waveform: contents.waveform.replacing(samples: noisy))
    }
    return contents
  }
}

/// The clips, each with the sound of the next clip of another category, around the end.
///
/// Where clips have no category (MS3), with the sound of the next clip. Throws `DatasetError` if there is none.
public func withSwappedSound(_ clips: [Clip]) throws -> [Clip] {
  try clips.indices.map { i in
    let clip = clips[i]
    let others = (1..<max(clips.count, 1)).lazy.map { clips[(i + $0) % clips.count] }
    guard
      let other = others.first(where: {
        $0.audio != nil && (clip.category == nil || $0.category != clip.category)
      })
    else {
      throw DatasetError(
        clip.framesFolder, "no clip of another category among \(clips.count) whose sound could be taken")
    }
    return Clip(
      id: clip.id, category: clip.category, split: clip.split, layout: clip.layout,
      framesFolder: clip.framesFolder, masksFolder: clip.masksFolder, audio: other.audio,
      audioLogMel: other.audioLogMel)
  }
}
