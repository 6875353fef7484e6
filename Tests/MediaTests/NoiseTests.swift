import Foundation
import Media
import Tensors
import Testing

@Suite struct NoiseTests {
  private let tone = Tensor((0..<32_000).map { Float(sin(Double($0) * 0.3)) / 4 }, [2, 16_000])

  @Test(arguments: [20.0, 0, -10])
  func waveformNoiseHasTheAskedRatio(_ decibels: Double) {
    let noisy = addingNoise(to: tone, decibels: decibels, seed: 3)
    let noise = zip(noisy.values, tone.values).map { Double($0 - $1) }
    let ratio = 10 * log10(power(tone.values.map(Double.init)) / power(noise))
    #expect(abs(ratio - decibels) < 0.1)
    #expect(abs(noise.reduce(0, +) / 32_000) < 0.02 * sqrt(power(noise)))
  }

  @Test func noiseIsNormal() {
    let constant = Tensor(repeating: 1, [200_000])
    let noise = addingNoise(to: constant, decibels: 0, seed: 11).values.map { Double($0) - 1 }
    func share(within deviation: Double) -> Double {
      Double(noise.count { abs($0) < deviation }) / Double(noise.count)
    }
    #expect(abs(share(within: 1) - 0.6827) < 0.005)
    #expect(abs(share(within: 2) - 0.9545) < 0.005)
  }

  @Test func theSeedDecides() {
    let first = addingNoise(to: tone, decibels: 10, seed: 5).values
    #expect(first == addingNoise(to: tone, decibels: 10, seed: 5).values)
    #expect(first != addingNoise(to: tone, decibels: 10, seed: 6).values)
    // SplitMix64 from seed 0 begins with e220a8397b1dcdaf, 6e789e6aa1b965f4 (its published test values).
    let (u, v) = (
      Double(0xe220_a839_7b1d_cdaf >> 11 as UInt64), Double(0x6e78_9e6a_a1b9_65f4 >> 11 as UInt64)
    )
    let normal = sqrt(-2 * log((u + 1) * 0x1p-53)) * cos(2 * .pi * (v + 1) * 0x1p-53)
    let one = addingNoise(to: Tensor(repeating: 1, [1]), decibels: 0, seed: 0)
    #expect(abs(Double(one[0]) - 1 - normal) < 1e-6)
  }

  @Test func silenceStaysSilent() {
    let silence = Tensor(zeros: [1, 16_000])
    #expect(addingNoise(to: silence, decibels: -20, seed: 1).values == silence.values)
  }

  @Test func frameNoiseHasTheAskedRatio() {
    let gray = RGBImage(width: 100, height: 100, pixels: [UInt8](repeating: 128, count: 30_000))
    let noisy = addingNoise(to: [gray, gray], decibels: 20, seed: 9)
    #expect(noisy.count == 2)
    #expect(noisy[0] != noisy[1])
    for frame in noisy {
      let noise = frame.pixels.map { Double($0) - 128 }
      #expect(abs(10 * log10(128 * 128 / power(noise)) - 20) < 0.1)
    }
  }

  private func power(_ samples: [Double]) -> Double {
    samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count)
  }
}
