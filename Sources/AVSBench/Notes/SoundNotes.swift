import Media

/// What a model hears where a sound is shorter than its clip.
public enum SoundCompletion: Sendable, Hashable {
  /// Zeros: PANNs, BEATs, the encoder of `lite`, and VGGish on single seconds.
  case silence

  /// VGGish's last whole example of 0.96 s again, as AVSBench's preprocessing does.
  case lastExample

  /// The data set's own log-mels, which were completed when they were made.
  case ownLogMels

  /// Nobody listens.
  case unheard
}

/// What there may be to tell about a sound.
struct SoundFacts: Sendable {
  let sourceDuration, paddedDuration: Double
  let sampleCount: Int
  let peak: Float
  let truncation: String?
  let isSilent: Bool

  init(_ sound: Waveform) {
    (sourceDuration, paddedDuration) = (sound.sourceDuration, sound.paddedDuration)
    (sampleCount, peak, truncation) = (sound.sampleCount, sound.peak, sound.truncation)
    isSilent = sound.isSilent
  }
}

extension ClipContents {
  /// What is odd about the clip's files, with what was done about it.
  ///
  /// - Parameter completion: what the model hears where the sound is too short; without a model, all of it is told.
  public func notes(_ completion: SoundCompletion? = nil) -> [ClipNote] {
    fileNotes + soundNotes(sound, files.audio, frames.count, completion)
  }

  /// What an audio encoder hears where the sound is too short.
  ///
  /// - Parameters:
  ///   - takesLogMels: whether it takes the data set's log-mels where there are any.
  ///   - repeatsLastExample: whether the last whole example is repeated, instead of silence.
  public func completion(takesLogMels: Bool, repeatsLastExample: Bool) -> SoundCompletion {
    takesLogMels && logMel != nil ? .ownLogMels : repeatsLastExample ? .lastExample : .silence
  }

  /// ``notes(_:)`` as text, a line each.
  public func warnings(_ completion: SoundCompletion?) -> [String] {
    notes(completion).map(\.description)
  }

  /// What is odd about the files, a line each.
  public var warnings: [String] { warnings(nil) }
}

/// What is odd about a clip's sound.
func soundNotes(
  _ sound: SoundFacts, _ path: String, _ frameCount: Int, _ completion: SoundCompletion?
) -> [ClipNote] {
  var notes: [ClipNote] = []
  if let truncation = sound.truncation {
    notes.append(
      ClipNote(
        path, "the sound ends early: \(truncation)", kind: "the sound file ends before its header says"))
  }
  let duration = (sound.sourceDuration * 100).rounded() / 100
  let seconds = "\(duration) s of sound for \(frameCount) frames"
  if sound.paddedDuration >= 0.05, let done = done(sound, frameCount, completion) {
    notes.append(ClipNote(path, "\(seconds); \(done)", kind: "sound shorter than the frames; \(done)"))
  } else if sound.sourceDuration >= Double(frameCount) + 0.05 {
    notes.append(
      ClipNote(
        path, "\(seconds); the first \(frameCount) s are taken",
        kind: "sound longer than the frames; what is over is cut"))
  }
  if sound.isSilent {
    notes.append(ClipNote(path, "silent"))
  } else if sound.peak > 1 {
    notes.append(
      ClipNote(
        path, "samples up to \(rounded(sound.peak)), expected -1 to 1; taken as they are",
        kind: "samples beyond -1 to 1; taken as they are"))
  } else if sound.peak > 0, sound.peak < 1e-4 {
    notes.append(
      ClipNote(
        path,
        "samples up to \(rounded(sound.peak)), nearly silent; divided by 32768 twice? taken as they are",
        kind: "nearly silent, samples below 0.0001; divided by 32768 twice? taken as they are"))
  }
  return notes
}

/// What was done about a sound that is too short; nil where nothing had to be.
private func done(_ sound: SoundFacts, _ frameCount: Int, _ completion: SoundCompletion?) -> String? {
  let repeated = "the last whole 0.96 s repeated, as by AVSBench's preprocessing"
  let hasAllExamples = vggishExampleCount(sampleCount: sound.sampleCount) >= frameCount
  return switch completion {
  case .silence: "padded with silence"
  case .lastExample: hasAllExamples ? nil : repeated
  case .ownLogMels: "VGGish takes the data set's log-mels, whatever the sound's length"
  case .unheard: "no audio encoder, so nobody listens"
  case nil: "padded with silence" + (hasAllExamples ? "" : ", for VGGish \(repeated)")
  }
}

private func rounded(_ sample: Float) -> String {
  sample >= 0.01 ? "\((sample * 100).rounded() / 100)" : "\(sample)"
}
