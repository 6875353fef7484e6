import Foundation
import Media
import Tensors
import Testing

@Suite struct SpectrumTests {
  @Test func powerSpectrumIsTheDefinitions() {
    let length = 64
    let frame = (0..<length).map { sin(Double($0 * $0) * 0.37) + 0.3 }
    let fast = FourierTransform(length: length).powerSpectrum(of: frame)
    #expect(fast.count == length / 2 + 1)
    for k in 0...length / 2 {
      var (real, imaginary) = (0.0, 0.0)
      for (n, sample) in frame.enumerated() {
        real += sample * cos(2 * .pi * Double(k * n) / Double(length))
        imaginary -= sample * sin(2 * .pi * Double(k * n) / Double(length))
      }
      #expect(abs(fast[k] - (real * real + imaginary * imaginary)) < 1e-10)
    }
  }

  @Test func hannWindowsDifferAtTheEnd() {
    #expect(hannWindow(4, isPeriodic: true).map { ($0 * 1e9).rounded() / 1e9 } == [0, 0.5, 1, 0.5])
    #expect(hannWindow(5, isPeriodic: false).map { ($0 * 1e9).rounded() / 1e9 } == [0, 0.5, 1, 0.5, 0])
  }

  @Test func neighbouringTrianglesOfHeightOneSumToOne() {
    // Between the centres of the first and the last band each bin is shared by two bands.
    let bands = MelFilterBank.htk(64, over: 125...7500, bins: 257, nyquist: 8000)
    func sum(at bin: Int) -> Double {
      var spectrum = [Double](repeating: 0, count: 257)
      spectrum[bin] = 1
      return bands.applied(to: spectrum).reduce(0, +)
    }
    for bin in 6..<225 { #expect(abs(sum(at: bin) - 1) < 1e-12, "bin \(bin)") }
    #expect(sum(at: 0) == 0)
    #expect(sum(at: 4) == 0)  // 125 Hz, the lower edge
    #expect(sum(at: 240) == 0)  // 7500 Hz, the upper edge
    #expect(sum(at: 256) == 0)
  }

  @Test func slaneyTrianglesHaveEqualArea() {
    // Bins 1 Hz apart sum to the area under each triangle.
    let bands = MelFilterBank.slaney(64, over: 50...8000, bins: 8001, nyquist: 8000)
    for area in bands.applied(to: [Double](repeating: 1, count: 8001)) { #expect(abs(area - 1) < 1e-3) }
  }

  @Test func pannsLogMelAgreesWithThePublishedProgram() throws {
    let waveform = try readWaveform(Fixture.path("audio/second.wav"), seconds: 1)
    let logMel = pannsLogMel(waveform.samples)
    #expect(logMel.shape == [1, 101, 64])
    let expected = try Fixture.floats("audio/second.panns.f32")
    let scale = expected.map(abs).max()!
    let error = zip(logMel.values, expected).map { abs($0 - $1) }.max()!
    #expect(error < 1e-5 * scale, "\(error) of \(scale)")
  }

  @Test func secondsAreIndependentAndSilenceIsTheFloor() throws {
    let second = try readWaveform(Fixture.path("audio/second.wav"), seconds: 1).samples
    let both = pannsLogMel(.concatenate([Tensor(zeros: [1, 16_000]), second]))
    #expect(both.slice(0..<1).values.allSatisfy { $0 == -100 })
    #expect(both.slice(1..<2).values == pannsLogMel(second).values)
  }
}
