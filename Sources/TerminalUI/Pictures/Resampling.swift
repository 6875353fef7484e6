/// Area averages: each result is the mean of the part of the source that it covers.
enum Resampling {
  /// Averages interleaved values from one extent to another, first across, then down.
  static func averaged(_ values: [Float], channels: Int, from: Size, to: Size) -> [Float] {
    guard from.width > 0, from.height > 0, to.width > 0, to.height > 0 else { return [] }
    if from == to { return values }
    let across = along(
      values, outer: from.height, length: from.width, inner: channels, target: to.width)
    return along(across, outer: 1, length: from.height, inner: to.width * channels, target: to.height)
  }

  // values is [outer, length, inner], the result [outer, target, inner].
  private static func along(
    _ values: [Float], outer: Int, length: Int, inner: Int, target: Int
  ) -> [Float] {
    if length == target { return values }
    let scale = Double(length) / Double(target)
    return [Float](unsafeUninitializedCapacity: outer * target * inner) { result, count in
      count = outer * target * inner
      result.initialize(repeating: 0)
      values.withUnsafeBufferPointer { values in
        for index in 0..<target {
          let start = Double(index) * scale
          let end = Double(index + 1) * scale
          for source in Int(start)..<min(length, max(Int(start) + 1, Int(end.rounded(.up)))) {
            let overlap = min(end, Double(source + 1)) - max(start, Double(source))
            let weight = Float(overlap / scale)
            for row in 0..<outer {
              let from = (row * length + source) * inner
              let into = (row * target + index) * inner
              for element in 0..<inner { result[into + element] += weight * values[from + element] }
            }
          }
        }
      }
    }
  }
}
