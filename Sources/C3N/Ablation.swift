/// The rows of the paper's Table II: what a network is trained with and without.
public enum Ablation: String, CaseIterable, Codable, Sendable {
  /// Neither sound nor consensus.
  case none
  /// Consensus of the visual classes alone.
  case ccV = "cc-v"
  /// Audio-visual consensus.
  case cc
  /// Audio features.
  case af
  /// Both: the network as published.
  case afCC = "af+cc"

  /// As in the table.
  public var title: String { self == .none ? "none" : self == .afCC ? "AF + CC" : rawValue.uppercased() }

  /// AF: whether the non-local blocks listen.
  public var audioFeatures: Bool { self == .af || self == .afCC }

  /// Where the unified label comes from.
  public var consensus: Switches.Consensus {
    switch self {
    case .none, .af: .none
    case .ccV: .visual
    case .cc, .afCC: .audioVisual
    }
  }

  /// The row that switches belong to; nil for AF + CC-V, which the paper leaves out.
  public init?(_ switches: Switches) {
    let fits = Self.allCases.first {
      $0.audioFeatures == switches.audioFeatures && $0.consensus == switches.consensus
    }
    guard let fits else { return nil }
    self = fits
  }

  /// The switches with this row's features and consensus.
  public func applied(to switches: Switches) -> Switches {
    var switches = switches
    switches.audioFeatures = audioFeatures
    switches.consensus = consensus
    return switches
  }
}
