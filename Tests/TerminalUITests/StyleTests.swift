import TerminalUI
import Testing

@Suite struct StyleTests {
  @Test(arguments: [
    (["TERM": "xterm-256color", "LANG": "C.UTF-8"], ColorDepth.indexed256, GlyphSet.quadrants),
    (["TERM": "screen", "LANG": "en_GB.utf8"], .ansi8, .quadrants),
    (["TERM": "linux", "LC_CTYPE": "C.UTF-8"], .ansi8, .halfBlocks),
    (["TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C"], .indexed256, .ascii),
    (["TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": ""], .indexed256, .quadrants),
    (["TERM": "xterm-256color", "LANG": "C.UTF-8", "NO_COLOR": "1"], .monochrome, .quadrants),
    (["TERM": "xterm-256color", "NO_COLOR": ""], .indexed256, .ascii),
    (["TERM": "vt100", "LANG": "C.UTF-8"], .monochrome, .quadrants),
    (["TERM": "dumb", "LANG": "C.UTF-8"], .monochrome, .ascii),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C"], .indexed256, .ascii),
    ([:], .monochrome, .ascii),
  ]) func appearance(_ environment: [String: String], _ colors: ColorDepth, _ glyphs: GlyphSet) {
    #expect(Appearance(environment: environment) == Appearance(colors: colors, glyphs: glyphs))
  }

  @Test func anExplicitChoiceGoesFirst() {
    let environment = ["TERM": "dumb", "NO_COLOR": "1"]
    #expect(Appearance(environment: environment, choice: .indexed).colors == .indexed256)
    #expect(Appearance(environment: ["TERM": "xterm-256color"], choice: .never).colors == .monochrome)
    #expect(Appearance(environment: environment, choice: .truecolor).colors == .truecolor)
    #expect(ColorChoice(rawValue: "8") == .eight)
  }

  @Test func nearestIndexIsTheNearest() {
    func distance(_ left: RGB, _ right: RGB) -> Int {
      let parts = [(left.red, right.red), (left.green, right.green), (left.blue, right.blue)]
      return parts.reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
    }
    for red in stride(from: 0, through: 255, by: 15) {
      for green in stride(from: 0, through: 255, by: 17) {
        for blue in stride(from: 0, through: 255, by: 51) {
          let color = RGB(UInt8(red), UInt8(green), UInt8(blue))
          let smallest = (16...255).map { distance(color, RGB(xterm: UInt8($0))) }.min()!
          #expect(distance(color, RGB(xterm: color.nearestIndexed)) == smallest)
        }
      }
    }
    #expect(RGB(255, 0, 0).nearestIndexed == 196)
    #expect(RGB(128, 128, 128).nearestIndexed == 244)
  }

  @Test func everyIndexIsItsOwnNearest() {
    for index in UInt8(16)...255 {
      let color = RGB(xterm: index)
      #expect(RGB(xterm: color.nearestIndexed) == color)
    }
  }

  @Test func mapsGrowBrighter() {
    for map in ColorMap.allCases {
      let levels = (0..<ColorMap.steps).map { map.rgb(Float($0) / 31).luminance }
      for step in 1..<levels.count { #expect(levels[step] > levels[step - 1]) }
    }
    #expect(ColorMap.viridis.rgb(0) == RGB(68, 1, 84))
    #expect(ColorMap.viridis.rgb(1) == RGB(253, 231, 37))
    #expect(ColorMap.cividis.rgb(.nan) == RGB(0, 34, 78))
    #expect(ColorMap.grey.rgb(-3) == RGB(0, 0, 0))
    #expect(ColorMap.glyph(0) == " " && ColorMap.glyph(1) == "@" && ColorMap.glyph(.nan) == " ")
    #expect(ColorMap.viridis.next == .cividis && ColorMap.grey.next == .viridis)
  }

  @Test func rolesThatMeetDifferWithoutColour() {
    let appearance = Appearance(colors: .monochrome, glyphs: .ascii)
    #expect(appearance.style(.selection) != appearance.style(.text))
    #expect(appearance.style(.selection) != appearance.style(.inactiveSelection))
    #expect(appearance.style(.title) != appearance.style(.focusedTitle))
    #expect(appearance.style(.error) != appearance.style(.text))
    #expect(appearance.style(.match) != appearance.style(.text))
    for role in Role.allCases {
      #expect(appearance.style(role).foreground == .standard)
      #expect(appearance.style(role).background == .standard)
    }
    let classes = [Role.truePositive, .falsePositive, .falseNegative].map(CellGrid.differenceGlyph)
    #expect(Set(classes).count == 3)
  }
}
