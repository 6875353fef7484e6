import Foundation

/// A number with so many digits after the point, with a true minus sign.
func decimal(_ value: some BinaryFloatingPoint, _ places: Int) -> String {
  let value = Double(value)
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "−inf" : "inf" }
  let text = String(format: "%.\(places)f", abs(value))
  let isZero = !text.contains { $0 != "0" && $0 != "." }
  return value < 0 && !isZero ? "−" + text : text
}

/// A confidence: `0.831`, or `3e-05` where that would be 0.000.
func confidence(_ value: Float) -> String {
  value > 0 && value < 0.0005 ? String(format: "%.0e", Double(value)) : decimal(value, 3)
}

/// An end of a colour scale: as many digits as tell the ends apart, `−1.5e−4` where that would be a long number.
func measure(_ value: Float, in range: ClosedRange<Float>) -> String {
  let span = range.upperBound - range.lowerBound
  if span > 0, span < 0.02 || span >= 10_000 {
    let parts = String(format: "%.1e", Double(value)).split(separator: "e")
    let exponent = Int(parts[1]) ?? 0
    return "\(parts[0])e\(exponent)".replacing("-", with: "−")
  }
  return decimal(value, span > 100 ? 0 : span > 10 ? 1 : span > 0.2 ? 2 : 3)
}

extension ClosedRange<Float> {
  /// The finite values' smallest and largest; 0 to 0 of none.
  init(of values: some Sequence<Float>) {
    let finite = values.filter(\.isFinite)
    self = (finite.min() ?? 0)...(finite.max() ?? 0)
  }

  /// Where a value lies in the range, 0 to 1; 0 in a range of one value and for what is no number.
  func part(_ value: Float) -> Float {
    let extent = upperBound - lowerBound
    guard extent > 0, !value.isNaN else { return 0 }
    return Swift.max(0, Swift.min(1, (value - lowerBound) / extent))
  }
}
