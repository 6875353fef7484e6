import Foundation
import Media
import Synchronization
import Testing

@Suite struct AudioFileTests {
  @Test func samplesAreExactPartsOf32768() throws {
    let folder = try TemporaryFolder()
    let samples: [Float] = [0, 1 / 32768, -1, 32767 / 32768, 0.5, 2, -2]
    try writeWAV(samples, to: folder.path("a.wav"))
    let waveform = try readWaveform(folder.path("a.wav"), seconds: 2)
    #expect(waveform.samples.shape == [2, 16000])
    #expect(Array(waveform.samples.values[..<8]) == samples[..<5] + [32767 / 32768, -1, 0])
    #expect(waveform.isPadded)
    #expect(waveform.paddedDuration == 2 - 7 / 16000.0)
    #expect(waveform.sourceDuration == 7 / 16000.0)
    #expect(!waveform.isSilent)
  }

  @Test func longerSoundsAreCut() throws {
    let folder = try TemporaryFolder()
    try writeWAV((0..<40_000).map { Float($0 % 100) / 128 }, to: folder.path("-long ü.wav"))
    let waveform = try readWaveform(folder.path("-long ü.wav"), seconds: 2)
    #expect(!waveform.isPadded)
    #expect(waveform.seconds == 2)
    #expect(waveform.samples[31_999] == 99.0 / 128)
    #expect(waveform.sourceDuration == 2.5)
  }

  @Test func channelsAreAveragedAndResampledAsSoxrDoes() throws {
    let waveform = try readWaveform(Fixture.path("audio/stereo-44100.wav"), seconds: 1)
    #expect(waveform.sourceRate == 44_100)
    #expect(waveform.sourceChannels == 2)
    let expected = try Fixture.floats("audio/stereo-44100.16000.f32")
    #expect(expected.count == 1600)
    for (sample, wanted) in zip(waveform.samples.values, expected) { #expect(abs(sample - wanted) < 1e-6) }
    #expect(waveform.samples.values[1600...].allSatisfy { $0 == 0 })
  }

  @Test func cuttingBeforeResamplingLeavesTheEndAsItWas() throws {
    let folder = try TemporaryFolder()
    let tone = (0..<3 * 8000).map { Float(sin(Double($0) * 0.7)) / 2 }
    try writeWAV(tone, sampleRate: 8000, to: folder.path("tone.wav"))
    let short = try readWaveform(folder.path("tone.wav"), seconds: 1)
    let long = try readWaveform(folder.path("tone.wav"), seconds: 3)
    for i in 0..<16_000 { #expect(abs(short.samples[i] - long.samples[i]) < 1e-6) }
  }

  @Test func aTruncatedFileTellsBothNumbers() throws {
    let folder = try TemporaryFolder()
    try writeWAV([Float](repeating: 0.1, count: 2 * 1000), channels: 2, to: folder.path("whole.wav"))
    let whole = try [UInt8](Data(contentsOf: folder.url.appendingPathComponent("whole.wav")))
    #expect(whole.count == 44 + 4000)
    let cut = try folder.write(whole.prefix(44 + 4 * 600 + 3), "cut.wav")
    let waveform = try readWaveform(cut, seconds: 1)
    #expect(waveform.truncation == "600 of 1000 samples present")
    #expect(waveform.sampleCount == 600 && waveform.sourceDuration == 600 / 16000.0)
    var endless = whole
    endless.replaceSubrange(40..<44, with: [255, 255, 255, 255])
    let piped = try readWaveform(try folder.write(endless, "piped.wav"), seconds: 1)
    #expect(piped.sourceDuration == 1000 / 16000.0)
  }

  @Test func everyShortHeaderIsAnError() throws {
    let folder = try TemporaryFolder()
    try writeWAV([0.5, 0.25], to: folder.path("whole.wav"))
    let whole = try [UInt8](Data(contentsOf: folder.url.appendingPathComponent("whole.wav")))
    // Of two samples of two bytes, one is a sound.
    for count in 0..<whole.count - 2 {
      let path = try folder.write(whole.prefix(count), "cut.wav")
      #expect(problem { _ = try readWaveform(path, seconds: 1) } != nil, "\(count) bytes")
    }
  }

  @Test func refusedSoundsCloseNobodysFile() throws {
    let folder = try TemporaryFolder()
    try writeWAV([0.5, 0.25], to: folder.path("whole.wav"))
    let whole = try [UInt8](Data(contentsOf: folder.url.appendingPathComponent("whole.wav")))
    let cut = try folder.write(whole.prefix(30), "cut.wav")
    let lost = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for _ in 0..<2000 {
        if thread % 2 == 0 {
          _ = problem { _ = try readWaveform(cut, seconds: 1) }
        } else {
          let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
          sched_yield()
          if close(other) != 0 { lost.withLock { $0 += 1 } }
        }
      }
    }
    #expect(lost.withLock { $0 } == 0)
  }

  @Test func samplesThatAreNotFiniteAreAnError() throws {
    let folder = try TemporaryFolder()
    let samples: [Float] = [0, 0.5, 0.25, -.infinity, .nan, 0]
    var file = Array("RIFF".utf8) + little(36 + 24) + Array("WAVEfmt ".utf8) + little(16)
    file +=
      [3, 0, 2, 0] + little(16_000) + little(128_000) + [8, 0, 32, 0] + Array("data".utf8) + little(24)
    file += samples.flatMap { little($0.bitPattern) }
    let path = try folder.write(file, "float.wav")
    #expect(
      problem { _ = try readWaveform(path, seconds: 1) }
        == "sample 1 of channel 1 is -inf; expected a finite number")
  }

  @Test func errorsNameTheReason() throws {
    let folder = try TemporaryFolder()
    func reading(_ path: String) -> String? { problem { _ = try readWaveform(path, seconds: 5) } }
    #expect(reading(folder.path("missing.wav")) == "No such file or directory")
    #expect(reading(folder.url.path) == "not a regular file")
    #expect(reading(try folder.write([], "empty.wav")) == "the file is empty (0 bytes)")
    let text = try folder.write(String(repeating: "no sound ", count: 100).utf8, "text.wav")
    #expect(reading(text)?.hasPrefix("not a sound file: ") == true)
    let chunks =
      Array("RIFF\u{0}\u{0}\u{0}\u{0}WAVE".utf8)
      + (0..<1001).flatMap { _ in Array("note".utf8) + [0, 0, 0, 0] }
    #expect(reading(try folder.write(chunks, "chunks.wav")) == "more than 1000 chunks before the sound")
    try writeWAV([], to: folder.path("none.wav"))
    #expect(reading(folder.path("none.wav")) == "the sound file holds no samples")
  }

  @Test func silenceIsNoticed() {
    #expect(Waveform([0, 0, 0], seconds: 1).isSilent)
    #expect(!Waveform([0, 1e-5], seconds: 1).isSilent)
  }

  private func little(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
}
