import CSndFile
import Tensors

/// Reads a sound file as mono at 16 kHz, padded with zeros or cut to `seconds`.
///
/// Decoded by libsndfile, channels averaged, resampled by libsoxr where the rate is another. A WAV file that ends before
/// its header says is read as far as it goes, and ``Waveform/truncation`` tells it; a length that its writer did not
/// know goes to the end of the file. Throws ``MediaError`` for files that are no sound, hold no samples, or hold samples
/// that are not finite, and for other files that end early.
public func readWaveform(_ path: String, seconds: Int) throws -> Waveform {
  let file = try RegularFile(path)
  try refuseOtherFormats(file, path)
  let header = try WAVHeader(file, path)

  var info = SF_INFO()
  let source = SoundSource(file, patches: header.patches)
  guard let sound = source.open(&info) else {
    throw MediaError(path, "not a sound file: \(String(cString: sf_strerror(nil)))")
  }
  defer {
    sf_close(sound)
    // libsndfile knows it by its address alone.
    withExtendedLifetime(source) {}
  }
  guard info.frames > 0 else { throw MediaError(path, "the sound file holds no samples") }

  let rate = Int(info.samplerate)
  // What recorders make; the resampler's filter grows with the ratio.
  guard (1_000...768_000).contains(rate) else {
    throw MediaError(path, "\(rate) samples a second; expected 1000 to 768000")
  }
  // A second more than is kept, so that the resampler's filter does not see the end.
  let needed = rate == Waveform.sampleRate ? seconds * rate : (seconds + 1) * rate
  let (mono, peak) = try readMono(sound, info, frames: min(needed, Int(info.frames)), path)
  return Waveform(
    rate == Waveform.sampleRate ? mono : try resampled(mono, from: rate, to: Waveform.sampleRate, path),
    seconds: seconds, sourceRate: rate, sourceChannels: Int(info.channels),
    sourceDuration: Double(info.frames) / Double(rate), peak: peak, truncation: header.truncation)
}

/// The mean over the channels of the first `frames` frames, and their largest absolute sample.
private func readMono(
  _ sound: OpaquePointer, _ info: SF_INFO, frames: Int, _ path: String
) throws -> (mono: [Float], peak: Float) {
  let channels = Int(info.channels)
  let block = 4096
  var interleaved = [Float](repeating: 0, count: block * channels)
  var mono: [Float] = []
  var peak: Float = 0
  while mono.count < frames {
    let got = Int(sf_readf_float(sound, &interleaved, sf_count_t(min(block, frames - mono.count))))
    guard got > 0 else {
      let message = sf_error(sound) == 0 ? "" : " (\(String(cString: sf_strerror(sound))))"
      throw MediaError(
        path,
        "the sound ends early: the header promises \(info.frames) frames, \(mono.count) are there\(message)")
    }
    for frame in 0..<got {
      var sum: Float = 0
      for channel in 0..<channels {
        let sample = interleaved[frame * channels + channel]
        guard sample.isFinite else {
          throw MediaError(
            path, "sample \(mono.count) of channel \(channel) is \(sample); expected a finite number")
        }
        sum += sample
        peak = max(peak, abs(sample))
      }
      mono.append(sum / Float(channels))
    }
  }
  return (mono, peak)
}

/// Leaves WAV and FLAC to libsndfile alone: what it takes for MPEG goes to a library that writes notes to the terminal.
private func refuseOtherFormats(_ file: RegularFile, _ path: String) throws {
  let start = try file.bytes(at: 0, count: 256)
  guard ["RIFF", "RIFX", "RF64", "fLaC", "riff"].contains(where: { start.prefix(4).elementsEqual($0.utf8) })
  else {
    throw MediaError(
      path,
      textInstead(of: start)
        ?? "not a sound file: begins with \(hexadecimal(start.prefix(4))); expected WAV or FLAC")
  }
}
