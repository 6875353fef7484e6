/// Where a line stands in a rectangle that is wider.
public enum Alignment: Hashable, Sendable {
  /// At the left edge.
  case left
  /// In the middle.
  case center
  /// At the right edge.
  case right

  func offset(of used: Int, in width: Int) -> Int {
    switch self {
    case .left: 0
    case .center: max(0, (width - used) / 2)
    case .right: max(0, width - used)
    }
  }
}

/// A piece of text in one role.
public struct Span: Hashable, Sendable {
  /// The text, as it came: it is escaped when drawn.
  public var text: String
  /// What the text is, which decides its style.
  public var role: Role

  /// Text in a role.
  public init(_ text: String, _ role: Role = .text) {
    self.text = text
    self.role = role
  }
}

/// A line of text in several roles.
public struct StyledLine: Hashable, Sendable, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral {
  /// The pieces from left to right.
  public var spans: [Span]

  /// A line of pieces.
  public init(_ spans: [Span]) {
    self.spans = spans
  }

  /// A line of one piece.
  public init(_ text: String, _ role: Role = .text) {
    spans = [Span(text, role)]
  }

  /// A line of plain text.
  public init(stringLiteral value: String) {
    self.init(value)
  }

  /// A line of pieces.
  public init(arrayLiteral elements: Span...) {
    spans = elements
  }

  /// The columns it takes.
  public var columns: Int { spans.reduce(0) { $0 + TerminalText.columns($1.text) } }

  /// The text without roles.
  public var text: String { spans.map(\.text).joined() }
}
