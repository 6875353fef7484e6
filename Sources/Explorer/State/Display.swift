import C3N
import TerminalUI

/// What lies over the frame.
public enum OverlayMode: String, CaseIterable, Codable, Sendable {
  /// Nothing.
  case none
  /// A stage's heat map.
  case heat
  /// The predicted mask.
  case prediction
  /// The ground truth.
  case truth
  /// True and false positives and false negatives.
  case difference
}

/// What the ends of a heat map's colour scale stand for.
public enum HeatScale: String, CaseIterable, Codable, Sendable {
  /// The smallest and the largest value of the frame.
  case frame
  /// The smallest and the largest value of the clip.
  case clip
  /// 0 and 1 for attention; for the other kinds the extremes of all four stages of the clip.
  case fixed
}

/// How pictures are shown; nothing of it is computed by the model.
public struct Display: Hashable, Codable, Sendable {
  /// What lies over the frame.
  public var overlay = OverlayMode.none

  /// Which heat map.
  public var heatKind = HeatMapKind.spatialAttention

  /// The ends of the colour scale.
  public var scale = HeatScale.frame

  /// The colours.
  public var colorMap = ColorMap.viridis

  /// The first settings.
  public init() {}
}

extension CaseIterable where Self: Equatable {
  /// The next case, after the last the first.
  var next: Self {
    let all = Array(Self.allCases)
    return all[(all.firstIndex(of: self)! + 1) % all.count]
  }
}
