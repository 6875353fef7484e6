/// A colour of a glyph or of its background.
public enum Color: Hashable, Sendable {
  /// The terminal's own foreground or background.
  case standard
  /// One of the sixteen named colours: 0 black, 1 red, 2 green, 3 yellow, 4 blue, 5 magenta, 6 cyan, 7 white,
  /// and 8-15 their bright forms.
  case ansi(UInt8)
  /// One of xterm's 256 colours.
  case indexed(UInt8)
  /// Red, green and blue, 0-255, in sRGB.
  case rgb(UInt8, UInt8, UInt8)

  /// Red, green and blue as xterm shows the colour; nil for the terminal's own.
  public var components: RGB? {
    switch self {
    case .standard: nil
    case .ansi(let index): RGB(xterm: index & 15)
    case .indexed(let index): RGB(xterm: index)
    case .rgb(let red, let green, let blue): RGB(red, green, blue)
    }
  }

  /// The nearest colour of a depth; monochrome has only the terminal's own.
  public func lowered(to depth: ColorDepth) -> Color {
    switch (depth, self) {
    case (_, .standard), (.monochrome, _): .standard
    case (.truecolor, _), (.indexed256, .ansi), (.indexed256, .indexed): self
    case (.indexed256, .rgb(let red, let green, let blue)): .indexed(RGB(red, green, blue).nearestIndexed)
    case (.ansi8, .ansi(let index)): .ansi(index & 7)
    case (.ansi8, _): .ansi(components!.nearestANSI)
    }
  }
}

/// Red, green and blue, 0-255, in sRGB.
public struct RGB: Hashable, Sendable {
  /// Red.
  public var red: UInt8
  /// Green.
  public var green: UInt8
  /// Blue.
  public var blue: UInt8

  /// A colour by its components.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The colour xterm shows for an index: 16 named ones, a 6x6x6 cube, 24 greys.
  public init(xterm index: UInt8) {
    switch index {
    case 0..<16: self = Self.named[Int(index)]
    case 16..<232:
      let cube = Int(index) - 16
      self.init(Self.levels[cube / 36], Self.levels[cube / 6 % 6], Self.levels[cube % 6])
    default:
      let grey = 8 + 10 * (index - 232)
      self.init(grey, grey, grey)
    }
  }

  /// The colour as a cell's colour.
  public var color: Color { .rgb(red, green, blue) }

  /// Rec. 709 weights applied to the coded values: how bright it looks, 0-1.
  public var luminance: Float {
    (0.2126 * Float(red) + 0.7152 * Float(green) + 0.0722 * Float(blue)) / 255
  }

  /// The nearest of xterm's cube and grey ramp. The 16 named ones are left out: terminals redefine them.
  public var nearestIndexed: UInt8 {
    let cube = (Self.level(red), Self.level(green), Self.level(blue))
    let inCube = UInt8(16 + 36 * cube.0 + 6 * cube.1 + cube.2)
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let inGreys = UInt8(232 + min(23, max(0, (mean - 3) / 10)))
    return distance(RGB(xterm: inGreys)) < distance(RGB(xterm: inCube)) ? inGreys : inCube
  }

  /// The nearest of the eight named colours.
  public var nearestANSI: UInt8 {
    (0..<8).min { distance(RGB(xterm: $0)) < distance(RGB(xterm: $1)) }!
  }

  /// A mixture: 0 gives this colour, 1 the other.
  public func mixed(with other: RGB, _ part: Float) -> RGB {
    func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8(max(0, min(255, (Float(from) + (Float(to) - Float(from)) * part).rounded())))
    }
    return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  func distance(_ other: RGB) -> Int {
    let red = Int(red) - Int(other.red)
    let green = Int(green) - Int(other.green)
    let blue = Int(blue) - Int(other.blue)
    return red * red + green * green + blue * blue
  }

  private static let levels: [UInt8] = [0, 95, 135, 175, 215, 255]

  private static func level(_ value: UInt8) -> Int {
    value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40
  }

  // xterm's defaults.
  private static let named: [RGB] = [
    RGB(0, 0, 0), RGB(205, 0, 0), RGB(0, 205, 0), RGB(205, 205, 0), RGB(0, 0, 238), RGB(205, 0, 205),
    RGB(0, 205, 205), RGB(229, 229, 229), RGB(127, 127, 127), RGB(255, 0, 0), RGB(0, 255, 0),
    RGB(255, 255, 0),
    RGB(92, 92, 255), RGB(255, 0, 255), RGB(0, 255, 255), RGB(255, 255, 255),
  ]
}
