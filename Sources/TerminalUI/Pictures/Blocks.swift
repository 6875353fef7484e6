/// Glyphs that show several pixels in one cell.
enum Blocks {
  /// The glyph whose inked quarters are given by bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
  static let quadrants: [Character] = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")

  /// Which two colours and which glyph show four pixels (upper left, upper right, lower left, lower right) with
  /// the smallest squared error. Pixels set in `ink` have the first colour.
  static func best(_ pixels: [SIMD3<Float>]) -> (ink: Int, foreground: SIMD3<Float>, background: SIMD3<Float>)
  {
    var best = (ink: 0, foreground: SIMD3<Float>(), background: SIMD3<Float>())
    var smallest = Float.infinity
    // The lower right pixel always is background: the other half of the partitions are the same ones inverted.
    for ink in 0..<8 {
      var sums = (SIMD3<Float>(), SIMD3<Float>())
      var inked: Float = 0
      for index in 0..<4 {
        if ink >> index & 1 == 1 {
          sums.0 += pixels[index]
          inked += 1
        } else {
          sums.1 += pixels[index]
        }
      }
      let background = sums.1 / (4 - inked)
      let foreground = inked > 0 ? sums.0 / inked : background
      var error: Float = 0
      for index in 0..<4 {
        let difference = pixels[index] - (ink >> index & 1 == 1 ? foreground : background)
        error += (difference * difference).sum()
      }
      if error < smallest {
        smallest = error
        best = (ink, foreground, background)
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
          let best = Blocks.best([
            pixels[first], pixels[first + 1], pixels[first + stride], pixels[first + stride + 1],
          ])
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
