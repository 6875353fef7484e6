/// A perceptually even colour scale in few fixed steps: curses repaints cells whose colours are redefined, so
/// the colours must not depend on the data.
public enum ColorMap: String, Hashable, Sendable, CaseIterable, Codable {
  /// Dark violet over green to yellow.
  case viridis
  /// Blue over grey to yellow; even for red-green blindness.
  case cividis
  /// Black to white.
  case grey

  /// The number of colours.
  public static let steps = 32

  /// The next map, after the last the first.
  public var next: ColorMap {
    let all = Self.allCases
    return all[(all.firstIndex(of: self)! + 1) % all.count]
  }

  /// The step of a value in 0-1; values outside are clamped, NaN is 0.
  public static func step(_ value: Float) -> Int {
    guard value > 0 else { return 0 }
    return min(steps - 1, Int(min(value, 1) * Float(steps)))
  }

  /// The colour of a value in 0-1.
  public func rgb(_ value: Float) -> RGB { table[Self.step(value)] }

  /// The colour of a value in 0-1 at a depth. With eight colours these are chosen so that each is visible on a
  /// black background; the ramp of glyphs must carry the value.
  public func color(_ value: Float, depth: ColorDepth) -> Color {
    switch depth {
    case .monochrome: return .standard
    case .ansi8: return .ansi(eight[Self.step(value) * eight.count / Self.steps])
    case .indexed256, .truecolor: return rgb(value).color.lowered(to: depth)
    }
  }

  /// Glyphs from empty to full.
  public static let ramp: [Character] = Array(" .:-=+*#%@")

  /// The glyph of a value in 0-1 for terminals without colours.
  public static func glyph(_ value: Float) -> Character {
    guard value > 0 else { return ramp[0] }
    return ramp[min(ramp.count - 1, Int(min(value, 1) * Float(ramp.count)))]
  }

  private var eight: [UInt8] {
    switch self {
    case .viridis: [5, 4, 6, 2, 3]
    case .cividis: [4, 7, 3]
    case .grey: [7]
    }
  }

  private var table: [RGB] {
    switch self {
    case .viridis: Self.viridisTable
    case .cividis: Self.cividisTable
    case .grey: Self.greyTable
    }
  }

  private static let greyTable = (0..<steps).map { step in
    let level = UInt8(step * 255 / (steps - 1))
    return RGB(level, level, level)
  }

  // Every sixteenth colour of the tables by S. van der Walt and N. Smith (viridis, CC0, 2015) and by
  // J. Nunez, C. Anderton and R. Renslow (cividis, "Optimizing colormaps with consideration for color vision
  // deficiency", 2018), as matplotlib publishes them.
  private static let viridisTable = interpolated([
    RGB(68, 1, 84), RGB(72, 24, 106), RGB(71, 45, 123), RGB(66, 64, 134), RGB(59, 82, 139), RGB(51, 99, 141),
    RGB(44, 114, 142), RGB(38, 130, 142), RGB(33, 145, 140), RGB(31, 159, 136), RGB(39, 173, 129),
    RGB(61, 188, 116), RGB(92, 200, 99), RGB(129, 211, 77), RGB(170, 220, 50), RGB(213, 226, 26),
    RGB(253, 231, 37),
  ])
  private static let cividisTable = interpolated([
    RGB(0, 34, 78), RGB(0, 46, 106), RGB(26, 56, 111), RGB(50, 67, 109), RGB(67, 78, 108), RGB(83, 90, 109),
    RGB(97, 101, 111), RGB(111, 112, 115), RGB(125, 124, 120), RGB(139, 135, 120), RGB(154, 147, 118),
    RGB(170, 160, 115), RGB(187, 173, 109), RGB(204, 186, 100), RGB(221, 200, 88), RGB(239, 215, 72),
    RGB(254, 232, 56),
  ])

  private static func interpolated(_ points: [RGB]) -> [RGB] {
    (0..<steps).map { step in
      let position = Float(step) * Float(points.count - 1) / Float(steps - 1)
      let lower = min(points.count - 2, Int(position))
      return points[lower].mixed(with: points[lower + 1], position - Float(lower))
    }
  }
}
