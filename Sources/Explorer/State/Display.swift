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

/// What the CCAM screen shows.
public enum CCAMView: String, CaseIterable, Codable, Sendable {
  /// CCAM's maps of the four stages.
  case stages
  /// Beside them the non-local blocks' attention (Fig. 7).
  case attention
  /// Features and mask without and with the non-local blocks (Fig. 8).
  case nonLocal = "non-local"
}

/// How the sound of each second is drawn.
public enum SoundView: String, CaseIterable, Codable, Sendable {
  /// Both where there is room, otherwise the waveform.
  case both
  /// The waveform.
  case waveform
  /// What the audio encoder is fed.
  case logMel = "log-mel"
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

  /// What the CCAM screen shows.
  public var ccamView = CCAMView.stages

  /// How the sound is drawn.
  public var soundView = SoundView.both

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
