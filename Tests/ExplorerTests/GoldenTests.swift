import C3N
import Explorer
import TerminalUI
import Testing

@Suite struct GoldenTests {
  static let sizes = [
    Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60),
  ]

  /// Colours and glyphs by the endings of their goldens' names.
  static let appearances: [(String, Appearance)] = [
    ("mono", Specimen.monochrome), ("8", Specimen.eight), ("256", Specimen.indexed),
    ("mono-utf8", Appearance(colors: .monochrome, glyphs: .quadrants)),
    ("8-ascii", Appearance(colors: .ansi8, glyphs: .ascii)),
    ("256-ascii", Appearance(colors: .indexed256, glyphs: .ascii)),
  ]

  /// A state in all colours and glyphs.
  static func expect(_ state: ExplorerState, _ name: String) throws {
    for (ending, appearance) in appearances {
      try expectGolden(Specimen.grid(state, appearance), "\(name)-\(state.size)-\(ending)")
    }
  }

  @Test(arguments: ScreenName.allCases, sizes) func screens(_ screen: ScreenName, _ size: Size) throws {
    try Self.expect(Specimen.snapshot(screen, size), "\(screen)")
  }

  @Test(arguments: ScreenName.allCases) func onePane(_ screen: ScreenName) throws {
    let grid = Specimen.grid(Specimen.snapshot(screen, Size(width: 60, height: 18)), Specimen.monochrome)
    try expectGolden(grid, "\(screen)-60x18-mono")
  }

  @Test(arguments: [ScreenName.inspect, .matrix, .ccam, .compare, .jobs]) func paneAlone(_ screen: ScreenName)
    throws
  {
    var state = Specimen.snapshot(screen, Self.sizes[1])
    let allPanes = state.text
    state.play("Tab Tab + Ctrl-l")
    try expectGolden(Specimen.grid(state, Specimen.indexed), "alone-\(screen)-256")
    state.play("S-Tab S-Tab _ Ctrl-l")
    #expect(state.text == allPanes)
  }

  @Test(arguments: OverlayMode.allCases) func overlays(_ overlay: OverlayMode) throws {
    var display = Display()
    display.overlay = overlay
    let state = Specimen.snapshot(.inspect, Self.sizes[0], display: display)
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "overlay-\(overlay)-mono")
    try expectGolden(Specimen.grid(state, Specimen.indexed), "overlay-\(overlay)-256")
  }

  @Test(arguments: ScreenName.allCases) func withoutAudioAndDecoder(_ screen: ScreenName) throws {
    let state = Specimen.snapshot(screen, Self.sizes[0], analysis: Specimen.analysis(.lite))
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "lite-\(screen)-mono")
  }

  @Test func withoutConsensus() throws {
    var switches = Switches()
    switches.consensus = .none
    for screen in [ScreenName.ccam, .matrix, .inspect] {
      var state = Specimen.start()
      state.turnKnobs("u")
      state = state.snapshot(
        screen, contents: Specimen.contents, analysis: Specimen.analysis(.pvtv2PANNs, switches),
        size: Self.sizes[0])
      try expectGolden(Specimen.grid(state, Specimen.monochrome), "none-\(screen)-mono")
    }
  }

  @Test func overlaysOfTheWholeScreen() throws {
    var state = Specimen.snapshot(.inspect, Self.sizes[0])
    state.play("e")
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "pending-mono")
    state = Specimen.snapshot(.clips, Self.sizes[0])
    state.play("f \"category:d iou>x\"")
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "filter-mono")
    state.play("Esc / \"sheep\" Enter")
    _ = state.handle(.failure("/data/clip/frames: permission denied"))
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "error-mono")
  }

  @Test(arguments: [("help", "?"), ("palette", ": \"ex\"")], sizes) func overEveryScreen(
    _ overlay: (name: String, keys: String), _ size: Size
  ) throws {
    var state = Specimen.snapshot(.inspect, size)
    state.play(overlay.keys)
    try Self.expect(state, overlay.name)
  }

  @Test(arguments: ScreenName.allCases) func helpOfEveryScreen(_ screen: ScreenName) throws {
    var state = Specimen.snapshot(screen, Self.sizes[0])
    for page in 1...2 {
      state.play(page == 1 ? "?" : "PgDn")
      try expectGolden(Specimen.grid(state, Specimen.monochrome), "help-\(screen)-\(page)-mono")
    }
  }

  @Test func tooSmall() throws {
    for size in [Size(width: 39, height: 24), Size(width: 80, height: 11), Size(width: 3, height: 1)] {
      let grid = Specimen.grid(Specimen.snapshot(.inspect, size), Specimen.monochrome)
      #expect(grid.plainText.hasPrefix(size.height == 1 ? "te" : "\n") || size.height == 11)
      try expectGolden(grid, "small-\(size)-mono")
    }
    for screen in ScreenName.allCases {
      #expect(
        Specimen.grid(Specimen.snapshot(screen, Size(width: 0, height: 0)), Specimen.indexed).cells.isEmpty)
    }
  }
}
