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

  /// Seconds of zeros at the end, because the file was shorter than the clip.
  public let paddedDuration: Double

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
    sourceDuration: Double? = nil
  ) {
    precondition(seconds > 0, "a waveform of \(seconds) seconds")
    let count = seconds * Self.sampleRate
    let kept = min(mono.count, count)
    samples = Tensor([seconds, Self.sampleRate]) { out in
      out.initialize(from: mono, count: kept)
      (out + kept).initialize(repeating: 0, count: count - kept)
    }
    self.sourceRate = sourceRate
    self.sourceChannels = sourceChannels
    self.sourceDuration = sourceDuration ?? Double(mono.count) / Double(Self.sampleRate)
    paddedDuration = Double(count - kept) / Double(Self.sampleRate)
  }
}
