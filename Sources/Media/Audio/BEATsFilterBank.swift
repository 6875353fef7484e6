import Glibc
import Tensors

/// The normalised Kaldi filter bank energies of BEATs: [T, 16000] samples to [T, 98, 128].
///
/// Each second alone, samples times 2^15: frames of 400 every 160 that lie wholly inside, mean removed, pre-emphasis
/// 0.97, Povey window, power spectrum of 512, 128 mels from 20 to 8000 Hz, logarithm, (x - 15.41663) / (2 * 6.55582).
public func beatsFilterBank(_ waveform: Tensor) -> Tensor {
  let rate = Waveform.sampleRate
  precondition(waveform.shape.rank == 2 && waveform.shape.last == rate, "a waveform of \(waveform.shape)")
  let seconds = waveform.shape[0]
  let (length, hop, padded, bands) = (400, 160, 512, 128)
  let frames = (rate - length) / hop + 1
  let window = hannWindow(length, isPeriodic: false).map { pow($0, 0.85) }
  let transform = FourierTransform(length: padded)
  let mels = MelFilterBank.htk(bands, over: 20...8000, bins: padded / 2 + 1, nyquist: Double(rate) / 2)
  return Tensor([seconds, frames, bands]) { out in
    waveform.read { samples in
      for second in 0..<seconds {
        for frame in 0..<frames {
          let start = samples + second * rate + frame * hop
          let piece = (0..<length).map { Double(start[$0]) * 32768 }
          let mean = piece.reduce(0, +) / Double(length)
          let windowed = (0..<padded).map { i in
            guard i < length else { return 0.0 }
            // The first sample is its own predecessor.
            return window[i] * ((piece[i] - mean) - 0.97 * (piece[max(i - 1, 0)] - mean))
          }
          for (band, energy) in mels.applied(to: transform.powerSpectrum(of: windowed)).enumerated() {
            let level = log(max(energy, Double(Float.ulpOfOne)))
            out[(second * frames + frame) * bands + band] = Float((level - 15.41663) / (2 * 6.55582))
          }
        }
      }
    }
  }
}
