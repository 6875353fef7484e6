import Glibc
import Tensors

/// VGGish's log-mel examples: [T, 16000] samples to [T, 96, 64].
///
/// Frames of 400 every 160 without padding at the ends, periodic Hann window, magnitudes of a transform of 512, 64 HTK mels
/// from 125 to 7500 Hz, ln(x + 0.01); then examples of 96 frames, 0.96 s.
///
/// - Parameters:
///   - waveform: Samples at 16 kHz [T, 16000].
///   - acrossSeconds: Whether the whole clip is one piece, cut into examples without overlap, as AVSBench's own log-mels
///     were made; else each second is a piece and gives its first example.
///   - sampleCount: Samples before the zeros at the end; without it, all. A clip in one piece has the whole examples of
///     those, and the last of them for each second that has none, as AVSBench's preprocessing repeats it. A sound
///     shorter than one example is filled with silence to one.
public func vggishLogMel(_ waveform: Tensor, acrossSeconds: Bool, sampleCount: Int? = nil) -> Tensor {
  let rate = Waveform.sampleRate
  precondition(waveform.shape.rank == 2 && waveform.shape.last == rate, "a waveform of \(waveform.shape)")
  let seconds = waveform.shape[0]
  let (length, hop, padded, bands, example) = (400, 160, 512, 64, 96)
  let window = hannWindow(length, isPeriodic: true)
  let transform = FourierTransform(length: padded)
  let mels = MelFilterBank.htk(bands, over: 125...7500, bins: padded / 2 + 1, nyquist: Double(rate) / 2)
  let examples = vggishExampleCount(sampleCount: sampleCount ?? seconds * rate)
  return Tensor([seconds, example, bands]) { out in
    waveform.read { samples in
      for second in 0..<seconds {
        let first = acrossSeconds ? min(second, examples - 1) * example : second * (rate / hop)
        for frame in 0..<example {
          let start = samples + (first + frame) * hop
          let windowed = (0..<padded).map { $0 < length ? window[$0] * Double(start[$0]) : 0 }
          let magnitudes = transform.powerSpectrum(of: windowed).map { $0.squareRoot() }
          for (band, energy) in mels.applied(to: magnitudes).enumerated() {
            out[(second * example + frame) * bands + band] = Float(log(energy + 0.01))
          }
        }
      }
    }
  }
}

/// The whole examples of VGGish, 96 frames of 400 samples every 160, in so many samples; at least 1.
public func vggishExampleCount(sampleCount: Int) -> Int {
  max(1, ((sampleCount - 400) / 160 + 1) / 96)
}
