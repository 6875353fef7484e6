import C3N
import Explorer
import TerminalUI
import Testing

@Suite struct FigureExportTests {
  @Test(arguments: [
    (ScreenName.matrix, "Cognitive consensus"), (.inspect, "Cognitive"), (.ccam, "Heat maps"),
  ])
  func figuresAreThoseOfTheirScreens(_ screen: ScreenName, _ title: String) throws {
    var state = Specimen.snapshot(screen, Size(width: 80, height: 24))
    guard case .exportFigure(let name, let figure)? = state.play("e g").first else {
      Issue.record("no figure: \(state.message ?? "")")
      return
    }
    #expect(name.hasPrefix("dog_c3n_001-2-\(screen.rawValue)"))
    #expect(figure.svg.contains("<title>\(title)"))
    // Fig. 6 shows one frame, Fig. 7 all of them.
    #expect(figure.svg.contains(screen == .ccam ? "frames 1, 2, 3, 4, 5 of 5" : "frame 2 of 5"))
  }

  @Test func withoutARunThereIsNoFigure() {
    var state = Specimen.start()
    #expect(state.play("e g").isEmpty && state.message == "no figure yet: no clip is open")
    state = Specimen.snapshot(
      .ccam, Size(width: 80, height: 24), analysis: Specimen.analysis(isComplete: false))
    #expect(state.play("e g").isEmpty && state.message == "no figure yet: the clip's run has not ended")
  }

  /// Compare with AF + CC with and without non-local blocks, and what the figure's key writes there.
  private func figure(_ state: inout ExplorerState) -> String {
    guard case .exportFigure(_, let figure)? = state.play("e g").first else { return state.message ?? "" }
    return figure.svg
  }

  @Test func figure8IsThatOfTheColumns() {
    var state = CompareTests.complete(GoldenTests.sizes[1])
    #expect(figure(&state).contains("<title>Cognitive"), "no two columns differ in the blocks alone")
    CompareTests.answer(&state, state.play(": \"with and without non-local\" Enter"))
    #expect(figure(&state).contains("<title>Non-local blocks"))
    // On CCAM, which by itself knows but one of the two.
    state.play("4")
    #expect(figure(&state).contains("<title>Heat maps"))
    state.play("V V")
    #expect(figure(&state).contains("<title>Non-local blocks") && !state.text.contains("not known"))
    state.play("5 Tab w A")
    let svg = figure(&state)
    #expect(!svg.contains("<title>Non-local") || svg.contains("α 0.15"), "unfinished columns do not count")
  }

  @Test func figuresTellWhatIsNotAsPublished() {
    var switches = Switches()
    (switches.alpha, switches.audioFeatures, switches.audioScores) = (0.25, false, .logits)
    (switches.audioNoise, switches.frameNoise, switches.forcedLabel) = (10, 20, 225)
    var state = Specimen.snapshot(
      .inspect, GoldenTests.sizes[1], analysis: Specimen.analysis(.pvtv2PANNs, switches))
    let svg = figure(&state)
    for words in [
      "sound at 10.0 dB (seed 1)", "frames at 20.0 dB (seed 1)", "α 0.25 (published: 0.10)", "β 0.10, ",
      "without audio features (published: with)", "audio softmax of logits (published:",
      "label 225 chosen by hand",
    ] {
      let text = svg.replacing(#/<[^>]*>/#, with: " ").replacing(#/\s+/#, with: " ")
      #expect(text.contains(words), "\(words)")
    }
    var plain = Specimen.snapshot(.inspect, GoldenTests.sizes[1])
    let published = figure(&plain)
    #expect(!published.contains("published:") && !published.contains("dB (seed"))
  }

  @Test func columnsArePictures() throws {
    var state = CompareTests.complete(GoldenTests.sizes[1])
    guard case .exportPNG(let name, let all)? = state.play("e p").first else {
      Issue.record("no picture")
      return
    }
    // Two lines about the sheet, five about each column, and one above each picture.
    #expect(name == "dog_c3n_001-2-compare" && all.width == 3 * 224 + 16)
    #expect(all.height == 20 + 50 + 4 * (10 + 224 + 8) - 8)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(all.pixels[3 * (y * all.width + x)..<3 * (y * all.width + x) + 3])
    }
    let white: [UInt8] = [255, 255, 255]
    #expect(pixel(226, 150) == white, "between the columns")
    #expect(pixel(100, 80 + 3 * 242 + 100) == white, "the reference is not compared with itself")
    #expect(pixel(332, 80 + 3 * 242 + 100) != white)
    // The second pixel column of the 1 of "1 AF + CC" is black, and so is that of each column's number.
    for column in 0..<3 {
      let number = (0..<5).flatMap { x in (21..<28).map { pixel(232 * column + x, $0) } }
      #expect(number.contains([0, 0, 0]) && number.contains(white), "column \(column + 1) has a number")
    }
    state.play("o o")
    guard case .exportPNG(_, let masks)? = state.play("e p").first else { return }
    #expect(masks.height == 10 + 50 + 10 + 224 && masks.pixels != all.pixels)
    // One picture is that of the focused column.
    state.play("Tab")
    guard case .exportPNG("dog_c3n_001-2-mask-column-2", let second)? = state.play("e m").first,
      case .exportPNG("dog_c3n_001-2-mask-column-3", let third)? = state.play("Tab e m").first
    else {
      Issue.record("no mask: \(state.message ?? "")")
      return
    }
    #expect(second.pixels != third.pixels)
    var empty = Specimen.start()
    #expect(empty.play("5 e p").allSatisfy { if case .exportPNG = $0 { false } else { true } })
  }
}
