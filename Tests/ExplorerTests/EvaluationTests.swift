import AVSBench
import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// Scores of other sessions, and clips that are evaluated in the background.
@Suite struct EvaluationTests {
  /// The number and the name of the clip that effects ask to evaluate.
  func asked(_ effects: [Effect]) -> (number: Int, clip: String)? {
    for case .evaluate(let number, let clip, _, _) in effects { return (number, clip.id) }
    return nil
  }

  func score(_ iou: Double) -> KnownScore { KnownScore(iou: iou, fScore: iou + 0.1, source: .session) }

  func finish(_ state: inout ExplorerState, _ number: Int, _ iou: Double?) -> [Effect] {
    state.handle(.evaluation(number: number, .finished(iou.map(score), frames: 5)))
  }

  @Test func runsTheClipsShownOneAfterTheOther() throws {
    var state = Specimen.start()
    state.play("W")
    #expect(state.message == "no clip shown has an IoU yet; E evaluates them")
    state = Specimen.start()
    let first = try #require(asked(state.play("f \"category:d\" Enter E")))
    #expect(first.clip == "dog_c3n_001")
    #expect(state.results.map(\.status).filter { $0 == .queued }.count == 1, "duck")
    #expect(state.results[0].status == .running && !state.isSettled && !state.isWorking)
    #expect(state.nextDeadline == nil, "what runs in the background wakes nobody")
    _ = state.handle(.evaluation(number: first.number, .progress(share: 0.42)))
    #expect(state.text.contains("evaluating 1/2 42 %"))
    let second = try #require(asked(finish(&state, first.number, 0.6)))
    #expect(second.clip == "duck_c3n_01" && second.number > first.number)
    #expect(state.results[0].iou == 0.6 && state.results[0].status == .done && state.results[0].frames == 5)
    let last = finish(&state, second.number, 0.5)
    #expect(last.isEmpty && state.isSettled && state.message == "evaluated 2 of 2 clips")
    // What is known is not run again.
    let rest = try #require(asked(state.play("f Ctrl-u Enter E")))
    #expect(rest.clip == "cat_c3n_001")
    state.play("x f Ctrl-u \"category:d\" Enter")
    #expect(asked(state.play("E")) == nil && state.message!.hasPrefix("all 2 clips shown have scores"))
  }

  @Test func openingAClipInterruptsAndItGoesOnAfterwards() throws {
    var state = Specimen.start()
    let first = try #require(asked(state.play("E")))
    let opened = state.play("j Enter")
    #expect(opened.count == 2)
    guard case .loadContents(let clip, _)? = opened.first, case .cancelEvaluation(first.number)? = opened.last
    else {
      Issue.record("\(opened)")
      return
    }
    #expect(clip.id == "cat_c3n_001" && state.results[0].status == .queued)
    // What the interrupted run still says is late.
    #expect(finish(&state, first.number, 0.9).isEmpty && state.results[0].iou == nil)
    let read = state.handle(.contents(generation: state.generation, Specimen.contents))
    #expect(asked(read) == nil)
    let done = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    let again = try #require(asked(done))
    #expect(again.clip == "dog_c3n_001" && again.number > first.number)
    // The clip that the user ran is not run again.
    let next = try #require(asked(finish(&state, again.number, 0.4)))
    #expect(next.clip == "horse_c3n_1")
    // A knob of the open clip interrupts as well; the background keeps the knobs that it began with.
    let turned = state.play("w")
    guard case .analyze? = turned.first, case .cancelEvaluation(next.number)? = turned.last else {
      Issue.record("\(turned)")
      return
    }
    var knobs = Switches()
    knobs.nonLocal = false
    let later = state.handle(
      .job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, knobs))))
    guard case .evaluate(_, _, _, let switches)? = later.last else {
      Issue.record("\(later)")
      return
    }
    #expect(switches == Switches())
  }

  @Test func xStopsAndErrorsAreKept() throws {
    var state = Specimen.start()
    var run = try #require(asked(state.play("E")))
    run = try #require(
      asked(state.handle(.evaluation(number: run.number, .failed("frames/1.png: not a picture")))))
    #expect(run.clip == "cat_c3n_001" && state.results[0].status == .failed && state.errors.isEmpty)
    #expect(state.text.contains("frames/1.png: not a picture") && state.text.contains("1 failed"))
    run = try #require(asked(finish(&state, run.number, nil)))
    #expect(state.results[1].status == .done && state.results[1].problem!.hasPrefix("no scores"))
    let stopped = state.play("x")
    guard case .cancelEvaluation(run.number)? = stopped.first, stopped.count == 1 else {
      Issue.record("\(stopped)")
      return
    }
    #expect(state.isSettled && !state.results.contains { $0.status == .queued || $0.status == .running })
    #expect(finish(&state, run.number, 0.5).isEmpty)
    state.play("x")
    #expect(state.message == "nothing runs")
    state.play("f \"status:failed\" Enter")
    #expect(state.rows == [0])
  }

  @Test func keptScoresFillTheTable() throws {
    var state = Specimen.start()
    let asked = state.start(clip: nil, screen: nil)
    guard case .readScores(let query)? = asked.first, asked.count == 1 else {
      Issue.record("\(asked)")
      return
    }
    #expect(query.settings.map(\.switches) == [Switches()] && query.clips.count == 9 && !state.isSettled)
    #expect(query.countsFrames)
    let kept = KnownScore(iou: 0.3, fScore: nil, source: .kept("2026-11-24"))
    #expect(
      state.handle(.scores(KnownScores([query.settings[0]: [0: kept, 3: score(0.7)]], frames: [5: 4])))
        .isEmpty)
    #expect(state.results[5].frames == 4 && state.results[4].frames == nil)
    #expect(state.isSettled && state.results[0].iou == 0.3 && state.results[0].status == .done)
    #expect(state.text.contains("evaluated 2026-11-24"))
    state.play("f \"source:evaluated\" Enter")
    #expect(state.rows == [0])
    // Other knobs are another question; differences are against the published ones.
    state.play("f Ctrl-u Enter")
    let again = state.play("w")
    guard case .readScores(let other)? = again.first, again.count == 1 else {
      Issue.record("\(again)")
      return
    }
    #expect(!other.countsFrames)
    #expect(other.settings.count == 1 && !other.settings[0].switches.nonLocal)
    #expect(state.results[0].difference == nil, "these scores are the reference's")
    _ = state.handle(.scores(KnownScores([other.settings[0]: [0: score(0.5), 3: score(0.55)]])))
    #expect(abs(state.results[0].difference! - 0.2) < 1e-9 && state.text.contains("+0.200"))
    state.play("f \"diff<-0.1\" Enter")
    #expect(state.rows == [3])
    state.play("f Ctrl-u Enter s s s s s s s")
    #expect(state.sortColumn == .difference && state.rows.prefix(2) == [3, 0])
    state.play("p")
    #expect(state.results[0].difference == nil && state.message!.contains("no non-local"))
    // Known settings are not asked for again.
    #expect(state.play("R").isEmpty && state.results[0].iou == 0.3)
    #expect(abs(state.results[0].difference! + 0.2) < 1e-9)
    state.play("G W")
    #expect(state.sortColumn == .iou && state.rows.prefix(2) == [0, 3] && state.table.selection == 0)
  }

  /// The table shows the knobs' scores, else the reference's, and says so; a program begun anew shows the same.
  @Test func scoresTellTheirKnobs() throws {
    var state = Specimen.start()
    _ = state.start(clip: nil, screen: nil)
    var turned = Switches()
    turned.alpha = 0.15
    func setting(_ switches: Switches) -> ScoreSetting {
      ScoreSetting(model: state.specification, switches: switches)
    }
    let all = KnownScores([
      setting(Switches()): [0: score(0.3), 1: score(0.5)], setting(turned): [0: score(0.4), 2: score(0.8)],
    ])
    _ = state.handle(.scores(all))
    state.play("A")
    func rows(_ state: ExplorerState) -> [String] {
      state.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(state.results.prefix(4).map(\.iou) == [0.4, 0.5, 0.8, nil])
    #expect(rows(state)[4].contains("0.500") && rows(state)[4].contains("of α 0.10"))
    #expect(rows(state)[3].contains("done") && state.text.contains("mean IoU 0.600 of 2"))
    // Of knobs that are neither nothing stays.
    state.play("A A")
    #expect(state.results.prefix(4).map(\.iou) == [0.3, 0.5, nil, nil])
    #expect(rows(state)[5].contains("other knobs") && !state.text.contains("mean IoU"))
    // While they are evaluated they have none, and are not sorted by hidden ones; stopped, the reference's are back.
    state.play("E")
    #expect(state.results.prefix(2).map(\.iou) == [nil, nil] && !state.text.contains("0.500"))
    state.play("x")
    #expect(state.results.prefix(4).map(\.iou) == [0.3, 0.5, nil, nil])
    var anew = Specimen.start()
    _ = anew.start(clip: nil, screen: nil)
    anew.play("A A A")
    _ = anew.handle(.scores(all))
    #expect(anew.results.map(\.iou) == state.results.map(\.iou))
    #expect(rows(anew)[4] == rows(state)[4])
  }

  @Test func eachDataSetHasItsMean() {
    let pair = Clip(
      id: "dog_cat", category: nil, split: "test", layout: .multipleSources, framesFolder: "/nowhere",
      masksFolder: "/nowhere", audio: "/nowhere.wav")
    var state = Specimen.start([Specimen.clips[0], Specimen.clips[1], pair])
    _ = state.start(clip: nil, screen: nil)
    let setting = ScoreSetting(model: state.specification, switches: Switches())
    _ = state.handle(.scores(KnownScores([setting: [0: score(0.6), 1: score(0.8), 2: score(0.4)]])))
    #expect(state.text.contains("mean IoU S4 0.700 of 2, MS3 0.400 of 1"))
    state.play("f \"name:c3n\" Enter")
    #expect(state.text.contains("mean IoU 0.700 of 2"))
  }

  @Test func theSessionsScoreIsTheNewest() throws {
    var state = Specimen.start()
    let run = try #require(asked(state.play("E")))
    _ = finish(&state, run.number, 0.6)
    let setting = ScoreSetting(model: state.specification, switches: Switches())
    let kept = KnownScore(iou: 0.1, fScore: nil, source: .kept(nil))
    _ = state.handle(.scores(KnownScores([setting: [0: kept, 8: kept]])))
    #expect(state.results[0].iou == 0.6 && state.results[8].iou == 0.1)
    _ = state.handle(.scores(KnownScores([:], problem: "kept scores: r.sqlite: damaged")))
    #expect(state.errors == ["kept scores: r.sqlite: damaged"])
  }
}
