import Glibc
import Tensors

/// Normally distributed numbers that a seed determines on every machine.
///
/// ``SplitMix64`` makes uniform numbers; Box and Muller's formula makes pairs of normal ones of them.
struct GaussianNoise {
  private var random: SplitMix64
  private var spare: Double?

  init(seed: UInt64) { random = SplitMix64(seed) }

  /// The next number, of mean 0 and variance 1.
  mutating func next() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = sqrt(-2 * log(uniform()))
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// A number in (0, 1], so that its logarithm is finite.
  private mutating func uniform() -> Double {
    Double((random.next() >> 11) + 1) * 0x1p-53
  }
}

/// The standard deviation of noise at a ratio of signal power to noise power.
private func deviation(power: Double, decibels: Double) -> Double { sqrt(power / pow(10, decibels / 10)) }

/// Samples with white Gaussian noise at a signal-to-noise ratio in dB, against the mean power of all samples.
///
/// The same seed gives the same noise. Silence stays silent. The result is not clipped.
public func addingNoise(to samples: Tensor, decibels: Double, seed: UInt64) -> Tensor {
  let power = samples.read { base in
    let energy = (0..<samples.count).reduce(0.0) { $0 + Double(base[$1]) * Double(base[$1]) }
    return energy / Double(max(samples.count, 1))
  }
  let deviation = deviation(power: power, decibels: decibels)
  var noise = GaussianNoise(seed: seed)
  return Tensor(samples.shape) { out in
    samples.read { base in
      for i in 0..<samples.count { out[i] = Float(Double(base[i]) + deviation * noise.next()) }
    }
  }
}

/// Frames with white Gaussian noise at a signal-to-noise ratio in dB, against the mean power of each frame.
///
/// Power is the mean square of the samples in 0...255. The same seed gives the same noise. The result is
/// rounded and clipped to 8 bits.
public func addingNoise(to frames: [RGBImage], decibels: Double, seed: UInt64) -> [RGBImage] {
  var noise = GaussianNoise(seed: seed)
  return frames.map { frame in
    let power = frame.pixels.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(frame.pixels.count)
    let deviation = deviation(power: power, decibels: decibels)
    let pixels = frame.pixels.map { sample in
      UInt8(min(max((Double(sample) + deviation * noise.next()).rounded(), 0), 255))
    }
    return RGBImage(width: frame.width, height: frame.height, pixels: pixels)
  }
}
