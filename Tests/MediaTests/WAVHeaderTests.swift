import Foundation
import Media
import Testing

/// Lengths that a WAV file's header promises, and what is there.
@Suite struct WAVHeaderTests {
  private static let samples: [Int16] = (0..<100).map { Int16($0 * 100) }
  private static var data: [UInt8] { samples.flatMap { little(UInt32(UInt16(bitPattern: $0)), 2) } }

  private static func little(_ number: UInt32, _ count: Int = 4) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
  }

  private static func chunk(_ name: String, _ bytes: [UInt8], length: UInt32? = nil) -> [UInt8] {
    Array(name.utf8) + little(length ?? UInt32(bytes.count)) + bytes
      + (bytes.count % 2 == 1 ? [0] : [])
  }

  private static let format = chunk("fmt ", [1, 0, 1, 0] + little(16_000) + little(32_000) + [2, 0, 16, 0])

  private static let extensible = chunk(
    "fmt ",
    [0xfe, 0xff, 1, 0] + little(16_000) + little(32_000) + [2, 0, 16, 0, 22, 0, 16, 0] + little(4)
      + [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71])

  private static func file(_ chunks: [UInt8]..., kind: String = "RIFF", length: UInt32 = 0) -> [UInt8] {
    Array(kind.utf8) + little(length) + Array("WAVE".utf8) + chunks.flatMap(\.self)
  }

  private func read(_ file: [UInt8]) throws -> Waveform {
    let folder = try TemporaryFolder()
    return try readWaveform(folder.write(file, "a.wav"), seconds: 1)
  }

  private func expectAll(_ file: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let waveform = try read(file)
    #expect(waveform.sampleCount == 100, sourceLocation: sourceLocation)
    #expect(waveform.samples[99] == Float(9900) / 32768, sourceLocation: sourceLocation)
    #expect(waveform.truncation == nil, sourceLocation: sourceLocation)
  }

  /// sox, libraries that fill in 2^31 - 1, recorders, ffmpeg, the same less a header, and who cannot go back.
  @Test(arguments: [0x7fff_f000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_ffdb, 0] as [UInt32])
  func anUnknownLengthGoesToTheEnd(_ length: UInt32) throws {
    try expectAll(
      Self.file(Self.format, Self.chunk("data", Self.data, length: length), length: 0x7fff_f024))
    try expectAll(Self.file(Self.extensible, Self.chunk("data", Self.data, length: length)))
    let list = Self.chunk("LIST", Array("INFOISFT".utf8) + Self.little(3) + [65, 66, 0])
    try expectAll(Self.file(list, Self.format, Self.chunk("data", Self.data, length: length)))
  }

  @Test func otherChunksAreInAnyPlace() throws {
    let list = Self.chunk("LIST", Array("INFO".utf8) + [1, 2, 3])
    let sound = Self.chunk("data", Self.data)
    try expectAll(Self.file(list, Self.format, Self.chunk("junk", []), sound))
    try expectAll(Self.file(Self.extensible, list, sound, list))
  }

  @Test(arguments: [200, 0, UInt64.max, 0x7fff_f000] as [UInt64])
  func longFilesHaveTheirLengthElsewhere(_ length: UInt64) throws {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    let long = Self.chunk("ds64", [UInt8](repeating: 0, count: 8) + bytes + [UInt8](repeating: 0, count: 12))
    try expectAll(
      Self.file(
        long, Self.format, Self.chunk("data", Self.data, length: .max), kind: "RF64", length: .max))
  }

  @Test func aCutFileIsReadAndTold() throws {
    for (length, text) in [
      (UInt32(204), "100 of 102 samples present"), (200_000, "100 of 100000 samples present"),
    ] {
      let waveform = try read(Self.file(Self.format, Self.chunk("data", Self.data, length: length)))
      #expect(waveform.sampleCount == 100)
      #expect(waveform.truncation == text)
    }
    let long = Self.chunk(
      "ds64", [UInt8](repeating: 0, count: 8) + [0x90, 1] + [UInt8](repeating: 0, count: 18))
    let cut = try read(
      Self.file(long, Self.format, Self.chunk("data", Self.data, length: .max), kind: "RF64", length: .max))
    #expect(cut.sampleCount == 100 && cut.truncation == "100 of 200 samples present")
  }

  @Test func noSamplesBeforeAnotherChunkAreNone() throws {
    let folder = try TemporaryFolder()
    let file = Self.file(Self.format, Self.chunk("data", []), Self.chunk("LIST", Array("INFO".utf8)))
    #expect(
      problem { _ = try readWaveform(folder.write(file, "a.wav"), seconds: 1) }
        == "the sound file holds no samples")
  }

  @Test func thePeakIsThatOfTheFile() throws {
    let folder = try TemporaryFolder()
    func float(_ samples: [Float]) throws -> Waveform {
      let format = Self.chunk(
        "fmt ", [3, 0, 2, 0] + Self.little(16_000) + Self.little(128_000) + [8, 0, 32, 0])
      let data = samples.flatMap { Self.little($0.bitPattern) }
      return try readWaveform(folder.write(Self.file(format, Self.chunk("data", data)), "f.wav"), seconds: 1)
    }
    #expect(try float([0.5, -3, 0.25, 0.25]).peak == 3)
    #expect(try float([0, 0, 1e-6, 0]).peak == 1e-6)
  }
}
