import CSndFile
import Tensors

/// Reads a sound file as mono at 16 kHz, padded with zeros or cut to `seconds`.
///
/// Decoded by libsndfile, channels averaged, resampled by libsoxr where the rate is another. Throws
/// ``MediaError`` for files that are no sound, hold no samples, hold fewer than their header promises, or hold
/// samples that are not finite.
public func readWaveform(_ path: String, seconds: Int) throws -> Waveform {
  let file = try RegularFile(path)
  try refuseOtherFormats(file, path)
  try refuseTruncatedWAV(file, path)

  var info = SF_INFO()
  let source = SoundSource(file)
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
  let mono = try readMono(sound, info, frames: min(needed, Int(info.frames)), path)
  return Waveform(
    rate == Waveform.sampleRate ? mono : try resampled(mono, from: rate, to: Waveform.sampleRate, path),
    seconds: seconds, sourceRate: rate, sourceChannels: Int(info.channels),
    sourceDuration: Double(info.frames) / Double(rate))
}

/// The mean over the channels of the first `frames` frames.
private func readMono(
  _ sound: OpaquePointer, _ info: SF_INFO, frames: Int, _ path: String
) throws -> [Float] {
  let channels = Int(info.channels)
  let block = 4096
  var interleaved = [Float](repeating: 0, count: block * channels)
  var mono: [Float] = []
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
      }
      mono.append(sum / Float(channels))
    }
  }
  return mono
}

/// Leaves WAV and FLAC to libsndfile alone: what it takes for MPEG goes to a library that writes notes to the terminal.
private func refuseOtherFormats(_ file: RegularFile, _ path: String) throws {
  let start = try file.bytes(at: 0, count: 4)
  guard ["RIFF", "RIFX", "RF64", "fLaC", "riff"].contains(where: { start.elementsEqual($0.utf8) }) else {
    throw MediaError(path, "not a sound file: begins with \(hexadecimal(start)); expected WAV or FLAC")
  }
}

/// libsndfile shortens a WAV file silently when its data chunk ends early; this compares the chunk with the file.
///
/// A length of 2^32 - 1 means unknown: programs that wrote into a pipe, and RF64.
private func refuseTruncatedWAV(_ file: RegularFile, _ path: String) throws {
  func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
  let start = try file.bytes(at: 0, count: 12)
  guard start.count == 12, start[0..<4].elementsEqual("RIFF".utf8), start[8..<12].elementsEqual("WAVE".utf8)
  else { return }
  var offset = 12
  var blockLength = 1
  var unit = "bytes"
  var chunks = 0
  while offset + 8 <= file.size {
    chunks += 1
    guard chunks <= 1000 else { throw MediaError(path, "more than 1000 chunks before the sound") }
    let header = try file.bytes(at: offset, count: 8 + 16)
    guard header.count >= 8 else { return }
    let length = number(header[4..<8])
    if header[0..<4].elementsEqual("fmt ".utf8), header.count == 24 {
      let isSampleBySample = [1, 3, 6, 7, 0xfffe].contains(number(header[8..<10]))
      blockLength = max(number(header[20..<22]), 1)
      unit = isSampleBySample ? "frames" : "blocks"
    }
    if header[0..<4].elementsEqual("data".utf8) {
      let promised = length / blockLength
      let present = (file.size - offset - 8) / blockLength
      guard length == 0xffff_ffff || promised <= present else {
        throw MediaError(
          path, "the sound ends early: the header promises \(promised) \(unit), \(present) are there")
      }
      return
    }
    offset += 8 + length + length % 2
  }
}
