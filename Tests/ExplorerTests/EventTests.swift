import AVSBench
import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// What events do to the state and ask of the world.
@Suite struct EventTests {
  /// An open, read clip whose job runs, and the generation of the job.
  func running() -> (state: ExplorerState, generation: Int) {
    var state = Specimen.start()
    state.play("Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    return (state, state.generation)
  }

  /// The same with a complete analysis.
  func done(_ analysis: ClipAnalysis = Specimen.analysis()) -> ExplorerState {
    var (state, generation) = running()
    _ = state.handle(.job(generation: generation, .analysis(analysis)))
    return state
  }

  @Test func aPaneAloneIsGivenUpFromEveryScreen() {
    var state = Specimen.start()
    state.play("2")
    let all = state.text
    state.play("+ Esc")
    #expect(state.text != all)
    state.play("1 _")
    #expect(state.message == "Clips has one pane")
    state.play("2")
    #expect(state.text == all)
  }

  @Test func openingReadsThenAnalyses() {
    var state = Specimen.start()
    let opened = state.play("j Enter")
    guard case .loadContents(let clip, let generation)? = opened.first, opened.count == 1 else {
      Issue.record("\(opened)")
      return
    }
    #expect(clip.id == "cat_c3n_001" && generation == state.generation && state.screen == .inspect)
    #expect(state.results[1].status == .reading)
    let read = state.handle(.contents(generation: generation, Specimen.contents))
    guard case .analyze(let job, let model, let contents, let switches)? = read.first, read.count == 1 else {
      Issue.record("\(read)")
      return
    }
    #expect(job > generation && job == state.generation && switches == Switches())
    #expect(model.weights == ["formula:1"] && contents.frames.count == 5)
    #expect(state.results[1].status == .running && state.results[1].frames == 5)
  }

  @Test func resultsFillTheTable() {
    let state = done()
    #expect(!state.isWorking && state.nextDeadline == nil)
    #expect(state.results[0].status == .done)
    #expect(abs(state.results[0].iou! - 0.725) < 1e-9 && abs(state.results[0].fScore! - 0.855) < 1e-9)
    #expect(state.history.map(\.status) == [.done] && state.history[0].seconds! > 9)
  }

  @Test func lateResultsAreDropped() {
    var (state, generation) = running()
    state.play("]")
    #expect(state.current == 1 && state.analysis == nil)
    let late: [ExplorerEvent] = [
      .job(generation: generation, .analysis(Specimen.analysis())),
      .job(generation: generation, .progress(.stage(1), share: 0.5)),
      .job(generation: generation, .loadingModel), .jobFailed(generation: generation, "late"),
      .contents(generation: generation, Specimen.contents),
      .contentsFailed(generation: generation, "late"),
    ]
    for event in late {
      let effects = state.handle(event)
      #expect(effects.isEmpty)
    }
    #expect(state.analysis == nil && state.contents == nil && state.errors.isEmpty && state.isWorking)
    #expect(state.results[0].status == .cancelled && state.results[1].status == .reading)
  }

  @Test func leavingAClipCancelsItsJob() {
    var (state, generation) = running()
    let effects = state.play("]")
    guard case .cancel(let cancelled)? = effects.first, case .loadContents(let clip, _)? = effects.last else {
      Issue.record("\(effects)")
      return
    }
    #expect(cancelled == generation && effects.count == 2 && clip.id == "cat_c3n_001")
    let back = state.play("[")
    #expect(back.count == 2 && state.current == 0)
    let edge = state.play("[")
    #expect(edge.isEmpty && state.message == "the first clip")
  }

  @Test func aKnobRunsTheClipAgain() {
    var state = done()
    let before = state.generation
    let effects = state.play("A")
    guard case .analyze(let generation, _, _, let switches)? = effects.first, effects.count == 1 else {
      Issue.record("\(effects)")
      return
    }
    #expect(generation == before + 1 && switches.alpha == 0.15)
    #expect(state.analysis != nil && state.isStale, "the old analysis stays until the new one arrives")
    // A second change cancels the first run.
    let again = state.play("w")
    guard case .cancel(let cancelled)? = again.first, case .analyze? = again.last else {
      Issue.record("\(again)")
      return
    }
    #expect(cancelled == generation)
    var knobs = Switches()
    knobs.alpha = 0.15
    knobs.nonLocal = false
    #expect(state.knobs == knobs)
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, knobs))))
    #expect(!state.isStale && state.results[0].switches == knobs)
    state.play("R")
    #expect(state.knobs == Switches() && state.isStale)
  }

  @Test func knobsHaveEnds() {
    var state = Specimen.start()
    state.play(Array(repeating: "a B", count: 30).joined(separator: " "))
    #expect(state.knobs.alpha == 0 && state.knobs.beta == 1)
    let effects = state.play("a B")
    #expect(effects.isEmpty)
    state.play("A b")
    #expect(state.knobs.alpha == 0.05 && state.knobs.beta == 0.95)
    state.play("u t w y")
    #expect(state.knobs.consensus == .none && !state.knobs.audioFeatures && !state.knobs.nonLocal)
    #expect(state.knobs.audioScores == .logits)
  }

  @Test func knobsWhileReadingTakeEffectAfterwards() {
    var state = Specimen.start()
    state.play("Enter")
    let effects = state.play("A A")
    #expect(effects.isEmpty)
    guard
      case .analyze(_, _, _, let switches)? = state.handle(
        .contents(generation: state.generation, Specimen.contents)
      ).first
    else {
      Issue.record("no analysis")
      return
    }
    #expect(switches.alpha == 0.2)
  }

  @Test func heatMapsStayUntilTheNewOnesArrive() {
    var state = done()
    state.play("4 A")
    var knobs = Switches()
    knobs.alpha = 0.15
    let partial = Specimen.analysis(.pvtv2PANNs, knobs, isComplete: false)
    _ = state.handle(.job(generation: state.generation, .analysis(partial)))
    #expect(state.text.contains("stage 4  7x7") && state.text.contains("of earlier knobs"))
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, knobs))))
    #expect(state.text.contains("stage 4  7x7") && !state.text.contains("earlier knobs"))
  }

  @Test func cancellingEndsTheJobAtOnce() {
    var (state, generation) = running()
    let effects = state.play("x")
    guard case .cancel(generation)? = effects.first, effects.count == 1 else {
      Issue.record("\(effects)")
      return
    }
    // What the worker says before it notices is late.
    _ = state.handle(.job(generation: generation, .progress(.maskLogits, share: 1)))
    _ = state.handle(.job(generation: generation, .analysis(Specimen.analysis())))
    #expect(state.analysis == nil)
    #expect(
      !state.isWorking && state.results[0].status == .cancelled && state.history[0].status == .cancelled)
    let idle = state.play("x")
    #expect(idle.isEmpty && state.message == "nothing runs")
    guard case .analyze? = state.play("r").first else {
      Issue.record("r does not run")
      return
    }
  }

  @Test func cancelledReadingDoesNotAnalyse() {
    var state = Specimen.start()
    state.play("Enter")
    let reading = state.generation
    state.play("x")
    let effects = state.handle(.contents(generation: reading, Specimen.contents))
    #expect(effects.isEmpty && state.contents == nil && !state.isWorking)
    guard case .loadContents? = state.play("r").first else {
      Issue.record("r does not read again")
      return
    }
  }

  @Test func errorsStayUntilDismissed() {
    var (state, generation) = running()
    _ = state.handle(.jobFailed(generation: generation, "weights.pth: no key conv1"))
    _ = state.handle(.failure("out.png: disk full"))
    #expect(state.results[0].status == .failed && state.history[0].status == .failed)
    state.play(". , j 3 1")
    #expect(state.errors.count == 2 && state.text.contains("error: out.png: disk full"))
    state.play("Esc")
    #expect(state.text.contains("error: weights.pth: no key conv1"))
    state.play(": \"dismiss\" Enter")
    #expect(state.errors.isEmpty)
  }

  @Test func aClipThatCannotBeReadIsReadAgain() {
    var state = Specimen.start()
    state.play("Enter")
    _ = state.handle(.contentsFailed(generation: state.generation, "frames: missing"))
    #expect(state.results[0].status == .failed && !state.isWorking)
    guard case .loadContents? = state.play("r").first else {
      Issue.record("r does not read")
      return
    }
  }

  @Test func playingStepsOnceASecond() {
    var state = done()
    #expect(state.nextDeadline == nil)
    _ = state.handle(.clock(.seconds(100)))
    state.play("Space")
    #expect(state.isPlaying && state.nextDeadline! <= .seconds(100), "the first tick is due at once")
    _ = state.handle(.clock(.seconds(107)))
    #expect(state.frame == 0 && state.nextDeadline == .seconds(108))
    for step in 1...6 {
      _ = state.handle(.clock(.seconds(107 + step)))
      #expect(state.frame == step % 5)
    }
    state.play("Space")
    #expect(!state.isPlaying && state.nextDeadline == nil)
  }

  @Test func theSpinnerWaits() {
    var (state, generation) = running()
    state.play("6")
    _ = state.handle(.clock(.seconds(5)))
    #expect(state.nextDeadline == .seconds(5) + .milliseconds(150))
    _ = state.handle(.job(generation: generation, .progress(.visualBlock(stage: 3, block: 2), share: 0.4)))
    #expect(!state.text.contains("cancel"))
    _ = state.handle(.clock(.seconds(5) + .milliseconds(150)))
    #expect(state.text.contains("visual stage 3 block 2") && state.text.contains("40 %"))
    #expect(state.nextDeadline == .seconds(5) + .milliseconds(250))
    _ = state.handle(.job(generation: generation, .analysis(Specimen.analysis())))
    #expect(state.nextDeadline == nil)
  }

  @Test func framesStopAtTheEnds() {
    var state = done()
    state.play(", .")
    #expect(state.frame == 1)
    state.play(". . . . . .")
    #expect(state.frame == 4)
    state.play("Tab g g")
    #expect(state.frame == 0)
    state.play("l Right G h")
    #expect(state.frame == 3)
  }

  @Test func backThenQuit() {
    var (state, generation) = running()
    state.play("3 ?")
    #expect(state.play("q").isEmpty && state.play("q").isEmpty && state.screen == .clips)
    let effects = state.play("q")
    guard case .cancel(generation)? = effects.first, case .quit? = effects.last else {
      Issue.record("\(effects)")
      return
    }
  }

  @Test func exportsCarryWhatTheyShow() throws {
    var state = done()
    guard case .exportText(let name, let text)? = state.play("e t").first else {
      Issue.record("no text")
      return
    }
    #expect(name == "dog_c3n_001-1-inspect" && text == state.text && text.contains("German shepherd"))
    guard case .exportPNG(_, let picture)? = state.play("o e p").first else {
      Issue.record("no picture")
      return
    }
    #expect(picture.width == 224 && picture != Specimen.contents.frames[0])
    guard case .exportJSON(_, let numbers)? = state.play("e j").first, let record = numbers as? AnalysisRecord
    else {
      Issue.record("no numbers")
      return
    }
    #expect(record.frames.count == 5 && record.frames[0].unifiedLabel?.visualIndex == 235)
    #expect(record.frames[0].unifiedLabel!.value! > 0.8 && record.frames[4].iou == nil)
    _ = state.handle(.exported(path: "/tmp/x.png"))
    #expect(state.message == "written: /tmp/x.png")
    state.play("1")
    #expect(state.play("e p").isEmpty && state.message!.hasPrefix("no picture"))
    #expect(Specimen.start().generation == 0)
  }

  @Test func theRestOfTheEffects() {
    var state = Specimen.start()
    guard case .redraw? = state.play("Ctrl-l").first, case .suspend? = state.play("Ctrl-z").first else {
      Issue.record("no redraw or no suspend")
      return
    }
    state.play("Q")
    #expect(state.message == "Q means nothing here; ? lists the keys")
    _ = state.handle(.memory(resident: 512 << 20))
    state.play("6")
    #expect(state.text.contains("512 MiB resident"))
  }

  @Test func screensAboutAClipOpenOne() {
    for key in ["2", "3", "4", "5"] {
      var state = Specimen.start()
      guard case .loadContents(let clip, _)? = state.play("j j \(key)").first else {
        Issue.record("\(key) opens nothing")
        return
      }
      #expect(clip.id == "horse_c3n_1")
      state.play("1 j")
      #expect(state.play(key).isEmpty, "the open clip stays open")
    }
    var empty = Specimen.start([])
    #expect(empty.play("2 3 4 5 6 r ] Enter").isEmpty)
  }
}
