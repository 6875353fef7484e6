extension RGBImage {
  /// The picture at another size by antialiased bilinear interpolation.
  ///
  /// A triangle filter whose support grows with the reduction, rows first and then columns, with fixed-point
  /// weights and rounding to 8 bits after each: the same bytes as `Image.resize(..., BILINEAR)` of Pillow
  /// before version 13 (which may filter columns first and so round some samples to the next level).
  public func resized(width: Int, height: Int) -> RGBImage {
    precondition(width > 0 && height > 0, "resizing to \(width) x \(height)")
    var pixels = pixels
    if width != self.width {
      let taps = TriangleTaps(from: self.width, to: width)
      pixels = Self.filtered(
        pixels, taps, lines: self.height, lineStride: self.width * 3, tapStride: 3, inner: 3,
        outputLineStride: width * 3)
    }
    if height != self.height {
      let taps = TriangleTaps(from: self.height, to: height)
      pixels = Self.filtered(
        pixels, taps, lines: 1, lineStride: 0, tapStride: width * 3, inner: width * 3, outputLineStride: 0)
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// Applies the taps along one axis of [lines, positions, inner] samples.
  private static func filtered(
    _ source: [UInt8], _ taps: TriangleTaps, lines: Int, lineStride: Int, tapStride: Int, inner: Int,
    outputLineStride: Int
  ) -> [UInt8] {
    let count = lines * taps.starts.count * inner
    return [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      source.withUnsafeBufferPointer { source in
        for line in 0..<lines {
          for (position, start) in taps.starts.enumerated() {
            let weights = taps.weights[position]
            let first = line * lineStride + start * tapStride
            let out = line * outputLineStride + position * tapStride
            for i in 0..<inner {
              var sum: Int32 = 1 << (TriangleTaps.precision - 1)
              for (k, weight) in weights.enumerated() {
                sum &+= Int32(source[first + k * tapStride + i]) &* weight
              }
              output[out + i] = UInt8(clamping: sum >> TriangleTaps.precision)
            }
          }
        }
      }
      filled = count
    }
  }
}

/// The source samples that each position of a resized axis is made of, and their fixed-point weights.
private struct TriangleTaps {
  /// Fraction bits of a weight: with 8 for the samples and 2 for overshoot they fill 32.
  static let precision: Int32 = 32 - 8 - 2

  var starts: [Int] = []
  var weights: [[Int32]] = []

  init(from source: Int, to target: Int) {
    let scale = Double(source) / Double(target)
    let support = max(scale, 1)
    for position in 0..<target {
      let center = (Double(position) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), source)
      let triangle = (start..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
      let total = triangle.reduce(0, +)
      starts.append(start)
      weights.append(triangle.map { Int32(0.5 + $0 / total * Double(1 << Self.precision)) })
    }
  }
}
