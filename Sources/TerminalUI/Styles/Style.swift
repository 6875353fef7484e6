/// Attributes of a glyph that need no colour.
public struct Attributes: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Attributes of the given bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Heavy strokes.
  public static let bold = Attributes(rawValue: 1)
  /// Faint.
  public static let dim = Attributes(rawValue: 2)
  /// A line below.
  public static let underline = Attributes(rawValue: 4)
  /// Foreground and background exchanged.
  public static let reverse = Attributes(rawValue: 8)
}

/// The colours and attributes of a cell.
public struct Style: Hashable, Sendable {
  /// The glyph's colour.
  public var foreground: Color
  /// The colour behind it.
  public var background: Color
  /// Bold, dim, underline, reverse.
  public var attributes: Attributes

  /// A style; by default the terminal's own colours without attributes.
  public init(
    _ foreground: Color = .standard, on background: Color = .standard, _ attributes: Attributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  /// The terminal's own colours without attributes.
  public static let plain = Style()

  /// The style with both colours at the nearest of a depth.
  public func lowered(to depth: ColorDepth) -> Style {
    if depth == .truecolor || (foreground == .standard && background == .standard) { return self }
    return Style(foreground.lowered(to: depth), on: background.lowered(to: depth), attributes)
  }

  /// The style with more attributes.
  public func with(_ more: Attributes) -> Style {
    Style(foreground, on: background, attributes.union(more))
  }
}
