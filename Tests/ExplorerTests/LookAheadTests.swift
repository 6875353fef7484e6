import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// What is computed and read before it is asked for.
@Suite struct LookAheadTests {
  static func ahead(_ effects: [Effect]) -> [(generation: Int, switches: Switches)] {
    effects.compactMap {
      if case .lookAhead(let generation, _, _, let switches) = $0 { (generation, switches) } else { nil }
    }
  }

  static func cancelled(_ effects: [Effect]) -> Bool {
    effects.contains { if case .cancelLookAhead = $0 { true } else { false } }
  }

  /// The Matrix screen with the cursor on the second visual class, a second after it came there.
  static func rested() -> (state: ExplorerState, effects: [Effect]) {
    var state = Specimen.snapshot(.inspect, GoldenTests.sizes[0])
    state.play("3 j")
    #expect(state.nextDeadline != nil)
    let effects = state.handle(.clock(.seconds(1)))
    return (state, effects)
  }

  @Test func aRestingCursorIsComputedAhead() {
    var (state, effects) = Self.rested()
    #expect(Self.ahead(effects).map(\.switches.forcedLabel) == [225])
    #expect(!state.isWorking && !state.isBusy && state.nextDeadline == nil)
    #expect(state.text.contains("computing ahead"))
    _ = state.handle(.lookedAhead(generation: Self.ahead(effects)[0].generation))
    #expect(state.text.contains("computed ahead"))
    // Once is enough.
    state.play("k j")
    effects = state.handle(.clock(.seconds(9)))
    #expect(Self.ahead(effects).isEmpty && state.nextDeadline == nil)
  }

  @Test func aRealJobComesFirst() {
    var (state, effects) = Self.rested()
    let late = Self.ahead(effects)[0].generation
    effects = state.play("w")
    #expect(Self.cancelled(effects) && effects.contains { if case .analyze = $0 { true } else { false } })
    effects = state.handle(.clock(.seconds(5)))
    #expect(Self.ahead(effects).isEmpty, "nothing is done ahead while a job runs")
    _ = state.handle(.lookedAhead(generation: late))
    #expect(!state.text.contains("computed ahead"))
    effects = state.handle(
      .job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, state.knobs))))
    effects += state.handle(.clock(.seconds(6)))
    #expect(Self.ahead(effects).map(\.switches.nonLocal) == [false], "the cursor still rests there")
  }

  @Test func leavingTheMatrixCancels() {
    var (state, _) = Self.rested()
    #expect(Self.cancelled(state.play("2")) && state.nextDeadline == nil)
    let effects = state.handle(.clock(.seconds(9)))
    #expect(Self.ahead(effects).isEmpty)
  }

  @Test func aForcedLabelIsShownUntilItIsReleased() {
    var state = Specimen.snapshot(.matrix, GoldenTests.sizes[0])
    state.play("j")
    guard case .analyze(_, _, _, let switches)? = state.play("F").first else {
      Issue.record("nothing runs")
      return
    }
    #expect(switches.forcedLabel == 225)
    for key in ["1", "2", "3", "4", "6"] {
      state.play(key)
      #expect(state.text.contains("forced: malinois"), "\(key)")
    }
    guard case .cancel? = state.play("U").first, state.knobs.forcedLabel == nil else {
      Issue.record("not released")
      return
    }
    state.play("U")
    #expect(state.message!.contains("no label is forced"))
  }

  @Test func theNextClipIsReadAhead() {
    var state = Specimen.start()
    state.play("Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    let done = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    guard case .readAhead(let clip)? = done.last else {
      Issue.record("\(done)")
      return
    }
    #expect(clip.id == "cat_c3n_001")
    #expect(state.handle(.clock(.seconds(1))).isEmpty, "once")
    // The files were read from another folder: they are not that clip's.
    _ = state.handle(.neighbour(Specimen.contents))
    guard case .loadContents? = state.play("]").first else {
      Issue.record("taken for another clip")
      return
    }
  }

  @Test func aClipReadAheadOpensAtOnce() throws {
    let next = try Specimen.contents(of: Specimen.clip("next", "dog"))
    var state = Specimen.start([Specimen.contents.clip, next.clip])
    state.play("Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    _ = state.handle(.neighbour(next))
    guard case .analyze(_, _, let contents, _)? = state.play("]").last else {
      Issue.record("not opened")
      return
    }
    #expect(contents.clip.id == "next" && state.frameCount == 5)
  }

  @Test func noiseIsAKnob() {
    var state = Specimen.snapshot(.inspect, GoldenTests.sizes[2])
    guard case .analyze(_, _, _, let switches)? = state.play("(").last else {
      Issue.record("nothing runs")
      return
    }
    #expect(switches.audioNoise == 30 && switches.frameNoise == nil)
    state.play("( ( ( ( ( ( (")
    #expect(state.knobs.audioNoise == -20)
    state.play("{ {")
    #expect(state.knobs.frameNoise == 20 && state.text.contains("frames 20 dB"))
    #expect(state.text.contains("sound -20 dB") && state.text.contains("noise not drawn"))
    state.play(") } } }")
    #expect(state.knobs.audioNoise == -10 && state.knobs.frameNoise == nil)
  }

  @Test func whatWasReusedIsTold() {
    var state = Specimen.snapshot(.inspect, GoldenTests.sizes[2])
    state.play("A")
    var knobs = Switches()
    knobs.alpha = 0.15
    _ = state.handle(
      .job(generation: state.generation, .analysis(Specimen.columnAnalysis(.pvtv2PANNs, knobs))))
    #expect(state.message == "computed backward decoder: 1.50 s; reused what took 3.50 s")
    state.play("6")
    #expect(
      state.text.contains("took 3.00 s when computed") && state.text.contains("of 5.00 s without reuse"))
    #expect(state.text.contains("12 results of this clip, 300 of at most 1024 MiB"))
  }
}
