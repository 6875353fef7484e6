import TerminalUI
import Testing

@Suite struct ScreenTests {
  @Test(arguments: Specimen.appearances.indices) func golden(_ index: Int) throws {
    let (name, appearance) = Specimen.appearances[index]
    let grid = Specimen.draw(size: Size(width: 80, height: 24), appearance: appearance)
    try expectGolden(grid, "specimen-" + name)
  }

  @Test func anySizeIsSafe() {
    for (_, appearance) in Specimen.appearances {
      for width in [0, 1, 2, 3, 5, 17, 40, 81] {
        for height in [0, 1, 2, 3, 7, 25] {
          var grid = Specimen.draw(size: Size(width: width, height: height), appearance: appearance)
          #expect(grid.cells.count == width * height)
          grid.drawOverlay("help", lines: ["one", "two"], top: 1, in: grid.bounds)
          grid.drawTextField("/", TextField("a long query"), in: grid.bounds)
          grid.drawText("some words to wrap", in: grid.bounds)
          grid.drawScale(map: .grey, low: "0", high: "1", in: grid.bounds)
          grid.drawTooSmall(minimum: Size(width: 40, height: 12))
          #expect(grid.goldenText.isEmpty == false)
        }
      }
    }
  }

  @Test func drawingOutsideIsIgnored() {
    var grid = CellGrid(
      size: Size(width: 4, height: 2), appearance: Appearance(colors: .ansi8, glyphs: .ascii))
    let blank = grid
    grid.put("lost", in: Rect(x: 4, y: 0, width: 9, height: 1))
    grid.put("lost", in: Rect(x: -9, y: 0, width: 9, height: 1))
    grid.put("lost", in: Rect(x: 0, y: -1, width: 9, height: 1))
    grid.fill(Rect(x: 1, y: 1, width: -3, height: -3), with: "x")
    grid.drawBox(Rect(x: 10, y: 10, width: 5, height: 5))
    #expect(grid == blank)
  }

  @Test func everythingWrittenObeysTheAppearance() {
    for (_, appearance) in Specimen.appearances {
      let grid = Specimen.draw(size: Size(width: 100, height: 30), appearance: appearance)
      if appearance.isASCII { #expect(grid.plainText.utf8.allSatisfy { $0 < 0x80 }) }
      for cell in grid.cells {
        #expect(cell.style == cell.style.lowered(to: appearance.colors))
      }
    }
  }

  @Test func truthAndPredictionDifferWithoutColour() {
    var grid = CellGrid(
      size: Size(width: 32, height: 16), appearance: Appearance(colors: .monochrome, glyphs: .ascii))
    grid.draw(Specimen.difference, in: grid.bounds)
    let middle = (0..<32).map { String(grid[$0, 8].glyph) }.joined()
    #expect(middle == "    ++++++#############------   ")
  }
}
