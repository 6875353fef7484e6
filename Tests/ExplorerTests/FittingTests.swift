import AVSBench
import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// Results and reasons are not what is cut off, also where there is little room.
@Suite struct FittingTests {
  static let sizes = [Size(width: 80, height: 24), Size(width: 100, height: 30)]

  @Test(arguments: sizes) func theProbeKeepsItsResult(_ size: Size) {
    for (keys, results) in [
      ("l", ["= 0.", "(114, 114)"]), ("l v", ["mean(V omega) = ", "(114, 114)"]),
      ("l o o", ["sigmoid(3.00) = 0.953", "(114, 114)"]),
    ] {
      var state = Specimen.snapshot(.inspect, size)
      state.play(keys)
      for result in results { #expect(state.text.contains(result), "Inspect \(keys): \(result)") }
      #expect(!state.text.split(separator: "\n")[2...12].contains { $0.contains("…━") }, "\(keys)")
    }
    for (keys, results) in [
      ("l", ["sigmoid(", "1: (28, 28) 0.", "2: (14, 14) 0.", "3: (7, 7) 0.", "4: (3, 3) 0."]),
      ("V l", ["sigmoid(", "theta . phi = ", "1: (28, 28) 0.", "4: (3, 3) 0."]),
      ("v l", ["mean(V omega) = ", "1: (28, 28) ", "4: (3, 3) "]),
      ("v v l", ["max(0, ", "1: (28, 28) ", "4: (3, 3) "]),
    ] {
      var state = Specimen.snapshot(.ccam, size)
      state.play(keys)
      for result in results { #expect(state.text.contains(result), "CCAM \(keys): \(result)") }
    }
  }

  @Test(arguments: sizes) func theMatrixTellsHowToForce(_ size: Size) {
    var state = Specimen.snapshot(.matrix, size)
    #expect(state.text.contains("= 0.") && state.text.contains("F forces"))
    state.play("Enter")
    #expect(state.text.contains("M_sim = 0.710") && state.text.contains("Enter/F forces"))
    state.play("Tab")
    #expect(state.text.contains("M_cof = 0.431^0.10 × 0.710 × 0.642^0.10 = 0.624"))
    #expect(state.text.contains("Enter/F forces"))
    _ = state.handle(.clock(.seconds(1)))
    _ = state.handle(.clock(.seconds(2)))
    #expect(state.text.contains("Enter/F forces") && state.text.contains("0.642^0.10 = 0.624"))
    state.play("/ \"v:visual\" Enter")
    #expect(state.text.contains("largest: 0."))
  }

  /// The command is found on every screen, and leads to where labels are forced.
  @Test(arguments: ScreenName.allCases, ["force", "label"]) func forcingIsFound(
    _ screen: ScreenName, _ word: String
  ) {
    var state = Specimen.snapshot(screen, Size(width: 80, height: 40))
    state.play(": \"\(word)\"")
    #expect(state.text.contains("force a label: search it on Matrix"))
    state.play("Ctrl-u \"force a label\" Enter \"husky\" Enter")
    #expect(state.screen == .matrix && state.labelUnderCursor?.visual == 248)
    let effects = state.play("F")
    #expect(state.knobs.forcedLabel == 248 && !effects.isEmpty)
  }

  @Test(arguments: sizes) func scoresAreWhole(_ size: Size) {
    var state = Specimen.snapshot(.inspect, size)
    #expect(state.text.contains("= 0.750  F 0.870"))
    #expect(state.text.contains("clip IoU 0.725  F 0.855, 4 of 5 frames"))
    state.play("Tab Tab")
    #expect(state.text.contains("C^β = ") && state.text.contains("= 0.750  F 0.870"))
    var knobs = Switches()
    knobs.forcedLabel = 235
    state = Specimen.snapshot(.inspect, size, analysis: Specimen.analysis(.pvtv2PANNs, knobs))
    let words = state.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("releases it") || words.contains("U releases"), "the whole reason is there")
    #expect(state.text.contains("= 0.750  F 0.870"))
  }

  /// A clip whose files are damaged says why, in its pane and in Jobs, also after the error was dismissed.
  @Test(arguments: [ScreenName.inspect, .matrix, .ccam, .jobs]) func aDamagedClipTellsWhy(
    _ screen: ScreenName
  ) {
    var state = Specimen.start()
    state.play("Enter")
    _ = state.handle(.contentsFailed(generation: state.generation, "/d/frames/1.jpg: cut off at byte 512"))
    state.play("Esc \(screen.key)")
    #expect(state.text.contains("cut off at byte 512"))
    #expect(screen == .jobs || state.text.contains("cannot be read"))
    if screen == .jobs { #expect(state.text.contains("failed") && state.text.contains("dog_c3n_001")) }
    // Reading again and failing again is another line; another clip's job says nothing of it.
    let again = state.play("r")
    #expect(!again.isEmpty)
    _ = state.handle(.contentsFailed(generation: state.generation, "still cut off"))
    #expect(state.history.count == 2 && state.history.allSatisfy { $0.status == .failed })
    state.play("] 6")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    #expect(state.history.map(\.problem) == ["/d/frames/1.jpg: cut off at byte 512", "still cut off", nil])
    #expect(!state.text.contains("still cut off at"))
  }

  @Test func whatFailsInTheBackgroundIsInJobs() {
    var state = Specimen.start()
    for case .evaluate(let number, _, _, _) in state.play("E") {
      _ = state.handle(.evaluation(number: number, .failed("frames/1.png: not a picture")))
    }
    state.play("x 6")
    #expect(state.text.contains("failed: frames/1.png: not a picture"))
  }

  /// How the explorer began stays until a key is pressed, and tells the file.
  @Test func theNoticeStays() {
    let path = "/home/somebody/with/a/long/way/to/their/state/c3n/sessions/autosave-Single-source.json"
    var state = Specimen.start()
    var session = Session()
    session.clip = "dog_c3n_001"
    session.screen = .inspect
    _ = state.begin(
      with: OpenedSession(
        session, name: nil, path: path, root: nil, dataset: "Single-source", clips: state.clips, warnings: [],
        hasDataset: true, missing: []))
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    #expect(state.text.contains("as you left it") && state.text.contains("/autosave-Single-source.json"))
    state.play(".")
    #expect(!state.text.contains("as you left it"))
    _ = state.handle(.exported(path: path))
    #expect(state.text.contains("written: ") && state.text.contains("/autosave-Single-source.json"))
  }
}
