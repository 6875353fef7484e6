import Tensors
import TerminalUI
import Testing

@Suite struct ScreenWriterTests {
  let colors = Appearance(colors: .indexed256, glyphs: .quadrants)

  func grid(_ rows: [String], style: Style = .plain) -> CellGrid {
    var grid = CellGrid(size: Size(width: 20, height: rows.count), appearance: colors)
    for (y, row) in rows.enumerated() {
      grid.put(row, in: Rect(x: 0, y: y, width: 20, height: 1), style: style)
    }
    return grid
  }

  func text(_ writer: inout ScreenWriter, _ grid: CellGrid) -> String {
    String(decoding: writer.update(to: grid).bytes, as: UTF8.self)
  }

  @Test func whatIsShownIsNotWritten() {
    var writer = ScreenWriter(blank: Size(width: 20, height: 1))
    #expect(text(&writer, grid(["abc"])) == "\u{1B}[1Habc")
    #expect(text(&writer, grid(["abc"])) == "")
    #expect(text(&writer, grid(["abd"])) == "\u{1B}[1;3Hd")
    // Two glyphs are shorter than a move, six are not.
    #expect(text(&writer, grid(["xbx"])) == "\u{1B}[1Hxbx")
    #expect(text(&writer, grid(["x23456x"])) == "\u{1B}[1;2H23456x")
    #expect(text(&writer, grid(["y23456y"])) == "\u{1B}[1Hy\u{1B}[5Cy")
    #expect(text(&writer, grid([""])) == "\u{1B}[1H\u{1B}[K")
  }

  @Test func onlyWhatShowsIsSent() {
    var writer = ScreenWriter(blank: Size(width: 20, height: 1))
    var wanted = grid([""])
    wanted.set("a", x: 0, y: 0, style: Style(.indexed(20), on: .indexed(30)))
    // A blank has no foreground, a full block no background.
    wanted.set(" ", x: 1, y: 0, style: Style(.indexed(99), on: .indexed(30), .bold))
    wanted.set("█", x: 2, y: 0, style: Style(.indexed(20), on: .indexed(98)))
    wanted.set("b", x: 3, y: 0, style: Style(.indexed(20), on: .indexed(31)))
    #expect(text(&writer, wanted) == "\u{1B}[1H\u{1B}[38;5;20;48;5;30ma █\u{1B}[48;5;31mb\u{1B}[m")
    wanted.set(" ", x: 1, y: 0, style: Style(.standard, on: .indexed(30)))
    #expect(text(&writer, wanted) == "")
    wanted.set(" ", x: 1, y: 0, style: Style(.standard, on: .indexed(30), .underline))
    #expect(text(&writer, wanted) == "\u{1B}[1;2H\u{1B}[4;48;5;30m \u{1B}[m")
  }

  @Test func glyphsOfUncertainWidthBecomeQuestionMarks() {
    var writer = ScreenWriter(blank: Size(width: 20, height: 1)) { $0.glyph != "犬" }
    #expect(text(&writer, grid(["犬é."])) == "\u{1B}[1H??\u{1B}[1;3Hé\u{1B}[1;4H.")
  }

  @Test(arguments: [Int.max, 1, 150], [ColorDepth.indexed256, .truecolor])
  func everyScreenLeadsToEveryOther(_ limit: Int, _ depth: ColorDepth) {
    var source = SplitMix64(7)
    let size = Size(width: 23, height: 7)
    var writer = ScreenWriter(blank: size, colors: depth)
    let terminal = ToyTerminal(size)
    var grid = CellGrid(size: size, appearance: Appearance(colors: depth, glyphs: .quadrants))
    for round in 0..<300 {
      scribble(on: &grid, &source, cells: round % 3 == 0 ? 161 : 12)
      var calls = 0
      while true {
        let update = writer.update(to: grid, limit: limit)
        terminal.feed(update.bytes)
        calls += 1
        if update.isComplete { break }
        // A row is written at least.
        #expect(!update.bytes.isEmpty && calls < 8)
      }
      let wrong = grid.cells.indices.filter { !grid.cells[$0].looksLike(terminal.cells[$0]) }
      #expect(wrong.isEmpty, "round \(round): \(wrong.map { ($0, grid.cells[$0], terminal.cells[$0]) })")
      #expect(terminal.style == .plain)
      if !wrong.isEmpty { return }
    }
  }

  /// A picture that is another one each time, and a line below that a key changes: the line comes at once, and of the
  /// picture no row stays away.
  @Test func whatAKeyDoesShowsBesideAPictureThatMoves() {
    let size = Size(width: 20, height: 8)
    var writer = ScreenWriter(blank: size)
    let terminal = ToyTerminal(size)
    var grid = CellGrid(size: size, appearance: colors)
    var lastShown = Array(repeating: 0, count: 8)
    for round in 1...60 {
      for y in 0..<7 {
        for x in 0..<20 {
          let (ink, paper) = (UInt8((round * 7 + x + y) % 256), UInt8((round * 3 + x) % 256))
          grid.set("▘", x: x, y: y, style: Style(.indexed(ink), on: .indexed(paper)))
        }
      }
      grid.put("key \(round)", in: Rect(x: 0, y: 7, width: 20, height: 1), style: .plain)
      let update = writer.update(to: grid, limit: 1200)
      #expect(update.bytes.count <= 1200 && !update.isComplete)
      terminal.feed(update.bytes)
      for y in 0..<8 where (0..<20).allSatisfy({ grid[$0, y].looksLike(terminal.cells[y * 20 + $0]) }) {
        lastShown[y] = round
      }
      #expect(lastShown[7] == round)
      #expect(round < 10 || lastShown.allSatisfy { round - $0 < 10 }, "round \(round): \(lastShown)")
    }
  }

  private func scribble(on grid: inout CellGrid, _ source: inout some RandomNumberGenerator, cells: Int) {
    let glyphs: [Character] = ["a", "b", " ", " ", "█", "▘", "━", "犬", "é", "e\u{301}"]
    let colors: [Color] = [.standard, .standard, .ansi(1), .ansi(12), .indexed(99), .rgb(200, 12, 255)]
    for _ in 0..<cells {
      let style = Style(
        colors.randomElement(using: &source)!, on: colors.randomElement(using: &source)!,
        Attributes(rawValue: Bool.random(using: &source) ? 0 : .random(in: 0..<16, using: &source)))
      let place = Point(
        x: .random(in: -1..<grid.size.width, using: &source),
        y: .random(in: 0..<grid.size.height, using: &source))
      let glyph = glyphs.randomElement(using: &source)!
      grid.put(
        String(repeating: glyph, count: .random(in: 1...4, using: &source)), at: place, style: style,
        clip: grid.bounds)
    }
    if Int.random(in: 0..<4, using: &source) == 0 {
      grid.fill(
        Rect(
          x: .random(in: 0..<23, using: &source), y: .random(in: 0..<7, using: &source), width: 23, height: 1)
      )
    }
  }
}

/// A terminal that knows what `ScreenWriter` may send and nothing else.
private final class ToyTerminal {
  private(set) var cells: [Cell]
  private(set) var style = Style.plain
  private let size: Size
  private var x = 0
  private var y = 0

  init(_ size: Size) {
    self.size = size
    cells = Array(repeating: Cell(), count: size.width * size.height)
  }

  func feed(_ bytes: [UInt8]) {
    var rest = Substring(String(decoding: bytes, as: UTF8.self))
    while let glyph = rest.popFirst() {
      guard glyph == "\u{1B}" else {
        write(glyph)
        continue
      }
      precondition(rest.popFirst() == "[", "an unknown sequence")
      let numbers = rest.prefix { $0.isNumber || $0 == ";" }
      rest = rest.dropFirst(numbers.count)
      sequence(
        numbers.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 },
        rest.removeFirst())
    }
  }

  private func write(_ glyph: Character) {
    let width = glyph == "犬" ? 2 : 1
    precondition(x + width <= size.width, "a glyph beyond the last column")
    for column in x..<x + width {
      // Half of a wide glyph that is written over leaves a blank.
      if cells[y * size.width + column].isContinuation { blank(column - 1) }
      if column + 1 < size.width, cells[y * size.width + column + 1].isContinuation { blank(column + 1) }
    }
    var grid = CellGrid(
      size: Size(width: width, height: 1), appearance: Appearance(colors: .truecolor, glyphs: .quadrants))
    grid.put(String(glyph), in: grid.bounds, style: style)
    for column in 0..<width { cells[y * size.width + x + column] = grid.cells[column] }
    x += width
  }

  private func blank(_ column: Int) {
    cells[y * size.width + column] = Cell(" ", style: cells[y * size.width + column].style)
  }

  private func sequence(_ numbers: [Int], _ final: Character) {
    switch final {
    case "H": (y, x) = (max(1, numbers[0]) - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case "C": x += max(1, numbers[0])
    case "K":
      if cells[y * size.width + x].isContinuation { blank(x - 1) }
      for column in x..<size.width {
        cells[y * size.width + column] = Cell(style: Style(.standard, on: style.background))
      }
    case "m": restyle(numbers)
    default: preconditionFailure("an unknown sequence \(final)")
    }
  }

  private func restyle(_ numbers: [Int]) {
    var numbers = numbers[...]
    while let number = numbers.popFirst() {
      switch number {
      case 0: style = .plain
      case 1: style.attributes.insert(.bold)
      case 2: style.attributes.insert(.dim)
      case 4: style.attributes.insert(.underline)
      case 7: style.attributes.insert(.reverse)
      case 22: style.attributes.subtract([.bold, .dim])
      case 24: style.attributes.remove(.underline)
      case 27: style.attributes.remove(.reverse)
      case 30...39, 90...97: style.foreground = color(number - 30, &numbers)
      case 40...49, 100...107: style.background = color(number - 40, &numbers)
      default: preconditionFailure("an unknown attribute \(number)")
      }
    }
  }

  private func color(_ number: Int, _ numbers: inout ArraySlice<Int>) -> Color {
    switch number {
    case 9: return .standard
    case 8:
      let kind = numbers.removeFirst()
      precondition(kind == 5 || kind == 2)
      if kind == 5 { return .indexed(UInt8(numbers.removeFirst())) }
      let parts = (0..<3).map { _ in UInt8(numbers.removeFirst()) }
      return .rgb(parts[0], parts[1], parts[2])
    default: return .ansi(UInt8(number < 8 ? number : number - 52))
    }
  }
}
