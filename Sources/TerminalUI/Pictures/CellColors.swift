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

  /// For maps, whose colours are values.
  static let map: Float = 16

  /// How far a photograph gives way to `maskBytes`; it is none any more beyond.
  static let largest: Float = 72

  /// The same beside a mask, whose colours must not be taken for those of its surroundings: a quarter of a cell in the wrong
  /// one of both is 80 off on the cell's average.
  static let largestBesideMask: Float = 56

  /// What pictures under masks may cost, in bytes a cell: a step to the next frame, numbers included, then takes at
  /// most 4096 bytes at 120x40.
  static let maskBytes: Float = 2.25

  private init(inkOf other: CellColors, on background: SIMD3<Float>, depth: ColorDepth) {
    (foreground, ink) = (other.foreground, other.ink)
    self.background = background.color.lowered(to: depth)
    paper = SIMD3(self.background.components!)
  }

  private init(swapped other: CellColors) {
    (foreground, background) = (other.background, other.foreground)
    (ink, paper) = (other.paper, other.ink)
  }

  // What a change of both colours and of one costs in bytes with 256 colours.
  private static let both: Float = 20
  private static let one: Float = 11

  /// About the bytes of a change of colours.
  static func bytes(changesInk: Bool, changesPaper: Bool, depth: ColorDepth) -> Float {
    let bytes = changesInk && changesPaper ? both : changesInk || changesPaper ? one : 0
    // Three numbers for one.
    return depth == .truecolor ? 1.7 * bytes : bytes
  }

  /// Chooses colours for rows of cells.
  struct Chooser {
    let depth: ColorDepth

    /// The cells of a row: each with the colours of the cell before as long as they do, then with those that cost least for
    /// the cells to come: two new ones or, with one of the two kept, a single one.
    func cells(of cells: [CellPixels], parts: [MaskPart], _ tolerance: Tolerance) -> [ChosenCell] {
      let own = cells.map { cell in
        let best = cell.best
        return CellColors(best.foreground, on: best.background, depth: depth)
      }
      let quarters = cells.flatMap(\.quarters)
      /// Whether colours that were chosen for a part of a mask do for a cell.
      func suffice(_ colors: CellColors, of part: MaskPart, for index: Int) -> Bool {
        let allowed = tolerance.ofColors(chosenFor: part, in: parts[index])
        return colors.error(of: cells[index]) <= own[index].error(of: cells[index]) + 4 * allowed * allowed
      }
      var chosen: [ChosenCell] = []
      chosen.reserveCapacity(cells.count)
      var last: (colors: CellColors, part: MaskPart)?
      while chosen.count < cells.count {
        let start = chosen.count
        if last.map({ suffice($0.colors, of: $0.part, for: start) }) != true {
          last = (
            choose(for: start, cells, quarters, own, after: last?.colors) {
              suffice($0, of: parts[start], for: $1)
            }, parts[start]
          )
        }
        let (colors, part) = last!
        chosen.append(
          ChosenCell(
            of: cells[start], in: colors,
            blankWithin: tolerance.ofBlanks(withColorsChosenFor: part, in: parts[start])))
      }
      return chosen
    }

    /// New colours from a cell on.
    private func choose(
      for start: Int, _ cells: [CellPixels], _ quarters: [SIMD3<Float>], _ own: [CellColors],
      after last: CellColors?, suffice: (CellColors, Int) -> Bool
    ) -> CellColors {
      var (choice, price, isNew) = (own[start], CellColors.both, true)
      for length in [8, 4, 2, 1] where start + length <= cells.count {
        let part = quarters[4 * start..<4 * (start + length)]
        func offer(_ offered: CellColors, at cost: Float, isNew offeredIsNew: Bool) {
          let offeredPrice = cost / Float(length)
          guard offeredPrice < price, (start..<start + length).allSatisfy({ suffice(offered, $0) })
          else { return }
          (choice, price, isNew) = (offered, offeredPrice, offeredIsNew)
        }
        if let last, CellColors.one / Float(length) < price {
          offer(shared(part, keepingInkOf: last), at: CellColors.one, isNew: false)
          offer(
            CellColors(swapped: shared(part, keepingInkOf: CellColors(swapped: last))), at: CellColors.one,
            isNew: false)
        }
        if length > 1, CellColors.both / Float(length) < price {
          offer(shared(part, from: own[start]), at: CellColors.both, isNew: true)
        }
      }
      // Blanks are the shortest glyphs and runs of them shorter still, so what fills most cells is the background.
      let ahead = cells[start..<min(cells.count, start + 8)].map { choice.ink(of: $0) }
      let isMostlyInk = ahead.count(where: { $0 == 15 }) > ahead.count(where: { $0 == 0 })
      return isNew && isMostlyInk ? CellColors(swapped: choice) : choice
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

  /// The same if nothing but the background is shown.
  func errorOfBackground(_ quarters: CellPixels) -> Float {
    quarters.quarters.reduce(0) { sum, quarter in sum + ((quarter - paper) * (quarter - paper)).sum() }
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
