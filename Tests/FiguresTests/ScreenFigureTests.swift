import Figures
import TerminalUI
import Testing

/// Screens as SVG.
@Suite struct ScreenFigureTests {
  /// What is drawn at the middle of each eighth of a cell: the colour of the last rectangle there.
  private struct Raster {
    private var shapes: [(color: String, box: (x: Double, y: Double, width: Double, height: Double))] = []

    init(_ svg: String) {
      for path in svg.matches(of: /<path fill="(#[0-9a-f]{6})" d="([^"]*)"\/>/) {
        for box in path.2.matches(of: /M([0-9.]+) ([0-9.]+)h([0-9.]+)v([0-9.]+)h-([0-9.]+)z/) {
          shapes.append(
            (String(path.1), (Double(box.1)!, Double(box.2)!, Double(box.3)!, Double(box.4)!)))
        }
      }
    }

    var count: Int { shapes.count }

    func color(_ x: Double, _ y: Double) -> String? {
      shapes.last {
        x >= $0.box.x && x < $0.box.x + $0.box.width && y >= $0.box.y && y < $0.box.y + $0.box.height
      }?.color
    }

    /// The eighths of a cell that have a colour, row by row.
    func pattern(column: Int, _ wanted: String) -> [String] {
      (0..<8).map { row in
        String(
          (0..<8).map { x -> Character in
            let place = (Double(column * 9) + (Double(x) + 0.5) * 9 / 8, (Double(row) + 0.5) * 18 / 8)
            return color(place.0, place.1) == wanted ? "#" : "."
          })
      }
    }
  }

  private let red = Style(.rgb(255, 0, 0), on: .rgb(0, 0, 255))

  private func grid(_ text: String, _ style: Style, width: Int = 12, height: Int = 1) -> CellGrid {
    var grid = CellGrid(
      size: Size(width: width, height: height), appearance: Appearance(colors: .truecolor, glyphs: .quadrants)
    )
    for y in 0..<height { grid.put(text, in: grid.bounds.row(y), style: style) }
    return grid
  }

  @Test func blocksAreRectanglesOfTheirEighths() {
    let raster = Raster(ScreenFigure(grid("▀▄▌▐▂▊▚▙ ", red), title: "t").svg)
    let (none, all, left, right) = ("........", "########", "####....", "....####")
    let four = { (row: String) in [String](repeating: row, count: 4) }
    #expect(raster.pattern(column: 0, "#ff0000") == four(all) + four(none))
    #expect(raster.pattern(column: 1, "#ff0000") == four(none) + four(all))
    #expect(raster.pattern(column: 2, "#ff0000") == four(left) + four(left))
    #expect(raster.pattern(column: 3, "#ff0000") == four(right) + four(right))
    #expect(raster.pattern(column: 4, "#ff0000") == [String](repeating: none, count: 6) + [all, all])
    #expect(raster.pattern(column: 5, "#ff0000") == four("######..") + four("######.."))
    #expect(raster.pattern(column: 6, "#ff0000") == four(left) + four(right))
    #expect(raster.pattern(column: 7, "#ff0000") == four(left) + four(all))
    // What a glyph leaves is its background; cells beyond the text have none.
    #expect(raster.color(4, 17) == "#0000ff" && raster.color(76, 9) == "#0000ff")
    #expect(raster.color(85, 9) == nil)
  }

  @Test func everyBlockElementIsDrawn() {
    for value in 0x2580...0x259F {
      let glyph = String(Unicode.Scalar(value)!)
      let svg = ScreenFigure(grid(glyph, Style(.rgb(255, 0, 0)), width: 1), title: "t").svg
      #expect(Raster(svg).count > 0 && !svg.contains("<text"), "\(glyph)")
    }
    // Shades cover a quarter, a half and three quarters.
    let svg = ScreenFigure(grid("░▒▓", Style(.rgb(200, 0, 0), on: .rgb(0, 0, 0))), title: "t").svg
    let raster = Raster(svg)
    #expect([4.0, 13, 22].map { raster.color($0, 9) } == ["#320000", "#640000", "#960000"])
  }

  @Test func linesOfAPaneMeet() {
    for heavy in [false, true] {
      var grid = CellGrid(
        size: Size(width: 6, height: 4), appearance: Appearance(colors: .truecolor, glyphs: .quadrants))
      grid.drawPane("", in: grid.bounds, focused: heavy)
      let raster = Raster(ScreenFigure(grid, title: "t").svg)
      // All around, along the middle of the lines.
      for x in stride(from: 5.0, to: 49, by: 1) {
        #expect(raster.color(x, 9.2) != nil && raster.color(x, 3 * 18 + 9.2) != nil, "\(heavy) \(x)")
      }
      for y in stride(from: 10.0, to: 63, by: 1) {
        #expect(raster.color(4.2, y) != nil && raster.color(5 * 9 + 4.2, y) != nil, "\(heavy) \(y)")
      }
      #expect(raster.color(20, 30) == nil && raster.color(1, 1) == nil)
    }
  }

  @Test func textIsEscapedAndKeepsItsColumns() throws {
    var grid = grid("a <&> b", Style(), width: 24)
    grid.put("犬 x", at: Point(x: 10, y: 0), style: Style(.rgb(1, 2, 3), .bold), clip: grid.bounds)
    grid.put("e\u{1B}[1m", at: Point(x: 16, y: 0), style: Style(), clip: grid.bounds)
    let svg = ScreenFigure(grid, title: "<title> & \"more\"").svg
    let document = try Document(svg)
    #expect(document.elements.isSuperset(of: ["svg", "title", "rect", "text"]))
    #expect(svg.contains("width=\"216\" height=\"18\" viewBox=\"0 0 216 18\""))
    #expect(
      svg.contains(
        "textLength=\"63\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8d8d8\">a &lt;&amp;&gt; b</text>"))
    #expect(
      svg.contains(
        "<text x=\"90\" y=\"13.5\" textLength=\"36\" lengthAdjust=\"spacingAndGlyphs\" font-weight=\"bold\" fill=\"#010203\">犬 x</text>"
      ))
    #expect(!svg.contains("\u{1B}") && svg.contains("e^[[1m"))
  }

  @Test func attributesAndThemesDecideOnColours() {
    func background(_ style: Style, isLight: Bool = false) -> String? {
      Raster(ScreenFigure(grid("█", style, width: 1), title: "t", isLight: isLight).svg).color(4, 9)
    }
    #expect(background(Style(.rgb(9, 9, 9))) == "#090909")
    #expect(background(Style(.rgb(9, 9, 9), on: .rgb(1, 1, 1), .reverse)) == "#010101")
    #expect(background(Style(.rgb(100, 0, 0), on: .rgb(0, 0, 0), .dim)) == "#3c0000")
    #expect(background(Style(.ansi(1))) == "#cd0000" && background(Style(.indexed(196))) == "#ff0000")
    #expect(background(Style()) == "#d8d8d8" && background(Style(), isLight: true) == "#1a1a1a")
    let svg = ScreenFigure(grid("a b", Style(.standard, .underline), width: 3), title: "t").svg
    #expect((0..<3).allSatisfy { Raster(svg).color(Double($0) * 9 + 4, 16.5) == "#d8d8d8" })
    #expect(
      ScreenFigure(grid("", Style(), width: 0, height: 0), title: "t").svg.contains("viewBox=\"0 0 0 0\""))
  }
}
