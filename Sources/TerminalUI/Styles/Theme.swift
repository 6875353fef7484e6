/// Styles of roles that differ from the ordinary ones.
public struct Theme: Hashable, Sendable {
  private var styles: [Role: Style] = [:]

  /// For dark backgrounds: the ordinary styles.
  public static let dark = Theme()

  /// For light backgrounds, where yellow and cyan cannot be read.
  public static let light = Theme([
    .focusedBorder: Style(.ansi(4), .bold), .focusedTitle: Style(.ansi(4), [.bold, .reverse]),
    .key: Style(.ansi(4), .bold), .accent: Style(.ansi(5), .bold),
    .match: Style(.ansi(5), [.bold, .underline]),
    .warning: Style(.ansi(5), .bold), .audioBar: Style(.ansi(4)), .visualBar: Style(.ansi(5), .bold),
    .mask: Style(.ansi(5), .bold),
  ])

  /// Nothing dimmed; the selection and what is focused in full colours.
  public static let highContrast = Theme([
    .faint: Style(), .border: Style(), .inactiveSelection: Style(.standard, [.bold, .underline]),
    .focusedBorder: Style(.ansi(14), .bold), .focusedTitle: Style(.ansi(0), on: .ansi(14), .bold),
    .selection: Style(.ansi(0), on: .ansi(11), .bold), .key: Style(.ansi(14), .bold),
    .accent: Style(.ansi(11), .bold), .match: Style(.ansi(11), [.bold, .underline]),
    .good: Style(.ansi(10), .bold), .warning: Style(.ansi(11), [.bold, .underline]),
    .error: Style(.ansi(15), on: .ansi(1), .bold), .mask: Style(.ansi(11), .bold),
    .truePositive: Style(.ansi(10), .bold), .falsePositive: Style(.ansi(9), .bold),
    .falseNegative: Style(.ansi(12), .bold),
  ])

  /// The themes by name.
  public static let named: [String: Theme] = ["dark": .dark, "light": .light, "high-contrast": .highContrast]

  private init(_ styles: [Role: Style] = [:]) { self.styles = styles }

  /// The style of a role; nil for the ordinary one.
  public subscript(role: Role) -> Style? {
    get { styles.isEmpty ? nil : styles[role] }
    set { styles[role] = newValue }
  }
}

extension Style {
  /// Reads `cyan bold`, `white on blue`, `208 underline`, `#ff8800 on default`: a colour, perhaps `on` and a background,
  /// and any of `bold`, `dim`, `underline`, `reverse`. Colours are `default`, the eight names, these with `bright-`, a
  /// number of xterm's 256, or `#rrggbb`.
  ///
  /// - Returns: nil for anything else.
  public init?(notation: String) {
    self.init()
    var words = notation.lowercased().split(separator: " ").map(String.init)[...]
    guard !words.isEmpty else { return nil }
    if let color = Color(notation: words[words.startIndex]) {
      foreground = color
      words.removeFirst()
    }
    if words.first == "on" {
      guard let color = words.dropFirst().first.flatMap(Color.init(notation:)) else { return nil }
      background = color
      words = words.dropFirst(2)
    }
    for word in words {
      switch word {
      case "bold": attributes.insert(.bold)
      case "dim": attributes.insert(.dim)
      case "underline": attributes.insert(.underline)
      case "reverse": attributes.insert(.reverse)
      default: return nil
      }
    }
  }

  fileprivate init(_ foreground: Color, _ attributes: Attributes) {
    self.init(foreground, on: .standard, attributes)
  }
}

extension Color {
  private static let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  /// Reads a colour of ``Style/init(notation:)``; nil for anything else.
  init?(notation: String) {
    let isBright = notation.hasPrefix("bright-")
    let name = isBright ? String(notation.dropFirst(7)) : notation
    if let index = Self.names.firstIndex(of: name) {
      self = .ansi(UInt8(index + (isBright ? 8 : 0)))
    } else if notation == "default" {
      self = .standard
    } else if let number = UInt8(notation) {
      self = .indexed(number)
    } else if notation.hasPrefix("#"), notation.utf8.count == 7,
      notation.dropFirst().allSatisfy(\.isHexDigit), let value = UInt32(notation.dropFirst(), radix: 16)
    {
      self = .rgb(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    } else {
      return nil
    }
  }
}
