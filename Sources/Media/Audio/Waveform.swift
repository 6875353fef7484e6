import Tensors

/// The sound of a clip as the audio encoders take it: mono at 16 kHz, cut into one-second pieces.
public struct Waveform: Sendable {
  /// Samples a second of all waveforms.
  public static let sampleRate = 16_000

  /// Samples in -1...1, [seconds, 16000].
  public let samples: Tensor

  /// Samples a second in the file.
  public let sourceRate: Int

  /// Channels in the file; they were averaged.
  public let sourceChannels: Int

  /// Seconds in the file.
  public let sourceDuration: Double

  /// Samples of the sound, those of the file at 16 kHz; what follows in ``samples`` are zeros.
  public let sampleCount: Int

  /// The largest absolute sample of the file, before its channels were averaged; 0 for a sound that was made.
  public let peak: Float

  /// How a file ends before its header says, such as `600 of 1000 samples present`; nil for a whole one.
  public let truncation: String?

  /// Seconds of zeros at the end, because the file was shorter than the clip.
  public var paddedDuration: Double {
    Double(samples.count - sampleCount) / Double(Self.sampleRate)
  }

  /// Whether the file was shorter than the clip.
  public var isPadded: Bool { paddedDuration > 0 }

  /// Whole seconds: the number of frames of the clip.
  public var seconds: Int { samples.shape[0] }

  /// Whether all samples are zero.
  public var isSilent: Bool {
    samples.read { base in (0..<samples.count).allSatisfy { base[$0] == 0 } }
  }

  /// Mono samples at 16 kHz, padded with zeros or cut to `seconds`.
  public init(
    _ mono: [Float], seconds: Int, sourceRate: Int = sampleRate, sourceChannels: Int = 1,
    sourceDuration: Double? = nil, peak: Float = 0, truncation: String? = nil
  ) {
    precondition(seconds > 0, "a waveform of \(seconds) seconds")
    let count = seconds * Self.sampleRate
    let kept = min(mono.count, count)
    samples = Tensor([seconds, Self.sampleRate]) { out in
      out.initialize(from: mono, count: kept)
      (out + kept).initialize(repeating: 0, count: count - kept)
    }
    sampleCount = kept
    self.sourceRate = sourceRate
    self.sourceChannels = sourceChannels
    self.sourceDuration = sourceDuration ?? Double(mono.count) / Double(Self.sampleRate)
    self.peak = peak
    self.truncation = truncation
  }

  /// The same sound with other samples of the same shape, such as with noise; where it ends stays.
  public func replacing(samples: Tensor) -> Waveform {
    precondition(samples.shape == self.samples.shape, "samples of another shape")
    return Waveform(self, samples)
  }

  private init(_ other: Waveform, _ samples: Tensor) {
    self.samples = samples
    sourceRate = other.sourceRate
    sourceChannels = other.sourceChannels
    sourceDuration = other.sourceDuration
    sampleCount = other.sampleCount
    peak = other.peak
    truncation = other.truncation
  }
}
