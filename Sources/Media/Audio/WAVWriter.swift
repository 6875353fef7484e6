/// Writes finite samples in -1...1 as a 16-bit PCM WAV file, completely or not at all.
///
/// `samples` are interleaved, `channels` a frame; values outside are clipped. Throws ``MediaError``.
public func writeWAV(
  _ samples: [Float], sampleRate: Int = Waveform.sampleRate, channels: Int = 1, to path: String
) throws {
  var file: [UInt8] = []
  func append(_ text: String) { file.append(contentsOf: text.utf8) }
  func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) }
  }
  let dataLength = samples.count * 2
  append("RIFF")
  append(UInt32(36 + dataLength))
  append("WAVEfmt ")
  append(UInt32(16))
  append(UInt16(1))
  append(UInt16(channels))
  append(UInt32(sampleRate))
  append(UInt32(sampleRate * channels * 2))
  append(UInt16(channels * 2))
  append(UInt16(16))
  append("data")
  append(UInt32(dataLength))
  for sample in samples {
    // libsndfile reads sample / 32768.
    append(Int16(min(max((sample * 32768).rounded(), -32768), 32767)))
  }
  try file.withUnsafeBytes { try writeFile($0, to: path) }
}
