/// How many colours may be used.
public enum ColorDepth: Int, Hashable, Sendable, Comparable, CaseIterable, Codable {
  /// None: attributes and glyphs only.
  case monochrome
  /// The eight named ones.
  case ansi8
  /// xterm's 256.
  case indexed256
  /// 24 bits.
  case truecolor

  /// Fewer colours come first.
  public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }
}

/// Which glyphs may be used; each set contains the one before.
public enum GlyphSet: Int, Hashable, Sendable, Comparable, CaseIterable, Codable {
  /// ASCII only.
  case ascii
  /// All of Unicode; pictures in half blocks.
  case halfBlocks
  /// Pictures in quadrants, four to a cell.
  case quadrants

  /// Fewer glyphs come first.
  public static func < (left: GlyphSet, right: GlyphSet) -> Bool { left.rawValue < right.rawValue }
}

/// The user's word on colours: the values of `--color`.
public enum ColorChoice: String, Hashable, Sendable, CaseIterable {
  /// No colours.
  case never
  /// What the environment tells.
  case automatic = "auto"
  /// Eight colours.
  case eight = "8"
  /// 256 colours.
  case indexed = "256"
  /// 24-bit colours.
  case truecolor
}

/// The colours and glyphs that drawing code may use and a terminal can show.
public struct Appearance: Hashable, Sendable {
  /// The colour depth.
  public var colors: ColorDepth
  /// The glyphs.
  public var glyphs: GlyphSet
  /// The styles of roles.
  public var theme: Theme

  /// An appearance of a depth and a glyph set.
  public init(colors: ColorDepth, glyphs: GlyphSet, theme: Theme = .dark) {
    self.colors = colors
    self.glyphs = glyphs
    self.theme = theme
  }

  /// The appearance for an environment.
  ///
  /// An explicit choice goes before `NO_COLOR` (any non-empty value, no-color.org), which goes before `TERM`.
  /// 24-bit colour is never assumed: no database tells of it, and tmux makes 256 colours of it unless it is configured. The locale is the first non-empty of `LC_ALL`,
  /// `LC_CTYPE` and `LANG`; without UTF-8 in its name only ASCII is used.
  public init(environment: [String: String], choice: ColorChoice = .automatic, theme: Theme = .dark) {
    self.theme = theme
    let terminal = environment["TERM"] ?? ""
    colors = Self.depth(environment: environment, terminal: terminal, choice: choice)
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    let unicode = name.contains("utf-8") || name.contains("utf8")
    if !unicode || Self.isTeletype(terminal) {
      glyphs = .ascii
    } else {
      // The Linux console's fonts have half blocks but no quadrants.
      glyphs = terminal == "linux" ? .halfBlocks : .quadrants
    }
  }

  /// Whether only ASCII may be written.
  public var isASCII: Bool { glyphs == .ascii }

  /// This appearance, theme included, within the limits of another.
  public func limited(to other: Appearance) -> Appearance {
    Appearance(colors: min(colors, other.colors), glyphs: min(glyphs, other.glyphs), theme: theme)
  }

  private static func depth(
    environment: [String: String], terminal: String, choice: ColorChoice
  ) -> ColorDepth {
    switch choice {
    case .never: return .monochrome
    case .eight: return .ansi8
    case .indexed: return .indexed256
    case .truecolor: return .truecolor
    case .automatic: break
    }
    if !(environment["NO_COLOR"] ?? "").isEmpty { return .monochrome }
    if isTeletype(terminal) || terminal.hasPrefix("vt") || terminal.hasSuffix("-m") { return .monochrome }
    if terminal.contains("256color") || terminal.contains("direct") { return .indexed256 }
    return .ansi8
  }

  private static func isTeletype(_ terminal: String) -> Bool {
    terminal.isEmpty || terminal == "dumb" || terminal == "unknown"
  }
}
