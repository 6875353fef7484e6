import TerminalUI

/// A screen with one of everything, for goldens and for sizes that nobody uses.
enum Specimen {
  static let appearances: [(String, Appearance)] = [
    ("mono-ascii", Appearance(colors: .monochrome, glyphs: .ascii)),
    ("mono-utf8", Appearance(colors: .monochrome, glyphs: .quadrants)),
    ("ansi8-half", Appearance(colors: .ansi8, glyphs: .halfBlocks)),
    ("256-half", Appearance(colors: .indexed256, glyphs: .halfBlocks)),
    ("256-quad", Appearance(colors: .indexed256, glyphs: .quadrants)),
    ("256-ascii", Appearance(colors: .indexed256, glyphs: .ascii)),
  ]

  /// A disk in a square, as a mask.
  static func disk(_ extent: Int, centerX: Int, centerY: Int, radius: Int) -> MaskPicture {
    MaskPicture(
      width: extent, height: extent,
      values: (0..<extent * extent).map { index in
        let x = index % extent - centerX
        let y = index / extent - centerY
        return x * x + y * y < radius * radius
      })
  }

  /// A ramp from the upper left to the lower right.
  static func ramp(_ width: Int, _ height: Int) -> ScalarPicture {
    ScalarPicture(
      width: width, height: height,
      values: (0..<width * height).map { Float($0 % width + $0 / width) / Float(width + height - 2) })
  }

  /// Red to the right, green downwards.
  static func image(_ extent: Int) -> RGBPicture {
    RGBPicture(
      width: extent, height: extent,
      values: (0..<extent * extent).flatMap { index -> [UInt8] in
        [UInt8(index % extent * 255 / (extent - 1)), UInt8(index / extent * 255 / (extent - 1)), 64]
      })
  }

  static let difference = DifferencePicture(
    prediction: disk(32, centerX: 13, centerY: 16, radius: 10),
    truth: disk(32, centerX: 19, centerY: 16, radius: 10))

  static func draw(size: Size, appearance: Appearance) -> CellGrid {
    var grid = CellGrid(size: size, appearance: appearance)
    let parts = grid.bounds.rows([.share(1), .fixed(1)])
    let columns = parts[0].columns([.share(2, minimum: 24), .share(3)])
    let left = columns[0].rows([.fixed(8), .share(1)])
    let inside = grid.drawPane("1 Clips", note: "3/9", in: left[0], focused: true)
    var list = ListState()
    list.select(3, count: 9, height: CellGrid.tableHeight(in: inside))
    grid.drawTable(
      columns: [
        TableColumn("name", .share(1)), TableColumn("IoU", .fixed(5), alignment: .right),
      ], count: 9, state: list, order: TableOrder(column: 1, ascending: true), in: inside
    ) { row in
      [StyledLine(row == 2 ? "犬の声\u{1B}[31m" : "clip \(row)"), StyledLine("0.\(row)", .good)]
    }
    let bars = grid.drawPane("Audio · top 3", in: left[1])
    for (row, value) in [Float(0.93), 0.41, 0.003].enumerated() {
      grid.drawLabelledBar(
        "label \(row)", value: value, text: "\(value)", labelWidth: 8, in: bars.row(row), role: .audioBar)
    }
    grid.drawSparkline((0..<40).map { Float($0 % 20) / 19 }, in: bars.row(3))
    grid.drawWaveform((0..<80).map { Float($0 % 9 - 4) / 5 }, in: bars.dropping(top: 4).row(0))
    grid.drawProgress(0.4, text: "40 %", in: bars.row(5))

    let pictures = columns[1].rows([.share(1), .share(1)]).flatMap {
      $0.columns([.share(1), .share(1), .share(1)])
    }
    let range: ClosedRange<Float> = 0...1
    let heat = PictureOverlay.heat(ramp(7, 7), range: range, map: .viridis)
    grid.draw(image(32), in: grid.drawPane("image", in: pictures[0]))
    grid.draw(image(32), overlay: heat, in: grid.drawPane("heat", in: pictures[1]))
    grid.draw(image(32), overlay: .mask(difference.truth), in: grid.drawPane("mask", in: pictures[2]))
    let place = grid.draw(
      ramp(7, 7), map: .cividis, range: range, in: grid.drawPane("map", in: pictures[3]))
    if let cell = place.cell(x: 3, y: 3) { grid.drawProbe(at: cell) }
    grid.draw(difference.truth, in: grid.drawPane("truth", in: pictures[4]))
    grid.draw(image(32), overlay: .difference(difference), in: grid.drawPane("diff", in: pictures[5]))
    grid.drawStatus(left: [Span("ready "), Span("α 0.5", .accent)], right: "? help", in: parts[1])
    return grid
  }
}
