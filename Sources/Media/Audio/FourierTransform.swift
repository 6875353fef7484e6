import Glibc

/// The discrete Fourier transform of real frames whose length is a power of two, in double precision.
package struct FourierTransform {
  /// The length of a frame.
  package let length: Int

  private let cosines: [Double]
  private let sines: [Double]

  /// Prepares the factors for frames of `length`.
  package init(length: Int) {
    precondition(length >= 2 && length & (length - 1) == 0, "\(length) is no power of two")
    self.length = length
    cosines = (0..<length / 2).map { cos(2 * .pi * Double($0) / Double(length)) }
    sines = (0..<length / 2).map { -sin(2 * .pi * Double($0) / Double(length)) }
  }

  /// |X(k)|^2 of the frame for k from 0 to length/2: length/2 + 1 values.
  package func powerSpectrum(of frame: [Double]) -> [Double] {
    precondition(frame.count == length, "a frame of \(frame.count); expected \(length)")
    var real = frame
    var imaginary = [Double](repeating: 0, count: length)
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in transform(real, imaginary) }
    }
    return (0...length / 2).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
  }

  /// Radix 2, decimation in time: bit-reversed order, then butterflies of growing span.
  private func transform(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>
  ) {
    var reversed = 0
    for i in 1..<length {
      var bit = length >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if i < reversed { real.swapAt(i, reversed) }
    }
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        var half = 1
        while half < length {
          let stride = length / (2 * half)
          for start in Swift.stride(from: 0, to: length, by: 2 * half) {
            for k in 0..<half {
              let (low, high) = (start + k, start + k + half)
              let (c, s) = (cosines[k * stride], sines[k * stride])
              let re = real[high] * c - imaginary[high] * s
              let im = real[high] * s + imaginary[high] * c
              (real[high], imaginary[high]) = (real[low] - re, imaginary[low] - im)
              (real[low], imaginary[low]) = (real[low] + re, imaginary[low] + im)
            }
          }
          half *= 2
        }
      }
    }
  }
}

/// A Hann window: periodic (of period `length`) or symmetric (zero at both ends).
package func hannWindow(_ length: Int, isPeriodic: Bool) -> [Double] {
  let period = Double(isPeriodic ? length : length - 1)
  return (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / period) }
}
