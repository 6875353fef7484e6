/// A combination of visual backbone and audio encoder. The raw values are the names on the command line.
public enum Variant: String, CaseIterable, Codable, Sendable, CustomStringConvertible {
  /// C3N with PVTv2-B5 and PANNs Cnn14_16k.
  case pvtv2PANNs = "pvtv2-panns"

  /// The embedded demonstration: EfficientNet-Lite0; audio encoder and decoder are there if its weights have them.
  case lite

  /// The name on the command line.
  public var description: String { rawValue }

  /// What the variant is made of.
  public var parts: String {
    switch self {
    case .pvtv2PANNs: "PVTv2-B5 + PANNs Cnn14_16k"
    case .lite: "EfficientNet-Lite0 + small log-mel CNN"
    }
  }

  /// The variant of a name on the command line or in a fixture's metadata (`pvt_panns`).
  public init(named name: String) throws {
    let plain = name.replacing("_", with: "-").replacing(/^pvt-/, with: "pvtv2-")
    guard let variant = Variant(rawValue: plain) else { throw UnknownVariant(name: name) }
    self = variant
  }
}

/// A name that is no variant of this build.
public struct UnknownVariant: Error, CustomStringConvertible {
  /// The name that was given.
  public let name: String

  /// One line with the names that there are.
  public var description: String {
    "unknown variant '\(name)', expected one of: \(Variant.allCases.map(\.rawValue).joined(separator: ", "))"
  }
}
