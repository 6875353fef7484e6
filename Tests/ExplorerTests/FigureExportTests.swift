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
}
