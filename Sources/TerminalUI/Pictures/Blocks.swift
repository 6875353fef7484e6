/// Glyphs that show several pixels in one cell.
enum Blocks {
  /// The glyph whose inked quarters are given by bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
  static let quadrants: [Character] = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")

  /// Which two colours and which glyph show four pixels with the smallest squared error. Each component is
  /// given for upper left, upper right, lower left, lower right; pixels set in `ink` have the foreground.
  static func best(red: SIMD4<Float>, green: SIMD4<Float>, blue: SIMD4<Float>) -> (
    ink: Int, foreground: SIMD3<Float>, background: SIMD3<Float>
  ) {
    let total = SIMD3(red.sum(), green.sum(), blue.sum())
    var best = (ink: 0, foreground: total / 4, background: total / 4)
    // For a set of n values with the sum s the squared error is the sum of squares - s^2 / n: the first term is
    // the same for all partitions, so the second one decides. Noise must not win over a cell of one colour.
    var largest = (total * total).sum() / 4 + 0.5
    // The lower right pixel always is background: the other half of the partitions are the same ones inverted.
    for ink in 1..<8 {
      let inked = SIMD4<Float>(ink & 1 == 0 ? 0 : 1, ink & 2 == 0 ? 0 : 1, ink & 4 == 0 ? 0 : 1, 0)
      let count = inked.sum()
      let sum = SIMD3((red * inked).sum(), (green * inked).sum(), (blue * inked).sum())
      let rest = total - sum
      let explained = (sum * sum).sum() / count + (rest * rest).sum() / (4 - count)
      if explained > largest {
        largest = explained
        best = (ink, sum / count, rest / (4 - count))
      }
    }
    return best
  }
}

extension SIMD3<Float> {
  init(_ color: RGB) {
    self.init(Float(color.red), Float(color.green), Float(color.blue))
  }

  var color: Color {
    func byte(_ value: Float) -> UInt8 { UInt8(Swift.max(0, Swift.min(255, value.rounded()))) }
    return .rgb(byte(x), byte(y), byte(z))
  }
}

extension CellGrid {
  /// How many pixels a cell shows across and down in this appearance; masks need no colours for that.
  func pixelsPerCell(mask: Bool = false) -> Size {
    if !mask && appearance.colors < .indexed256 { return Size(width: 1, height: 1) }
    switch appearance.glyphs {
    case .ascii: return Size(width: 1, height: mask ? 2 : 1)
    case .halfBlocks: return Size(width: 1, height: 2)
    case .quadrants: return Size(width: 2, height: 2)
    }
  }

  /// Draws colours, `pixelsPerCell` to a cell, over a rectangle.
  mutating func drawPixels(_ pixels: [SIMD3<Float>], per cell: Size, in rect: Rect) {
    let stride = rect.width * cell.width
    for row in 0..<rect.height {
      for column in 0..<rect.width {
        let first = row * cell.height * stride + column * cell.width
        let glyph: Character
        let style: Style
        switch (cell.width, cell.height) {
        case (2, 2):
          let upper = (pixels[first], pixels[first + 1])
          let lower = (pixels[first + stride], pixels[first + stride + 1])
          let best = Blocks.best(
            red: SIMD4(upper.0.x, upper.1.x, lower.0.x, lower.1.x),
            green: SIMD4(upper.0.y, upper.1.y, lower.0.y, lower.1.y),
            blue: SIMD4(upper.0.z, upper.1.z, lower.0.z, lower.1.z))
          glyph = Blocks.quadrants[best.ink]
          style = Style(best.foreground.color, on: best.background.color)
        case (1, 2):
          glyph = "▀"
          style = Style(pixels[first].color, on: pixels[first + stride].color)
        default:
          glyph = " "
          style = Style(.standard, on: pixels[first].color)
        }
        var lowered = style.lowered(to: appearance.colors)
        // A cell of one colour is a blank: fewer bytes for the terminal.
        let plain = glyph == " " || lowered.foreground == lowered.background
        if plain { lowered.foreground = .standard }
        set(plain ? " " : glyph, x: rect.x + column, y: rect.y + row, style: lowered)
      }
    }
  }
}
