import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// The views of CCAM and the sound, and how numbers explain themselves.
@Suite struct ComparisonViewTests {
  static let size = Size(width: 120, height: 40)

  /// The clip analysed with and without non-local blocks.
  static func ablated(_ size: Size) -> ExplorerState {
    var state = Specimen.start()
    state.play("Enter")
    _ = state.handle(.resize(size))
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    state.play("4 w V V")
    _ = state.handle(
      .job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, state.knobs))))
    return state
  }

  @Test func bothSidesOfNonLocalFusionOrHowToGetThem() {
    var state = Specimen.snapshot(.ccam, Self.size)
    state.play("V V")
    #expect(
      state.text.contains("with: mean of M_4") && state.text.contains("w turns the non-local blocks off"))
    state = Self.ablated(Self.size)
    #expect(state.text.contains("without: mean of M_4") && state.text.contains("with: mask"))
    #expect(state.text.contains("with - without = 0.800 - 0.800 = +0.000"))
    // Under other knobs the old pair is not a pair.
    state.play("A")
    #expect(!state.text.contains("mean of M_4  "), "neither side is known")
    #expect(state.text.contains("not computed yet") && state.text.contains("w turns the non-local blocks on"))
  }

  @Test func attentionStandsBesideCCAM() {
    var state = Specimen.snapshot(.ccam, Self.size)
    state.play("V l")
    #expect(state.text.contains("CCAM 4  7x7") && state.text.contains("theta phi 4"))
    #expect(state.text.contains("theta . phi = "))
    var knobs = Switches()
    knobs.nonLocal = false
    state = Specimen.snapshot(.ccam, Self.size, analysis: Specimen.analysis(.pvtv2PANNs, knobs))
    state.play("V")
    #expect(state.text.contains("no non-local blocks (w)"))
  }

  @Test func theProbeTellsItsArithmetic() {
    var state = Specimen.snapshot(.ccam, Self.size)
    state.play("l")
    // The map's value is sigmoid(mean of V^c); the mean follows from it.
    #expect(state.text.contains("sigmoid(") && state.text.contains(") = 0."))
    state.play("v")
    #expect(state.text.contains("mean(V omega) = "))
    state.play("v g g Home")
    #expect(state.text.contains("max(0, at most 0) = 0"))
  }

  @Test func theProbeTellsTheMasksProbability() {
    var state = Specimen.snapshot(.inspect, Self.size, frame: 0)
    state.play("o o l")
    // The made-up logits are 3 inside the object and -3 outside.
    #expect(state.text.contains("sigmoid(3.00) = 0.953"))
    state.play("g g Home")
    #expect(state.text.contains("sigmoid(-3.00) = 0.047"))
  }

  @Test func theSoundIsDrawnAsAsked() {
    var state = Specimen.snapshot(.inspect, Self.size)
    #expect(state.text.contains("log-mel of PANNs"))
    state.play("O")
    #expect(state.text.contains("1 s a frame, rms dBFS"))
    state.play("O")
    #expect(state.text.contains("log-mel of PANNs"))
    // Before the encoder was fed there is nothing to draw, and the strip says so.
    var early = Specimen.snapshot(.inspect, Self.size, analysis: nil)
    early.play("O O")
    #expect(early.text.contains("no log-mel yet"))
    state.play("Tab")
    #expect(state.text.contains("20 log10(") && state.text.contains("dBFS"))
    state.play(".")
    #expect(state.text.contains("rms 0: silent"))
  }

  @Test func scoresTellTheirPixels() {
    var state = Specimen.snapshot(.inspect, Self.size, frame: 0)
    #expect(state.text.contains("IoU 4000/5000 = 0.800  F 0.900 at 0.42"))
    #expect(state.text.contains("precision 4300/4800, r = recall 4300/4600"))
    state.play("Tab Tab")
    #expect(state.text.contains("C^β = 0.642^0.10 = 0.957, C = softmax"))
    state.play("G")
    #expect(state.text.contains("C^α = 3e-04^0.10 = 0.444"))
  }

  @Test func helpExplainsTheNumbers() {
    for (screen, words) in [
      (ScreenName.clips, ["|P∧G| / |P∨G|", "Section IV-A"]), (.inspect, ["20 log10(rms)", "eq. 6"]),
      (.matrix, ["eq. 5", "eq. 7"]), (.ccam, ["eq. 8", "eqs. 9 to 11", "eq. 14"]), (.jobs, ["milestones"]),
    ] {
      var state = Specimen.snapshot(screen, Size(width: 120, height: 100))
      state.play("?")
      for word in words { #expect(state.text.contains(word), "\(screen): \(word)") }
    }
  }
}
