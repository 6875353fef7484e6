import TerminalUI

/// A screen as an SVG picture, for documents: its text in a fixed-width font, its pictures and lines as rectangles.
///
/// A cell is ``cell`` user units, and the picture's extent is stated in pixels of one unit. Block elements, shades and box
/// drawing lines are not left to a font, in which they would not meet from row to row; every text states its length, so that
/// columns stay aligned in any font. `standard` colours become the paper's and the ink's, the named ones those of xterm.
public struct ScreenFigure: Sendable {
  /// The extent of a cell in user units.
  public static let cell = Size(width: 9, height: 18)

  private static let fontSize = 15.0
  /// From the top of a cell to the base line.
  private static let baseLine = 13.5

  private let grid: CellGrid
  private let title: String
  private let paper: RGB
  private let ink: RGB

  /// A picture of a grid.
  ///
  /// - Parameters:
  ///   - grid: the cells; its appearance has decided on colours and glyphs.
  ///   - title: what a reader without pictures is told.
  ///   - isLight: whether the terminal's own colours are dark on light.
  public init(_ grid: CellGrid, title: String, isLight: Bool = false) {
    self.grid = grid
    self.title = title
    paper = isLight ? RGB(255, 255, 255) : RGB(22, 22, 26)
    ink = isLight ? RGB(26, 26, 26) : RGB(216, 216, 216)
  }

  /// The whole SVG file; the same for the same grid.
  public var svg: String {
    var shapes = Shapes()
    var texts: [String] = []
    for y in 0..<grid.size.height {
      addBackgrounds(of: y, to: &shapes)
      for x in 0..<grid.size.width { addShape(x: x, y: y, to: &shapes) }
      texts += runs(of: y).map(element)
    }
    let (width, height) = (grid.size.width * Self.cell.width, grid.size.height * Self.cell.height)
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      xml:space="preserve" font-size="\(SVGCanvas.number(Self.fontSize))" \
      font-family="'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace">
      <title>\(FigureText.escaped(title))</title>
      <rect width="\(width)" height="\(height)" fill="\(Ink.hexadecimal(paper))"/>
      <g shape-rendering="crispEdges">
      \(shapes.elements.joined(separator: "\n"))
      </g>
      <g>
      \(texts.joined(separator: "\n"))
      </g>
      </svg>

      """
  }

  // MARK: - Colours

  /// The colours that a cell shows: exchanged where it is reversed, the glyph's mixed with the background's where it is dim.
  private func colors(_ style: Style) -> (glyph: RGB, background: RGB) {
    var glyph = style.foreground.components ?? ink
    var background = style.background.components ?? paper
    if style.attributes.contains(.reverse) { swap(&glyph, &background) }
    if style.attributes.contains(.dim) { glyph = glyph.mixed(with: background, 0.4) }
    return (glyph, background)
  }

  // MARK: - Rectangles

  /// Rectangles by colour, in the order in which colours came; those of the second layer cover those of the first.
  private struct Shapes {
    private var layers: [[RGB: String]] = [[:], [:]]
    private var order: [[RGB]] = [[], []]

    mutating func add(_ box: Box, _ color: RGB, layer: Int) {
      let commands =
        "M\(SVGCanvas.number(box.x)) \(SVGCanvas.number(box.y))h\(SVGCanvas.number(box.width))"
        + "v\(SVGCanvas.number(box.height))h\(SVGCanvas.number(-box.width))z"
      if layers[layer][color] == nil { order[layer].append(color) }
      layers[layer][color, default: ""] += commands
    }

    var elements: [String] {
      zip(layers, order).flatMap { paths, colors in
        colors.map { "<path fill=\"\(Ink.hexadecimal($0))\" d=\"\(paths[$0]!)\"/>" }
      }
    }
  }

  /// A part of a cell, in user units of the whole picture.
  private func box(x: Int, y: Int, _ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> Box {
    Box(
      x: Double(x * Self.cell.width) + left, y: Double(y * Self.cell.height) + top, width: right - left,
      height: bottom - top)
  }

  private func addBackgrounds(of y: Int, to shapes: inout Shapes) {
    let (width, height) = (Double(Self.cell.width), Double(Self.cell.height))
    var x = 0
    while x < grid.size.width {
      let start = x
      let color = colors(grid[x, y].style).background
      while x < grid.size.width, colors(grid[x, y].style).background == color { x += 1 }
      guard color != paper else { continue }
      shapes.add(box(x: start, y: y, 0, 0, Double(x - start) * width, height), color, layer: 0)
    }
  }

  /// Adds what a cell has of blocks, shades, lines and underlines.
  private func addShape(x: Int, y: Int, to shapes: inout Shapes) {
    let cell = grid[x, y]
    let (glyph, background) = colors(cell.style)
    let (width, height) = (Double(Self.cell.width), Double(Self.cell.height))
    if cell.style.attributes.contains(.underline) {
      shapes.add(box(x: x, y: y, 0, height - 2, width, height - 1), glyph, layer: 1)
    }
    if let share = CellShape.shade(cell.glyph) {
      shapes.add(box(x: x, y: y, 0, 0, width, height), background.mixed(with: glyph, share), layer: 1)
    }
    for block in CellShape.blocks(cell.glyph) {
      let (unit, line) = (width / 8, height / 8)
      shapes.add(
        box(
          x: x, y: y, Double(block.x) * unit, Double(block.y) * line, Double(block.maxX) * unit,
          Double(block.maxY) * line), glyph, layer: 1)
    }
    guard let arms = CellShape.arms(cell.glyph) else { return }
    // Edges fall on whole units for both weights.
    let isHeavy = max(arms.left, arms.right, arms.up, arms.down) > 1
    let middle = isHeavy ? (x: 4.0, y: 9.0) : (x: 4.5, y: 9.5)
    let across = Double(max(arms.up, arms.down))
    let along = Double(max(arms.left, arms.right))
    if arms.left > 0 {
      let half = Double(arms.left) / 2
      shapes.add(
        box(x: x, y: y, 0, middle.y - half, middle.x + max(across, 1) / 2, middle.y + half), glyph, layer: 1)
    }
    if arms.right > 0 {
      let half = Double(arms.right) / 2
      shapes.add(
        box(x: x, y: y, middle.x - across / 2, middle.y - half, width, middle.y + half), glyph, layer: 1)
    }
    if arms.up > 0 {
      let half = Double(arms.up) / 2
      shapes.add(
        box(x: x, y: y, middle.x - half, 0, middle.x + half, middle.y + max(along, 1) / 2), glyph, layer: 1)
    }
    if arms.down > 0 {
      let half = Double(arms.down) / 2
      shapes.add(
        box(x: x, y: y, middle.x - half, middle.y - along / 2, middle.x + half, height), glyph, layer: 1)
    }
  }

  // MARK: - Text

  /// Neighbouring glyphs of a row that one element draws.
  private struct Run {
    let x, y: Int
    var columns: Int
    var text: String
    let color: RGB
    let isBold: Bool
  }

  /// The row's text: one run as long as the style stays and no more than one blank follows another glyph.
  private func runs(of y: Int) -> [Run] {
    var runs: [Run] = []
    for x in 0..<grid.size.width {
      let cell = grid[x, y]
      if cell.isContinuation || cell.glyph == " " || CellShape.isDrawn(cell.glyph) { continue }
      let color = colors(cell.style).glyph
      let isBold = cell.style.attributes.contains(.bold)
      if let last = runs.last, last.color == color, last.isBold == isBold {
        let gap = x - last.x - last.columns
        if gap == 0 || (gap == 1 && grid[x - 1, y].glyph == " ") {
          runs[runs.count - 1].text += (gap == 1 ? " " : "") + String(cell.glyph)
          runs[runs.count - 1].columns += gap + Int(cell.columns)
          continue
        }
      }
      runs.append(
        Run(
          x: x, y: y, columns: Int(cell.columns), text: String(cell.glyph), color: color, isBold: isBold))
    }
    return runs
  }

  private func element(_ run: Run) -> String {
    let length =
      run.columns > 1
      ? " textLength=\"\(run.columns * Self.cell.width)\" lengthAdjust=\"spacingAndGlyphs\"" : ""
    return "<text x=\"\(run.x * Self.cell.width)\" "
      + "y=\"\(SVGCanvas.number(Double(run.y * Self.cell.height) + Self.baseLine))\""
      + "\(length)\(run.isBold ? " font-weight=\"bold\"" : "") fill=\"\(Ink.hexadecimal(run.color))\">"
      + "\(FigureText.escaped(run.text))</text>"
  }
}
