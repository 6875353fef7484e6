import C3N
import Explorer
import Foundation
import Inference
import TerminalUI
import Testing

/// What a session keeps of the screens, and what opening one leaves behind.
@Suite struct SessionViewTests {
  /// A state in which nothing is as at first.
  private func changed() -> ExplorerState {
    var state = Specimen.snapshot(.inspect, GoldenTests.sizes[1])
    // Pinned knobs, then others: forced label and both noises; a probe, a pane, a class.
    state.play("A 1 p 3 j F ( { 2 l k Tab Tab j 4 V S-Tab h +")
    _ = state.handle(
      .job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, state.knobs))))
    CompareTests.answer(&state, state.play("5"))
    for keys in ["C", "w", "Tab", "p", "o", "P", "T"] { CompareTests.answer(&state, state.play(keys)) }
    state.play("3 Enter S > / \"a:bark\" Enter s 1 f \"c\" Enter / \"ow\" Enter s S j")
    return state
  }

  private func restored(_ session: Session) -> ExplorerState {
    var state = Specimen.start()
    _ = state.handle(.resize(GoldenTests.sizes[1]))
    _ = state.restore(session)
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(
      .job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, state.knobs))))
    return state
  }

  @Test func nothingIsLost() throws {
    let state = changed()
    let session = state.session
    let new = Session()
    #expect(
      session.knobs.forcedLabel != nil && session.knobs.audioNoise == 30 && session.knobs.frameNoise == 30)
    #expect(session.reference != session.knobs && session.reference.alpha == 0.15)
    #expect(session.comparison!.columns.count == 3 && session.view.lineUp == "features")
    #expect(
      session.view.probe != nil && session.view.panes["ccam"] == 3 && session.view.panes["inspect"] == 3)
    #expect(session.view.alone && !new.view.alone)
    #expect(session.view.label == 2 && session.view.cursor != new.view.cursor)
    #expect(session.view.matrix.isOpen && session.view.matrix.search == "audio:bark")
    #expect(session.view.matrix.rowsByMaximum && session.view.matrix.columnsByMaximum)
    #expect(session.view.matrix.cell.audio == 75 && session.view.search == "ow")
    #expect(session.view.selected != session.clip && session.sort == "name" && !session.ascending)
    let read = try Session(json: session.json)
    #expect(read == session)
    let again = restored(read)
    #expect(again.session == session)
    #expect(again.text.contains("search: ow") && again.comparison == state.comparison)
    // The screens are the same, too.
    for keys in ["1", "3", "4", "2"] {
      var (one, other) = (state, again)
      one.play(keys)
      other.play(keys)
      let lines = zip(one.text.split(separator: "\n"), other.text.split(separator: "\n"))
      for (a, b) in lines where a != b { Issue.record("screen \(keys): \(a) came back as \(b)") }
    }
  }

  @Test func whatIsNotThereIsMended() throws {
    let text = #"""
      {"format": "c3n-session", "version": 1, "clip": "dog_c3n_001",
       "view": {"panes": {"ccam": 99, "inspect": -1, "x": 2}, "probe": {"x": 900, "y": -4},
                "cursor": {"x": 7, "y": 9}, "label": 40, "selected": "zebra", "lineUp": "x",
                "matrix": {"isOpen": true, "cell": {"visual": 5000, "audio": -1}, "origin": {"x": -3, "y": 9999}}},
       "comparison": {"columns": [{}, {"switches": {"nonLocal": false}, "model": {"weights": ["embedded:cc"]}}],
                      "focus": 7, "pinned": 4}}
      """#
    let session = try Session(json: Data(text.utf8))
    #expect(session.comparison!.columns[0].switches == Switches())
    #expect(session.comparison!.columns[1].model.weights == ["embedded:cc"])
    var state = restored(session)
    #expect(state.comparison!.focus == 1 && state.comparison!.pinned == nil)
    for keys in ["3", "4", "2", "1", "5"] {
      state.play(keys)
      #expect(!state.text.isEmpty)
    }
    let view = state.session.view
    #expect(view.probe == Point(x: 55, y: 0) && view.cursor == Point(x: 4, y: 4))
    #expect(view.matrix.cell == LabelCell(visual: 999, audio: 0) && view.panes["ccam"] == 4)
  }

  @Test func damagedPartsNameThePlace() {
    let begin = #"{"format": "c3n-session", "version": 1"#
    for (text, expected) in [
      (#", "reference": {"alpha": -1}}"#, "reference.alpha: found -1.0"),
      (#", "comparison": {"columns": []}}"#, "comparison.columns: found 0, expected 2 to 6"),
      (
        #", "comparison": {"columns": [{}, {"switches": {"beta": 1e9}}]}}"#,
        "comparison.columns[1].switches.beta"
      ),
      (
        #", "comparison": {"columns": [{}, {"switches": {"forcedLabel": -1}}]}}"#,
        "comparison.columns[1].switches.forcedLabel: found -1"
      ),
      (#", "view": {"probe": 3}}"#, "view.probe: "),
      (#", "view": {"matrix": {"search": 3}}}"#, "view.matrix.search"),
    ] {
      let problem = #expect(throws: Session.Problem.self) { try Session(json: Data((begin + text).utf8)) }
      #expect(problem?.description.contains(expected) == true, "\(text): \(problem?.description ?? "")")
    }
  }

  @Test func modelsAreReplacedInTheColumnsToo() {
    var session = changed().session
    let (old, new) = (session.models[0], ModelSpecification(weights: ["b.pth"]))
    session.replaceModel(by: new)
    #expect(session.models == [new] && session.comparison!.columns.allSatisfy { $0.model != old })
    session.replaceModels { $0.withFiles { "/x/" + $0 } }
    #expect(session.models[0].weights == ["/x/b.pth"])
    let named = ModelSpecification(weights: ["formula:1"], similarity: "s.npy")
    #expect(named.withFiles { "/x/" + $0 }.weights == ["formula:1"] && named.files == ["s.npy"])
    #expect(ModelSpecification.embedded(.cc).files.isEmpty)
  }

  @Test func openingASessionEndsWhatRunsAndAsksAnew() {
    var state = Specimen.snapshot(.inspect, GoldenTests.sizes[1])
    let running = CompareTests.requests(state.play("5"))[0].generation
    state.offer([ModelSpecification(variant: .tpaviPVTv2VGGish, weights: ["formula:1"])])
    var session = Session()
    session.models = [state.specification]
    session.clip = "cat_c3n_001"
    session.screen = .compare
    let effects = state.handle(
      .sessionOpened(
        OpenedSession(
          session, name: "other", path: "/s/other.json", root: "/other", dataset: "other",
          clips: Specimen.clips, warnings: [], hasDataset: true, missing: [])))
    #expect(CompareTests.cancelled(effects) == [running])
    #expect(effects.contains { if case .readScores = $0 { true } else { false } })
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    let started = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    // What the old session's column still says is no answer to the new one's.
    let next = CompareTests.requests(started)[0].generation
    #expect(next > running)
    state.play("5 V")
    #expect(state.comparison!.columns[0].model.variant == .tpaviPVTv2VGGish, "other models are still offered")
  }

  @Test func answersAboutAnotherDataSetAreDropped() {
    var state = Specimen.start()
    _ = state.start(clip: nil, screen: .clips)
    #expect(!state.isSettled)
    let setting = ScoreSetting(model: state.specification, switches: Switches())
    var session = Session()
    session.models = [state.specification]
    _ = state.handle(
      .sessionOpened(
        OpenedSession(
          session, name: "other", path: "/s/o.json", root: "/other", dataset: "other",
          clips: [Specimen.clip("a", nil), Specimen.clip("b", nil)], warnings: [], hasDataset: true,
          missing: [])))
    func answer(_ iou: Double) -> ExplorerEvent {
      .scores(KnownScores([setting: [1: KnownScore(iou: iou, fScore: nil, source: .kept(nil))]]))
    }
    _ = state.handle(answer(0.25))
    #expect(state.results[1].iou == nil && !state.isSettled)
    _ = state.handle(answer(0.75))
    #expect(state.results[1].iou == 0.75 && state.isSettled)
  }
}
