import C3N
import Inference

/// A number with so many digits after the point; `nan` and `inf` as words.
func decimal(_ value: some BinaryFloatingPoint, _ places: Int) -> String {
  let value = Double(value)
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let digits = Int(scaled)
  let sign = value < 0 && digits > 0 ? "-" : ""
  guard places > 0 else { return "\(sign)\(digits)" }
  let fraction = String(digits % Int(scale))
  return "\(sign)\(digits / Int(scale))."
    + String(repeating: "0", count: places - fraction.count) + fraction
}

/// A value of a heat map: three digits after the point, as many more as tell small values and ranges apart, or fewer
/// for large ones.
func measure(_ value: Float, in range: ClosedRange<Float>) -> String {
  let span = range.upperBound - range.lowerBound
  guard value.isFinite, span.isFinite else { return decimal(value, 3) }
  let places = span > 50 ? 1 : span > 0.05 ? 3 : span > 0.005 ? 4 : span > 0.0005 ? 5 : span > 0.00005 ? 6 : 8
  return decimal(value, places)
}

/// A confidence in five columns: `0.831`, or `3e-05` where that would be 0.000.
func confidence(_ value: Float) -> String {
  guard value > 0, value < 0.0005 else { return decimal(value, 3) }
  var (mantissa, exponent) = (Double(value), 0)
  while mantissa < 1, exponent < 45 {
    mantissa *= 10
    exponent += 1
  }
  if mantissa.rounded() >= 10 {
    mantissa = 1
    exponent -= 1
  }
  return "\(Int(mantissa.rounded()))e-\(exponent < 10 ? "0" : "")\(exponent)"
}

/// A score with three digits; `-` where there is none.
func score(_ value: Double?) -> String { value.map { decimal($0, 3) } ?? "-" }

/// A difference with its sign: `+0.031`, `-0.120`.
func signed(_ value: Double) -> String { (value >= 0 ? "+" : "") + decimal(value, 3) }

/// An exponent: `0.10`.
func exponent(_ value: Float) -> String { decimal(value, 2) }

/// Seconds: `0.41 s`, `12.3 s`.
func duration(_ seconds: Double) -> String { decimal(seconds, seconds < 10 ? 2 : 1) + " s" }

/// An entry of M_cof with where it comes from: `0.83^0.10 × 0.71 × 0.64^0.10 = 0.667`.
func arithmetic(
  audio: Float, similarity: Float, visual: Float, value: Float, _ switches: Switches
) -> String {
  "\(confidence(audio))^\(exponent(switches.alpha)) × \(decimal(similarity, 3)) × "
    + "\(confidence(visual))^\(exponent(switches.beta)) = \(decimal(value, 3))"
}

extension HeatMapKind {
  /// What the numbers are, in a few words.
  var meaning: String {
    switch self {
    case .spatialAttention: "attention: sigmoid(mean of V^c), eq. 11"
    case .raw: "raw: mean of V omega (Fig. 7)"
    case .gradCAM: "Grad-CAM: max(0, sum of omega A)"
    }
  }
}
