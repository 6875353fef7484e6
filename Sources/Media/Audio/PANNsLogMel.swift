import Glibc
import Tensors

/// The log-mel spectrogram of PANNs' `Cnn14_16k`: [T, 16000] samples to [T, 101, 64] in dB.
///
/// Each second alone: reflected by 256 samples at both ends, frames of 512 every 160, periodic Hann window,
/// power spectrum, 64 Slaney mels from 50 to 8000 Hz, 10 log10(max(x, 1e-10)).
public func pannsLogMel(_ waveform: Tensor) -> Tensor {
  let samples = Waveform.sampleRate
  precondition(waveform.shape.rank == 2 && waveform.shape.last == samples, "a waveform of \(waveform.shape)")
  let (length, hop, bands) = (PANNsFrontEnd.window, 160, PANNsFrontEnd.bands)
  let frames = samples / hop + 1
  let window = hannWindow(length, isPeriodic: true)
  let transform = FourierTransform(length: length)
  let mels = PANNsFrontEnd.mels

  return Tensor([waveform.shape[0], frames, bands]) { out in
    waveform.read { base in
      for second in 0..<waveform.shape[0] {
        let piece = base + second * samples
        for frame in 0..<frames {
          let start = frame * hop - length / 2
          let windowed = (0..<length).map { i in
            window[i] * Double(piece[reflected(start + i, below: samples)])
          }
          let energies = mels.applied(to: transform.powerSpectrum(of: windowed))
          for (band, energy) in energies.enumerated() {
            out[(second * frames + frame) * bands + band] = Float(10 * log10(max(energy, 1e-10)))
          }
        }
      }
    }
  }
}

/// The tables of ``pannsLogMel(_:)`` as PANNs' checkpoints have them (torchlibrosa's names), to compare a file with.
package enum PANNsFrontEnd {
  /// The samples of a frame.
  package static let window = 512

  /// The mel bands.
  package static let bands = 64

  static var mels: MelFilterBank {
    .slaney(bands, over: 50...8000, bins: window / 2 + 1, nyquist: 8000)
  }

  /// `stft.conv_real.weight` or `stft.conv_imag.weight` [257, 1, 512]: the windowed cosines, or the negative sines, of each bin.
  package static func transform(isReal: Bool) -> [Float] {
    let hann = hannWindow(window, isPeriodic: true)
    let turns = (0..<window).map { 2 * Double.pi * Double($0) / Double(window) }
    let waves = turns.map { isReal ? cos($0) : -sin($0) }
    return (0...window / 2).flatMap { bin in
      (0..<window).map { Float(hann[$0] * waves[bin * $0 % window]) }
    }
  }

  /// `logmel_extractor.melW` [257, 64].
  package static var melMatrix: [Float] {
    let (bins, mels) = (window / 2 + 1, mels)
    return (0..<bins).flatMap { bin in
      mels.applied(to: (0..<bins).map { $0 == bin ? 1 : 0 }).map { Float($0) }
    }
  }
}

/// A position mirrored at the first and the last sample, which are not repeated.
private func reflected(_ position: Int, below count: Int) -> Int {
  position < 0 ? -position : position < count ? position : 2 * (count - 1) - position
}
