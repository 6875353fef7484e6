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
  ///
  /// A change of colours costs a terminal ten times the bytes of a glyph: a cell keeps the colours of its left
  /// neighbour where these show it nearly as well as its own would.
  ///
  /// - Parameters:
  ///   - bytesPerCell: what the picture may cost; a busy one is drawn with larger tolerances then.
  ///   - mask: the pixels of a mask, whose shape must stay.
  mutating func drawPixels(
    _ pixels: [SIMD3<Float>], per cell: Size, in rect: Rect, tolerance: Float = CellColors.photo,
    bytesPerCell: Float = .infinity, mask: [Bool] = []
  ) {
    let stride = rect.width * cell.width
    /// The pixels of a cell: upper left, upper right, lower left, lower right.
    func places(_ row: Int, _ column: Int) -> [Int] {
      let first = row * cell.height * stride + column * cell.width
      let (right, below) = (cell.width - 1, (cell.height - 1) * stride)
      return [first, first + right, first + below, first + below + right]
    }
    let rows = (0..<rect.height).map { row in
      (0..<rect.width).map { column in
        let place = places(row, column)
        return CellPixels(pixels[place[0]], pixels[place[1]], pixels[place[2]], pixels[place[3]])
      }
    }
    let parts = (0..<rect.height).map { row in
      (0..<rect.width).map { column -> MaskPart in
        guard !mask.isEmpty else { return .outside }
        let place = places(row, column)
        if place.contains(where: { mask[$0] != mask[place[0]] }) { return .edge }
        return mask[place[0]] ? .inside : .outside
      }
    }
    let allowed = bytesPerCell * Float(rect.width * rect.height)
    let chooser = CellColors.Chooser(depth: appearance.colors)
    func chosen(loosely loose: Float) -> (cells: [[ChosenCell]], fits: Bool) {
      let cells = zip(rows, parts).map {
        chooser.cells(of: $0, parts: $1, Tolerance(tight: tolerance, loose: loose))
      }
      return (cells, cells.reduce(0) { $0 + ChosenCell.bytes(of: $1, depth: appearance.colors) } <= allowed)
    }
    var best = chosen(loosely: tolerance)
    if !best.fits {
      // The smallest tolerance that is enough, to an eighth of the way; the largest one where none is.
      var (low, high) = (tolerance, mask.isEmpty ? CellColors.largest : CellColors.largestBesideMask)
      best = chosen(loosely: high)
      for _ in 0..<3 where best.fits {
        let middle = (low * high).squareRoot()
        let tried = chosen(loosely: middle)
        if tried.fits { (best, high) = (tried, middle) } else { low = middle }
      }
    }
    for (row, cells) in best.cells.enumerated() {
      for (column, chosen) in cells.enumerated() {
        let (x, y) = (rect.x + column, rect.y + row)
        if cell.height == 1 {
          // A whole cell of one colour, whichever of the two it is.
          let color = chosen.ink == 0 ? chosen.colors.background : chosen.colors.foreground
          set(" ", x: x, y: y, style: Style(.standard, on: color))
        } else {
          set(Blocks.quadrants[chosen.ink], x: x, y: y, style: chosen.colors.style)
        }
      }
    }
  }
}

/// The four quarters of a cell: upper left, upper right, lower left, lower right. Where a cell shows fewer pixels,
/// neighbours are equal.
struct CellPixels {
  let upperLeft, upperRight, lowerLeft, lowerRight: SIMD3<Float>

  init(
    _ upperLeft: SIMD3<Float>, _ upperRight: SIMD3<Float>, _ lowerLeft: SIMD3<Float>,
    _ lowerRight: SIMD3<Float>
  ) {
    (self.upperLeft, self.upperRight, self.lowerLeft, self.lowerRight) =
      (upperLeft, upperRight, lowerLeft, lowerRight)
  }

  var quarters: [SIMD3<Float>] { [upperLeft, upperRight, lowerLeft, lowerRight] }

  /// The two colours of the smallest error.
  var best: (ink: Int, foreground: SIMD3<Float>, background: SIMD3<Float>) {
    let (a, b, c, d) = (upperLeft, upperRight, lowerLeft, lowerRight)
    return Blocks.best(
      red: SIMD4(a.x, b.x, c.x, d.x), green: SIMD4(a.y, b.y, c.y, d.y), blue: SIMD4(a.z, b.z, c.z, d.z))
  }
}

/// What a cell shows: two colours, and which quarters have the first of them.
struct ChosenCell {
  let colors: CellColors
  let ink: Int

  /// The nearer colour for each quarter; the background alone, whose glyph is a third of the others' bytes, where the quarters
  /// are on average no farther from it than a tolerance, of 255, beyond what the two colours would make of them.
  init(of quarters: CellPixels, in colors: CellColors, blankWithin tolerance: Float) {
    self.colors = colors
    let isBlank =
      tolerance > 0
      && colors.errorOfBackground(quarters) <= colors.error(of: quarters) + 4 * tolerance * tolerance
    ink = isBlank ? 0 : colors.ink(of: quarters)
  }

  /// About the bytes that a row of cells costs: glyphs, and each change of a colour that shows.
  static func bytes(of cells: [ChosenCell], depth: ColorDepth) -> Float {
    var (bytes, ink, paper) = (Float(0), Color.standard, Color.standard)
    for cell in cells {
      bytes += cell.ink == 0 ? 1 : 3
      let changesInk = cell.ink != 0 && cell.colors.foreground != ink
      let changesPaper = cell.ink != 15 && cell.colors.background != paper
      bytes += CellColors.bytes(changesInk: changesInk, changesPaper: changesPaper, depth: depth)
      if changesInk { ink = cell.colors.foreground }
      if changesPaper { paper = cell.colors.background }
    }
    return bytes
  }
}
