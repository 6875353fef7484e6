import TerminalUI
import Testing

@Suite struct PictureTests {
  let truecolor = Appearance(colors: .truecolor, glyphs: .quadrants)

  // The pixels that a quadrant cell shows: upper left, upper right, lower left, lower right.
  func shown(_ cell: Cell) -> [RGB] {
    let bits = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█").firstIndex(of: cell.glyph)!
    return (0..<4).map {
      (bits >> $0 & 1 == 1 ? cell.style.foreground : cell.style.background).components!
    }
  }

  @Test func quadrantsShowTwoColoursExactly() {
    let colors = [RGB(200, 10, 10), RGB(10, 10, 200)]
    for bits in 0..<16 {
      let pixels = (0..<4).map { colors[bits >> $0 & 1] }
      var grid = CellGrid(size: Size(width: 1, height: 1), appearance: truecolor)
      let picture = RGBPicture(width: 2, height: 2, values: pixels.flatMap { [$0.red, $0.green, $0.blue] })
      grid.draw(picture, in: grid.bounds, fit: .fill)
      #expect(shown(grid[0, 0]) == pixels)
    }
  }

  @Test func quadrantsChooseTheSmallestError() {
    // One bright, one dark, two in between nearer to the bright one.
    let levels: [UInt8] = [250, 200, 10, 210]
    var grid = CellGrid(size: Size(width: 1, height: 1), appearance: truecolor)
    grid.draw(
      RGBPicture(width: 2, height: 2, values: levels.flatMap { [$0, $0, $0] }), in: grid.bounds, fit: .fill)
    #expect(shown(grid[0, 0]) == [220, 220, 10, 220].map { RGB($0, $0, $0) })
  }

  @Test func neighboursShareAColour() {
    // Black and white, then black and red: the black stays the colour of the same layer.
    let white = RGB(255, 255, 255)
    let (black, red) = (RGB(0, 0, 0), RGB(255, 0, 0))
    let rows = [[white, black, red, red, red, red], [black, black, black, red, black, red]]
    let picture = RGBPicture(
      width: 6, height: 2, values: rows.joined().flatMap { [$0.red, $0.green, $0.blue] })
    var grid = CellGrid(size: Size(width: 3, height: 1), appearance: truecolor)
    grid.draw(picture, in: grid.bounds, fit: .fill)
    for x in 0..<3 {
      #expect(shown(grid[x, 0]) == [rows[0][2 * x], rows[0][2 * x + 1], rows[1][2 * x], rows[1][2 * x + 1]])
    }
    let first = grid[0, 0].style
    let isInk = first.foreground == black.color
    for x in 1..<3 {
      #expect((isInk ? grid[x, 0].style.foreground : grid[x, 0].style.background) == black.color)
    }
  }

  @Test func rampsFollowValues() {
    let map = ScalarPicture(width: 10, height: 1, values: (0..<10).map { Float($0) + 0.5 })
    for (depth, color) in [(ColorDepth.monochrome, Color.standard), (.ansi8, .ansi(3))] {
      var grid = CellGrid(
        size: Size(width: 10, height: 1), appearance: Appearance(colors: depth, glyphs: .ascii))
      grid.draw(map, map: .viridis, range: 0...10, in: grid.bounds, fit: .fill)
      #expect(grid.plainText == " .:-=+*#%@\n")
      #expect(grid[9, 0].style.foreground == color)
    }
  }

  @Test func masksStandOutOnImages() {
    let mask = Specimen.disk(32, centerX: 16, centerY: 16, radius: 10)
    for (_, appearance) in Specimen.appearances {
      var plain = CellGrid(size: Size(width: 32, height: 16), appearance: appearance)
      plain.draw(Specimen.image(32), in: plain.bounds)
      var masked = plain
      masked.draw(Specimen.image(32), overlay: .mask(mask), in: masked.bounds)
      #expect(masked[16, 8].style != plain[16, 8].style)
      if appearance.colors < .indexed256 {
        #expect(masked[16, 8].style.attributes.contains(.reverse))
        #expect(masked[0, 0] == plain[0, 0])
      } else {
        func brightness(_ cell: Cell) -> Float { shown(cell).map(\.luminance).reduce(0, +) / 4 }
        #expect(brightness(masked[16, 8]) > brightness(masked[0, 0]) + 0.2)
      }
    }
  }

  @Test func masksKeepTheirShapeAndTheirBytesOnABusyPicture() {
    // Foliage: a change of brightness in every quarter of a cell.
    let (width, height) = (88, 44)
    let size = Size(width: width / 2, height: height / 2)
    let noise = (0..<width * height).map { UInt8(60 + ($0 &* 2_654_435_761 >> 13) % 120) }
    let picture = RGBPicture(
      width: width, height: height, values: noise.flatMap { [$0, UInt8(Int($0) + 40), $0 / 2] })
    var disk = Specimen.disk(width, centerX: 44, centerY: 22, radius: 14)
    disk = MaskPicture(width: width, height: height, values: Array(disk.values.prefix(width * height)))
    let indexed = Appearance(colors: .indexed256, glyphs: .quadrants)
    func drawn(_ overlay: PictureOverlay) -> (grid: CellGrid, bytes: Int) {
      var grid = CellGrid(size: size, appearance: indexed)
      grid.draw(picture, overlay: overlay, in: grid.bounds, fit: .fill)
      var writer = ScreenWriter(blank: size)
      return (grid, writer.update(to: grid).bytes.count)
    }
    let (masked, bytes) = drawn(.mask(disk))
    #expect(bytes < Int(2.6 * Double(size.width * size.height)), "\(bytes) bytes")
    #expect(bytes < drawn(.none).bytes / 2)
    // The mask's tint has far more red than blue, its surroundings are at most as bright as half of the picture.
    var wrong = 0
    for y in 0..<size.height {
      for x in 0..<size.width {
        for (quarter, color) in shown(masked[x, y]).enumerated() {
          let place = (2 * y + quarter / 2) * width + 2 * x + quarter % 2
          if (Int(color.red) + Int(color.green) > 260) != disk.values[place] { wrong += 1 }
        }
      }
    }
    #expect(wrong <= disk.values.count(where: { $0 }) / 50, "\(wrong) quarters")
  }

  @Test func aProbeIsAlwaysVisible() {
    for (_, appearance) in Specimen.appearances {
      var grid = CellGrid(size: Size(width: 20, height: 10), appearance: appearance)
      grid.draw(Specimen.ramp(7, 7), map: .viridis, range: 0...1, in: grid.bounds)
      for place in [Point(x: 0, y: 0), Point(x: 10, y: 5), Point(x: 19, y: 9)] {
        let before = grid[place.x, place.y]
        grid.drawProbe(at: place)
        #expect(grid[place.x, place.y] != before)
        #expect(grid[place.x, place.y].style.attributes.contains(.reverse))
      }
    }
  }

  @Test func waveformsHaveAShapeInASCII() {
    var grid = CellGrid(
      size: Size(width: 4, height: 2), appearance: Appearance(colors: .monochrome, glyphs: .ascii))
    grid.drawWaveform([0.1, -0.1, 0.5, -0.5, 0.9, -0.9, 0.9, -0.1], in: grid.bounds)
    #expect(grid.plainText == ".:||\n':|'\n")
  }

  @Test func barsGrow() {
    for glyphs in GlyphSet.allCases {
      var lengths: [Int] = []
      for value in [Float(0), 0.0001, 0.5, 1, 7, .nan] {
        var grid = CellGrid(
          size: Size(width: 10, height: 1), appearance: Appearance(colors: .ansi8, glyphs: glyphs))
        grid.drawBar(value, in: grid.bounds)
        lengths.append(grid.cells.filter { $0.glyph != " " }.count)
      }
      #expect(lengths == [0, 1, 5, 10, 10, 0])
    }
  }
}
