import TerminalUI
import Testing

@Suite struct LayoutTests {
  func widths(_ lengths: [Length], _ total: Int, gap: Int = 0) -> [Int] {
    Rect(x: 3, y: 0, width: total, height: 1).columns(lengths, gap: gap).map(\.width)
  }

  @Test func splits() {
    #expect(widths([.fixed(10), .share(1), .share(2)], 40) == [10, 10, 20])
    #expect(widths([.share(1), .share(1), .share(1)], 10) == [3, 3, 4])
    #expect(widths([.share(1, minimum: 8), .share(3)], 16) == [8, 8])
    #expect(widths([.fixed(10), .fixed(10)], 15) == [10, 5])
    #expect(widths([.share(1), .share(1)], 11, gap: 1) == [5, 5])
    #expect(widths([.share(1, minimum: 5), .share(1, minimum: 5)], 4) == [4, 0])
    #expect(widths([], 9) == [])
    #expect(widths([.fixed(-3), .share(1)], -5) == [0, 0])
  }

  @Test func partsStayInsideAndApart() {
    for total in 0...30 {
      let rect = Rect(x: 2, y: 1, width: total, height: 4)
      let parts = rect.columns([.fixed(7), .share(2, minimum: 6), .share(1, minimum: 3)], gap: 1)
      for (left, right) in zip(parts, parts.dropFirst()) { #expect(left.maxX <= right.x) }
      for part in parts { #expect(part.x >= rect.x && part.maxX <= rect.maxX) }
      if total >= 20 { #expect(parts.last!.maxX == rect.maxX) }
    }
  }

  @Test func listsMove() {
    var list = ListState()
    list.move(.by(-1), count: 10, height: 4)
    #expect(list.selection == 0)
    list.move(.by(5), count: 10, height: 4)
    #expect(list.selection == 5 && list.top == 2)
    list.move(.halfPages(1), count: 10, height: 4)
    #expect(list.selection == 7 && list.top == 4)
    list.move(.pages(-1), count: 10, height: 4)
    #expect(list.selection == 3 && list.top == 0)
    list.move(.last, count: 10, height: 4)
    #expect(list.selection == 9 && list.visible(count: 10, height: 4) == 6..<10)
    list.clamp(count: 10, height: 8)
    #expect(list.top == 2 && list.selection == 9)
    list.clamp(count: 10, height: 1)
    #expect(list.top == 9)
    list.clamp(count: 0, height: 0)
    #expect(list.selection == 0 && list.top == 0 && list.visible(count: 0, height: 5).isEmpty)
    list.move(.pages(1), count: 0, height: 0)
    #expect(list.selection == 0)
    list.move(.first, count: 3, height: 0)
    #expect(list.visible(count: 3, height: 0).isEmpty)
  }

  @Test func everyMotionKeepsTheSelectionInSight() {
    let motions: [ListMotion] = [
      .by(1), .by(-3), .halfPages(1), .halfPages(-1), .pages(1), .pages(-1), .first, .last,
    ]
    for height in 1...6 {
      var list = ListState()
      for step in 0..<64 {
        list.move(motions[step * 5 % motions.count], count: 13, height: height)
        #expect(list.visible(count: 13, height: height).contains(list.selection))
        #expect(list.visible(count: 13, height: height).count == height)
      }
    }
  }

  @Test func picturesKeepTheirProportions() {
    let area = Rect(x: 5, y: 2, width: 60, height: 20)
    let square = PicturePlacement(width: 224, height: 224, in: area)
    #expect(square.rect == Rect(x: 15, y: 2, width: 40, height: 20))
    let flat = PicturePlacement(width: 300, height: 50, in: area)
    #expect(flat.rect == Rect(x: 5, y: 9, width: 60, height: 5))
    #expect(PicturePlacement(width: 7, height: 7, in: area, fit: .fill).rect == area)
    #expect(PicturePlacement(width: 0, height: 7, in: area).rect.isEmpty)
    #expect(PicturePlacement(width: 7, height: 7, in: Rect(x: 0, y: 0, width: 0, height: 9)).rect.isEmpty)
    #expect(square.position(at: Point(x: 14, y: 2)) == nil)
    #expect(square.position(at: Point(x: 15, y: 2))! == (x: 2, y: 5))
    for cell in [Point(x: 15, y: 2), Point(x: 30, y: 11), Point(x: 54, y: 21)] {
      let pixel = square.position(at: cell)!
      #expect(square.cell(x: pixel.x, y: pixel.y) == cell)
    }
    let small = PicturePlacement(width: 7, height: 7, in: area)
    for pixel in 0..<7 {
      #expect(small.position(at: small.cell(x: pixel, y: pixel)!)! == (x: pixel, y: pixel))
    }
  }

  @Test func areasAreAveraged() {
    var grid = CellGrid(
      size: Size(width: 2, height: 1), appearance: Appearance(colors: .truecolor, glyphs: .halfBlocks))
    let values: [UInt8] = [0, 200, 100, 100].flatMap { [$0, $0, $0] }
    grid.draw(
      RGBPicture(width: 2, height: 2, values: values), in: Rect(x: 0, y: 0, width: 1, height: 1), fit: .fill)
    #expect(grid[0, 0].style == Style(.standard, on: .rgb(100, 100, 100)))
    grid.draw(RGBPicture(width: 2, height: 2, values: values), in: grid.bounds, fit: .fill)
    #expect(grid[1, 0] == Cell("▀", style: Style(.rgb(200, 200, 200), on: .rgb(100, 100, 100))))
  }

  @Test func rangesOfScalars() {
    let picture = ScalarPicture(width: 3, height: 1, values: [.nan, -2, .infinity])
    #expect(picture.range == -2...(-2))
    #expect(ScalarPicture(width: 0, height: 0, values: []).range == 0...0)
    var grid = CellGrid(
      size: Size(width: 6, height: 1), appearance: Appearance(colors: .monochrome, glyphs: .ascii))
    grid.draw(picture, map: .grey, range: picture.range, in: grid.bounds, fit: .fill)
    #expect(grid.plainText == "\n")
  }
}
