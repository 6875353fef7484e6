import C3N
import Checkpoints
import Explorer
import Foundation
import Inference
import TerminalUI
import Testing

/// Models whose files change while the explorer shows what they made.
@Suite struct LoadedFilesTests {
  /// Files as they are where nothing was read; `sha256` tells them apart.
  private func files(_ sha256: String) throws -> ModelFiles {
    ModelFiles(
      variant: .pvtv2PANNs,
      weights: [FileVersion(path: "/w.pth", stamp: try FileStamp("/"), sha256: sha256)])
  }

  private func analysis(_ files: ModelFiles, _ switches: Switches = Switches(), iou: Double = 0.725)
    -> ClipAnalysis
  {
    let made = Specimen.analysis(.pvtv2PANNs, switches)
    return ClipAnalysis(
      .pvtv2PANNs, requested: switches, effective: switches, origin: made.origin,
      similaritySource: made.similaritySource, frames: made.frames, heatMaps: made.heatMaps,
      maskLogits: made.maskLogits, iou: iou, fScore: 0.8, files: files)
  }

  /// The first clip, open and run.
  private func opened(_ files: ModelFiles) -> ExplorerState {
    var state = Specimen.start()
    _ = state.start(clip: Specimen.clips[0].id, screen: nil)
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(analysis(files))))
    return state
  }

  private func asksForScores(_ effects: [Effect]) -> ScoreQuery? {
    for case .readScores(let query) in effects { return query }
    return nil
  }

  @Test func aChangedFileIsToldOnceAndStaysInSight() throws {
    var state = opened(try files("a"))
    _ = state.handle(.resize(Size(width: 200, height: 60)))
    let change = "/w.pth: changed on disk since it was loaded"
    _ = state.handle(.modelFiles(state.specification, changes: [change]))
    #expect(state.errors == ["\(change): the numbers are of the file as it was loaded; Zr loads it again"])
    state.play("Esc")
    _ = state.handle(.modelFiles(state.specification, changes: [change]))
    #expect(state.errors.isEmpty && state.text.contains("Zr loads it again"), "below the panes")
    _ = state.handle(.modelFiles(state.specification, changes: []))
    #expect(!state.text.contains("Zr loads it again"), "a link leads back")
    #expect(state.nextDeadline == nil, "nobody looks without a reason")
  }

  @Test func loadingAgainBeginsAnew() throws {
    var state = opened(try files("a"))
    _ = state.handle(
      .modelFiles(state.specification, changes: ["/w.pth: changed on disk since it was loaded"]))
    #expect(state.results[0].iou == 0.725)
    let asked = state.play("Zr").compactMap { if case .loadAgain(let models) = $0 { models } else { nil } }
    #expect(asked == [[state.specification]])
    #expect(state.results[0].iou == 0.725 && state.analysis != nil, "until it is known that it can be loaded")
    let effects = state.handle(.modelsUnloaded)
    #expect(state.results[0].iou == nil && state.errors.isEmpty && state.isWorking)
    #expect(asksForScores(effects)?.files.isEmpty == true)
    #expect(effects.contains { if case .analyze = $0 { true } else { false } })
    _ = state.handle(.job(generation: state.generation, .analysis(analysis(try files("b"), iou: 0.5))))
    #expect(state.results[0].iou == 0.5 && state.errors.isEmpty)
  }

  @Test func aFileThatCannotBeLoadedAgainLeavesEverything() throws {
    var state = opened(try files("a"))
    state.play("Zr")
    _ = state.handle(.failure("/w.pth: truncated; what was loaded stays"))
    #expect(state.results[0].iou == 0.725 && state.analysis?.iou == 0.725 && !state.isWorking)
  }

  /// As of a model that had to give way to another one and is loaded a second time.
  @Test func scoresOfAnotherFileAreLeftOut() throws {
    var state = opened(try files("a"))
    let setting = ScoreSetting(model: state.specification, switches: Switches())
    let kept = KnownScore(iou: 0.3, fScore: nil, source: .kept(nil))
    _ = state.handle(.scores(KnownScores([setting: [3: kept]], files: [state.specification: try files("a")])))
    #expect(state.results[3].iou == 0.3)
    // The same bytes: nothing happens.
    state.play("r")
    _ = state.handle(.job(generation: state.generation, .analysis(analysis(try files("a")))))
    #expect(state.results[3].iou == 0.3 && state.errors.isEmpty)
    state.play("r")
    let effects = state.handle(
      .job(generation: state.generation, .analysis(analysis(try files("b"), iou: 0.6))))
    #expect(state.results[0].iou == 0.6 && state.results[3].iou == nil)
    #expect(state.errors.count == 1 && state.errors.first?.hasPrefix("/w.pth: another file") == true)
    let asked = try #require(asksForScores(effects)?.files[state.specification])
    let now = try files("b")
    #expect(asked.isSame(as: now))
    // An answer about the file before is late.
    _ = state.handle(.scores(KnownScores([setting: [4: kept]], files: [state.specification: try files("a")])))
    #expect(state.results[4].iou == nil)
    _ = state.handle(.scores(KnownScores([setting: [5: kept]], files: [state.specification: try files("b")])))
    #expect(state.results[5].iou == 0.3)
  }

  /// Scores were shown of what the path led to, and something else was loaded afterwards.
  @Test func scoresOfTheFileBeforeLoadingAreLeftOut() throws {
    var state = Specimen.start()
    _ = state.start(clip: nil, screen: nil)
    let setting = ScoreSetting(model: state.specification, switches: Switches())
    let kept = KnownScore(iou: 0.3, fScore: nil, source: .kept(nil))
    _ = state.handle(.scores(KnownScores([setting: [3: kept]], files: [state.specification: try files("a")])))
    #expect(state.results[3].iou == 0.3)
    state.play("Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(analysis(try files("b")))))
    #expect(state.results[0].iou == 0.725 && state.results[3].iou == nil)
  }
}
