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
  ///   - exact: the pixels whose cells keep the tolerance all the same; those of a mask, whose edge must stay.
  mutating func drawPixels(
    _ pixels: [SIMD3<Float>], per cell: Size, in rect: Rect, tolerance: Float = CellColors.photo,
    bytesPerCell: Float = .infinity, exact: [Bool] = []
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
    let isExact = (0..<rect.height).map { row in
      (0..<rect.width).map { column in !exact.isEmpty && places(row, column).contains { exact[$0] } }
    }
    let allowed = bytesPerCell * Float(rect.width * rect.height)
    let chooser = CellColors.Chooser(depth: appearance.colors)
    let largest = exact.isEmpty ? CellColors.largest : CellColors.largestBesideMask
    var loose = tolerance
    var chosen: [[CellColors]] = []
    for _ in 0..<3 {
      chosen = zip(rows, isExact).map { cells, isExact in
        chooser.colors(of: cells, tolerances: isExact.map { $0 ? tolerance : loose })
      }
      let cost = zip(rows, chosen).reduce(0) { $0 + CellColors.bytes(of: $1.0, in: $1.1) }
      if cost <= allowed || loose >= largest { break }
      let excess = cost / allowed
      loose = min(largest, loose * excess * excess)
    }
    for (row, (cells, colors)) in zip(rows, chosen).enumerated() {
      for (column, colors) in colors.enumerated() {
        let (x, y) = (rect.x + column, rect.y + row)
        if cell.height == 1 {
          // A whole cell of one colour, whichever of the two it is.
          let color = colors.ink(of: cells[column]) == 0 ? colors.background : colors.foreground
          set(" ", x: x, y: y, style: Style(.standard, on: color))
        } else {
          set(Blocks.quadrants[colors.ink(of: cells[column])], x: x, y: y, style: colors.style)
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

/// The two colours of a cell as the terminal shows them.
struct CellColors {
  let foreground, background: Color
  private let ink, paper: SIMD3<Float>

  /// The colours of a depth that are nearest to two.
  init(_ foreground: SIMD3<Float>, on background: SIMD3<Float>, depth: ColorDepth) {
    self.foreground = foreground.color.lowered(to: depth)
    self.background = background.color.lowered(to: depth)
    ink = SIMD3(self.foreground.components!)
    paper = SIMD3(self.background.components!)
  }

  /// The tolerance for photographs: the steps of the 256 colours are twice as far apart.
  static let photo: Float = 24

  /// For photographs that are only there to show where a mask lies.
  static let context: Float = 40

  /// For maps, whose colours are values.
  static let map: Float = 16

  /// Where a picture may not cost more, and is none any more beyond.
  static let largest: Float = 72

  /// The same beside a mask, whose colours must not be taken for those of its surroundings.
  static let largestBesideMask: Float = 44

  /// What pictures under masks may cost, in bytes a cell: a step to the next frame, numbers included, then takes about
  /// 4 KB at 120x40, and 5 KB at most on the embedded clips.
  static let maskBytes: Float = 2.6

  /// About the bytes that a row of cells costs: glyphs, and each change of a colour that shows.
  static func bytes(of cells: [CellPixels], in colors: [CellColors]) -> Float {
    var (bytes, ink, paper) = (Float(0), Color.standard, Color.standard)
    for (cell, colors) in zip(cells, colors) {
      let glyph = colors.ink(of: cell)
      bytes += glyph == 0 ? 1 : 3
      let changesInk = glyph != 0 && colors.foreground != ink
      let changesPaper = glyph != 15 && colors.background != paper
      bytes += changesInk && changesPaper ? Chooser.both : changesInk || changesPaper ? Chooser.one : 0
      if changesInk { ink = colors.foreground }
      if changesPaper { paper = colors.background }
    }
    return bytes
  }

  private init(inkOf other: CellColors, on background: SIMD3<Float>, depth: ColorDepth) {
    (foreground, ink) = (other.foreground, other.ink)
    self.background = background.color.lowered(to: depth)
    paper = SIMD3(self.background.components!)
  }

  private init(swapped other: CellColors) {
    (foreground, background) = (other.background, other.foreground)
    (ink, paper) = (other.paper, other.ink)
  }

  /// Chooses colours for rows of cells.
  struct Chooser {
    let depth: ColorDepth

    // What a change of both colours and of one costs in bytes.
    fileprivate static let both: Float = 20
    fileprivate static let one: Float = 11

    /// The colours of each cell of a row: those of the cell before as long as they do, then those that cost least for the
    /// cells to come: two new ones or, with one of the two kept, a single one.
    ///
    /// - Parameter tolerances: how far, of 255, the pixels of each cell may on average be from what its own colours would make
    ///   of them.
    func colors(of cells: [CellPixels], tolerances: [Float]) -> [CellColors] {
      let own = cells.map { cell in
        let best = cell.best
        return CellColors(best.foreground, on: best.background, depth: depth)
      }
      let quarters = cells.flatMap(\.quarters)
      let limits = cells.indices.map { own[$0].error(of: cells[$0]) + 4 * tolerances[$0] * tolerances[$0] }
      var colors: [CellColors] = []
      colors.reserveCapacity(cells.count)
      while colors.count < cells.count {
        let start = colors.count
        if let last = colors.last, last.error(of: cells[start]) <= limits[start] {
          colors.append(last)
          continue
        }
        var (choice, price, isNew) = (own[start], Self.both, true)
        for length in [8, 4, 2, 1] where start + length <= cells.count {
          let part = quarters[4 * start..<4 * (start + length)]
          func offer(_ offered: CellColors, at cost: Float, isNew offeredIsNew: Bool) {
            let offeredPrice = cost / Float(length)
            guard offeredPrice < price,
              (start..<start + length).allSatisfy({ offered.error(of: cells[$0]) <= limits[$0] })
            else { return }
            (choice, price, isNew) = (offered, offeredPrice, offeredIsNew)
          }
          if let last = colors.last, Self.one / Float(length) < price {
            offer(shared(part, keepingInkOf: last), at: Self.one, isNew: false)
            offer(
              CellColors(swapped: shared(part, keepingInkOf: CellColors(swapped: last))), at: Self.one,
              isNew: false)
          }
          if length > 1, Self.both / Float(length) < price {
            offer(shared(part, from: own[start]), at: Self.both, isNew: true)
          }
        }
        // Blanks are the shortest glyphs and runs of them shorter still, so what fills most cells is the background.
        let ahead = cells[start..<min(cells.count, start + 8)].map { choice.ink(of: $0) }
        if isNew, ahead.count(where: { $0 == 15 }) > ahead.count(where: { $0 == 0 }) {
          choice = CellColors(swapped: choice)
        }
        colors.append(choice)
      }
      return colors
    }

    /// Two colours for several cells: each the mean of the quarters nearer to it, thrice improved.
    private func shared(_ quarters: ArraySlice<SIMD3<Float>>, from first: CellColors) -> CellColors {
      var (ink, paper) = (first.ink, first.paper)
      if ink == paper { ink = quarters.max { first.error($0) < first.error($1) }! }
      for _ in 0..<3 {
        let means = Self.means(of: quarters, nearer: ink, or: paper)
        ink = means.ink ?? ink
        paper = means.paper ?? paper
      }
      return CellColors(ink, on: paper, depth: depth)
    }

    /// A background for several cells that goes with the foreground that is there.
    private func shared(_ quarters: ArraySlice<SIMD3<Float>>, keepingInkOf last: CellColors) -> CellColors {
      func distance(_ pixel: SIMD3<Float>) -> Float { ((pixel - last.ink) * (pixel - last.ink)).sum() }
      var paper = quarters.max { distance($0) < distance($1) }!
      for _ in 0..<3 { paper = Self.means(of: quarters, nearer: last.ink, or: paper).paper ?? paper }
      return CellColors(inkOf: last, on: paper, depth: depth)
    }

    private static func means(
      of quarters: ArraySlice<SIMD3<Float>>, nearer ink: SIMD3<Float>, or paper: SIMD3<Float>
    ) -> (ink: SIMD3<Float>?, paper: SIMD3<Float>?) {
      var (inkSum, inkCount) = (SIMD3<Float>.zero, Float(0))
      var (paperSum, paperCount) = (SIMD3<Float>.zero, Float(0))
      for quarter in quarters {
        let (toInk, toPaper) = (quarter - ink, quarter - paper)
        if (toInk * toInk).sum() < (toPaper * toPaper).sum() {
          inkSum += quarter
          inkCount += 1
        } else {
          paperSum += quarter
          paperCount += 1
        }
      }
      return (inkCount > 0 ? inkSum / inkCount : nil, paperCount > 0 ? paperSum / paperCount : nil)
    }
  }

  /// The style of the cell. A cell of one colour needs no foreground, which costs bytes too.
  var style: Style {
    Style(foreground == background ? .standard : foreground, on: background)
  }

  /// Which quarters are nearer to the foreground: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
  func ink(of quarters: CellPixels) -> Int {
    if foreground == background { return 0 }
    return (isInk(quarters.upperLeft) ? 1 : 0) | (isInk(quarters.upperRight) ? 2 : 0)
      | (isInk(quarters.lowerLeft) ? 4 : 0) | (isInk(quarters.lowerRight) ? 8 : 0)
  }

  /// The sum of the quarters' squared distances from what is shown of them.
  func error(of quarters: CellPixels) -> Float {
    error(quarters.upperLeft) + error(quarters.upperRight) + error(quarters.lowerLeft)
      + error(quarters.lowerRight)
  }

  private func isInk(_ pixel: SIMD3<Float>) -> Bool {
    let (toInk, toPaper) = (pixel - ink, pixel - paper)
    return (toInk * toInk).sum() < (toPaper * toPaper).sum()
  }

  private func error(_ pixel: SIMD3<Float>) -> Float {
    let (toInk, toPaper) = (pixel - ink, pixel - paper)
    return min((toInk * toInk).sum(), (toPaper * toPaper).sum())
  }
}
