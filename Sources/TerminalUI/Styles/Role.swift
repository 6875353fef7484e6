/// What a piece of the screen is; the appearance decides how that looks.
public enum Role: String, Hashable, Sendable, CaseIterable {
  /// Ordinary text.
  case text
  /// Less important text.
  case faint
  /// More important text.
  case strong
  /// A pane's frame.
  case border
  /// The frame of the pane that has the keyboard.
  case focusedBorder
  /// A pane's title.
  case title
  /// The title of the pane that has the keyboard.
  case focusedTitle
  /// A table's header.
  case header
  /// The selected row where the keyboard is.
  case selection
  /// The selected row elsewhere.
  case inactiveSelection
  /// A key's name in help.
  case key
  /// A value that can be changed, or the mark on the current choice.
  case accent
  /// Characters that match a search.
  case match
  /// The probe on a picture or matrix.
  case cursor
  /// The status line.
  case status
  /// Done, or better.
  case good
  /// Something to look at.
  case warning
  /// A failure, or worse.
  case error
  /// Text of an overlay such as help.
  case overlay
  /// The filled part of a bar for audio.
  case audioBar
  /// The filled part of a bar for vision.
  case visualBar
  /// A mask.
  case mask
  /// In the truth and in the prediction.
  case truePositive
  /// Only in the prediction.
  case falsePositive
  /// Only in the truth.
  case falseNegative
}

extension Appearance {
  /// The style of a role. No two roles that stand side by side differ by hue alone.
  public func style(_ role: Role) -> Style {
    // Without colours attributes alone tell roles apart; a theme that counts on colours would lose them.
    if colors > .monochrome, let own = theme[role] { return own.lowered(to: colors) }
    return switch role {
    case .text, .overlay: .plain
    case .faint: Style(.standard, .dim)
    case .strong, .header: Style(.standard, .bold)
    case .border: colors == .monochrome ? .plain : Style(.standard, .dim)
    case .focusedBorder: accented(6, .bold)
    case .title: .plain
    case .focusedTitle: accented(6, [.bold, .reverse])
    case .selection: Style(.standard, .reverse)
    case .inactiveSelection: Style(.standard, .underline)
    case .key: accented(6, .bold)
    case .accent: accented(3, .bold)
    case .match: accented(3, [.bold, .underline])
    case .cursor: Style(.standard, [.bold, .reverse])
    case .status: Style(.standard, .reverse)
    case .good: accented(2, [])
    case .warning: accented(3, .bold)
    case .error: accented(1, [.bold, .reverse])
    case .audioBar: accented(6, [])
    case .visualBar: accented(5, .bold)
    case .mask: accented(3, .bold)
    case .truePositive: accented(2, .bold)
    case .falsePositive: accented(1, .bold)
    case .falseNegative: accented(4, .bold)
    }
  }

  /// The colour of a role in pictures, where it is mixed with what lies below.
  public static func pictureColor(_ role: Role) -> RGB {
    // Okabe and Ito's palette for all kinds of colour vision ("Color Universal Design", 2008).
    switch role {
    case .truePositive: RGB(0, 158, 115)
    case .falsePositive: RGB(213, 94, 0)
    case .falseNegative: RGB(86, 180, 233)
    default: RGB(240, 228, 66)
    }
  }

  private func accented(_ index: UInt8, _ attributes: Attributes) -> Style {
    Style(Color.ansi(index).lowered(to: colors), on: .standard, attributes)
  }
}

extension Style {
  fileprivate init(_ foreground: Color, _ attributes: Attributes) {
    self.init(foreground, on: .standard, attributes)
  }
}
