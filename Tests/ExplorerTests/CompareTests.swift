import C3N
import Explorer
import Foundation
import Inference
import TerminalUI
import Testing

/// The Compare screen's columns: what they ask for, what they take and what they show.
@Suite struct CompareTests {
  struct Request {
    let generation: Int
    let model: ModelSpecification
    let switches: Switches
  }

  static func requests(_ effects: [Effect]) -> [Request] {
    effects.compactMap {
      if case .analyzeColumn(let generation, let model, _, let switches) = $0 {
        Request(generation: generation, model: model, switches: switches)
      } else {
        nil
      }
    }
  }

  static func cancelled(_ effects: [Effect]) -> [Int] {
    effects.compactMap { if case .cancelColumn(let generation) = $0 { generation } else { nil } }
  }

  /// Answers requests as a worker would, until there are none.
  static func answer(_ state: inout ExplorerState, _ effects: [Effect]) {
    var waiting = requests(effects)
    while !waiting.isEmpty {
      let request = waiting.removeFirst()
      let analysis = Specimen.columnAnalysis(request.model.variant ?? .pvtv2PANNs, request.switches)
      waiting += requests(
        state.handle(.column(generation: request.generation, .analysis(analysis))))
    }
  }

  /// The screen with an open, analysed clip and the effects of showing it.
  static func shown(_ size: Size = GoldenTests.sizes[0]) -> (state: ExplorerState, effects: [Effect]) {
    var state = Specimen.snapshot(.inspect, size)
    let effects = state.play("5")
    return (state, effects)
  }

  static func complete(_ size: Size = GoldenTests.sizes[0], _ keys: String = "") -> ExplorerState {
    var (state, effects) = shown(size)
    answer(&state, effects)
    for key in keys.split(separator: " ") {
      let effects = state.play(String(key))
      answer(&state, effects)
    }
    return state
  }

  @Test func theFirstVisitComparesTheTable() {
    let (state, effects) = Self.shown()
    let setup = state.comparison!
    #expect(setup.columns.map(\.switches.consensus) == [.audioVisual, .visual, .none])
    #expect(setup.columns.map(\.switches.audioFeatures) == [true, false, false])
    // The first column is what the clip's own run has found already.
    let requests = Self.requests(effects)
    #expect(requests.count == 1 && requests[0].switches == setup.columns[1].switches)
    #expect(
      state.text.contains("1 AF + CC") && state.text.contains("2 CC-V") && state.text.contains("3 none"))
  }

  @Test func columnsFollowEachOther() {
    var (state, effects) = Self.shown()
    let second = Self.requests(effects)[0]
    effects = state.handle(
      .column(
        generation: second.generation,
        .analysis(Specimen.analysis(.pvtv2PANNs, second.switches, isComplete: false))))
    #expect(Self.requests(effects).isEmpty && state.isBusy)
    effects = state.handle(
      .column(generation: second.generation, .analysis(Specimen.columnAnalysis(.pvtv2PANNs, second.switches)))
    )
    let third = Self.requests(effects)[0]
    #expect(third.switches.consensus == .none && third.generation > second.generation)
    effects = state.handle(
      .column(generation: third.generation, .analysis(Specimen.columnAnalysis(.pvtv2PANNs, third.switches))))
    #expect(Self.requests(effects).isEmpty && !state.isBusy)
    #expect(state.history.count == 3 && state.history.allSatisfy { $0.status == .done })
  }

  @Test func knobsActOnTheFocusedColumn() {
    var state = Self.complete()
    let knobs = state.knobs
    let effects = state.play("Tab A")
    let requests = Self.requests(effects)
    #expect(requests.count == 1 && requests[0].switches.alpha == 0.15)
    #expect(state.comparison!.columns.map(\.switches.alpha) == [0.1, 0.15, 0.1] && state.knobs == knobs)
    #expect(state.text.contains("earlier knobs"))
    Self.answer(&state, effects)
    #expect(!state.text.contains("earlier knobs") && state.text.contains("CC-V, α 0.15"))
    // Elsewhere the knobs are the explorer's again.
    state.play("2 A")
    #expect(state.knobs.alpha == 0.15 && state.comparison!.columns[0].switches.alpha == 0.1)
  }

  @Test func theNewestWishComesFirst() {
    var (state, effects) = Self.shown()
    let running = Self.requests(effects)[0]
    // The second column runs; a change of the third one outruns it.
    effects = state.play("Tab Tab w")
    #expect(Self.cancelled(effects) == [running.generation])
    let newest = Self.requests(effects)[0]
    #expect(!newest.switches.nonLocal && newest.switches.consensus == .none)
    // What the outrun column still says is late.
    let late = state.handle(
      .column(
        generation: running.generation, .analysis(Specimen.columnAnalysis(.pvtv2PANNs, running.switches))))
    #expect(Self.requests(late).isEmpty && state.isBusy)
    effects = state.handle(
      .column(generation: newest.generation, .analysis(Specimen.columnAnalysis(.pvtv2PANNs, newest.switches)))
    )
    #expect(Self.requests(effects).map(\.switches) == [running.switches], "then the outrun one has its turn")
  }

  @Test func leavingStopsTheColumns() {
    var (state, effects) = Self.shown()
    let running = Self.requests(effects)[0].generation
    effects = state.play("2")
    #expect(Self.cancelled(effects) == [running] && !state.isBusy)
    let back = Self.requests(state.play("5"))
    #expect(back.count == 1 && back[0].generation > running)
    // Another clip: the columns wait for its own run.
    effects = state.play("]")
    #expect(Self.cancelled(effects) == [back[0].generation] && Self.requests(effects).isEmpty)
    #expect(state.text.contains("reading the clip"))
    _ = state.handle(.columnFailed(generation: back[0].generation, "late"))
    #expect(state.errors.isEmpty)
  }

  @Test func stoppingAndRunningAgain() {
    var (state, effects) = Self.shown()
    let running = Self.requests(effects)[0].generation
    effects = state.play("x")
    #expect(Self.cancelled(effects) == [running] && !state.isBusy && state.text.contains("stopped; r runs"))
    effects = state.play("r")
    #expect(Self.requests(effects).count == 1)
    Self.answer(&state, effects)
    #expect(!state.isBusy)
    state.play("r")
    #expect(state.message == "all columns are there")
    state.play("x")
    #expect(state.message == "nothing runs")
  }

  @Test func failuresAreTold() {
    var (state, effects) = Self.shown()
    effects = state.handle(
      .columnFailed(generation: Self.requests(effects)[0].generation, "x.pth: no key conv1"))
    #expect(state.errors == ["x.pth: no key conv1"] && state.text.contains("failed: x.pth"))
    #expect(Self.requests(effects).count == 1, "the others go on")
  }

  @Test func columnsComeAndGo() {
    var state = Self.complete()
    #expect(Self.requests(state.play("C")).isEmpty, "a copy has the same results")
    #expect(state.comparison!.columns.count == 4 && state.comparison!.focus == 1)
    state.play("C C")
    #expect(state.comparison!.columns.count == 6)
    state.play("C")
    #expect(state.message == "6 columns are the most")
    state.play("X X X X X")
    #expect(state.comparison!.columns.count == 2 && state.message == "2 columns are the least")
    state.play("h p")
    #expect(state.comparison!.focus == 0 && state.comparison!.pinned == nil, "column 1 was the reference")
    state.play("p")
    #expect(state.comparison!.pinned == 0)
    state.play("C h X")
    #expect(state.comparison!.columns.count == 2 && state.comparison!.pinned == 0)
    #expect(
      state.message!.hasPrefix("reference: "),
      "the next column takes the place of a reference that is removed")
  }

  @Test func aLineUpStopsTheColumnBeyondIt() {
    var (state, effects) = Self.shown()
    Self.answer(&state, effects)
    state.play(": \"alpha and beta (T\" Enter")
    // Of four columns the last one runs, and the next comparison has two.
    effects = state.play("l l l a")
    let running = Self.requests(effects)
    effects = state.play("P")
    #expect(running.count == 1 && state.comparison!.columns.count == 2)
    #expect(Self.cancelled(effects) == [running[0].generation])
    #expect(Self.requests(effects).first.map { $0.generation > running[0].generation } ?? true)
    Self.answer(&state, effects)
    #expect(!state.isBusy)
  }

  @Test func aSessionStopsTheColumns() {
    var (state, effects) = Self.shown()
    let running = Self.requests(effects)[0].generation
    effects = state.handle(
      .sessionOpened(
        OpenedSession(
          state.session, name: "other", path: "/s/other.json",
          root: state.session.dataset == Session.embedded
            ? nil : state.session.dataset, dataset: "other", clips: state.clips, warnings: [],
          hasDataset: true,
          missing: [])))
    #expect(Self.cancelled(effects) == [running])
    _ = state.handle(.columnFailed(generation: running, "late"))
    #expect(state.errors.isEmpty)
  }

  @Test func rowsModelsAndLineUps() {
    var state = Self.complete()
    let titles = (0..<5).map { _ in
      Self.answer(&state, state.play("T"))
      return state.comparison!.columns[0].switches
    }
    #expect(
      titles.map { Ablation($0) } == [
        Ablation.none, .ccV, .cc, .af, .afCC,
      ])
    state.play("V")
    #expect(state.message!.hasPrefix("one model only"))
    let tpavi = ModelSpecification(variant: .tpaviPVTv2VGGish, weights: ["formula:1"])
    state.play(": \"C3N and TPAVI\" Enter")
    #expect(state.message!.contains("tpavi-resnet50-vggish"), "what is missing is told")
    state.offer([tpavi])
    #expect(Self.requests(state.play("V")).map(\.model) == [tpavi])
    state.play(": \"C3N and TPAVI\" Enter")
    #expect(state.comparison!.columns.map(\.model) == [state.specification, tpavi])
    state.play(": \"alpha and beta (T\" Enter")
    #expect(state.comparison!.columns.map(\.switches.beta) == [0.1, 0.25, 0.25, 0.1])
    state.play("P")
    #expect(state.comparison!.columns.map(\.switches.nonLocal) == [true, false])
  }

  @Test func whatIsWrongWithTheModelsFileIsShown() {
    let problem = "/c/models.json: is no JSON"
    var state = Self.complete()
    state.offer([], problems: [problem])
    state.showModelProblems()
    #expect(state.notice == problem && state.text.contains(problem))
    state.play("V")
    #expect(state.message == "one model only: \(problem)" && state.notice == nil)
    #expect(state.text.contains(problem))
    let other = ModelSpecification(variant: .tpaviPVTv2VGGish, weights: ["formula:1"])
    state.offer([other], problems: [problem, "/c/models.json: names lite twice"])
    #expect(Self.requests(state.play("V")).map(\.model) == [other])
    #expect(state.message == "\(problem) (and 1 more; Jobs has all)")
    state.play("6")
    #expect(state.text.contains("names lite twice"))
  }

  /// `lite` ships a decoder for each row; a column tells which weights it has.
  @Test func rowsOfLiteHaveTheirOwnWeights() {
    var state = ExplorerState(
      dataset: "Single-source", clips: Specimen.clips, labels: Specimen.labels, model: "lite",
      size: GoldenTests.sizes[1]
    ).snapshot(
      .inspect, contents: Specimen.contents, analysis: Specimen.analysis(), frame: 1,
      size: GoldenTests.sizes[1])
    Self.answer(&state, state.play("5"))
    func models() -> [ModelSpecification] { state.comparison!.columns.map(\.model) }
    #expect(models() == [.embedded(.afCC), .embedded(.ccV), .embedded(.none)])
    #expect(state.text.contains("each by a small decoder trained for it"))
    #expect(state.text.contains("weights: lite as AF + CC") && state.text.contains("weights: lite as CC-V"))
    // A knob alone leaves the weights, which is told; the next row has its own again.
    Self.answer(&state, state.play("Tab u"))
    #expect(models()[1] == .embedded(.ccV) && state.comparison!.columns[1].switches.consensus == .audioVisual)
    #expect(state.text.contains("by weights that were not all trained for their rows"))
    Self.answer(&state, state.play("T"))
    #expect(models()[1] == .embedded(.af) && state.comparison!.columns[1].switches.audioFeatures)
    // V goes to the explorer's own weights and nowhere else.
    Self.answer(&state, state.play("V"))
    #expect(models()[1] == ModelSpecification() && state.text.contains("weights: lite, default"))
    // Weights that somebody names are nobody's row.
    var other = Self.complete()
    Self.answer(&other, other.play("T"))
    #expect(other.comparison!.columns[0].model == other.specification)
    #expect(other.text.contains("switching the same weights") && other.text.contains("weights: formula:1"))
  }

  /// Table II has five rows. Those that do not fit go on to the sides, by h and l.
  @Test func allRowsOfTheTable() {
    func shown(_ state: ExplorerState) -> String { String(state.text.split(separator: "\n")[2]) }
    var state = Self.complete(GoldenTests.sizes[1])
    Self.answer(&state, state.play(": \"five rows\" Enter"))
    #expect(state.comparison!.columns.map { Ablation($0.switches) } == Ablation.allCases)
    #expect(state.comparison!.pinned == 0)
    #expect(shown(state).contains("columns 1-4 of 5  l 5 AF + CC 0.750"))
    state.play("l l l l")
    #expect(state.comparison!.focus == 4)
    #expect(shown(state).contains("columns 2-5 of 5  h 1 none 0.550"))
    _ = state.handle(.resize(GoldenTests.sizes[0]))
    #expect(shown(state).contains("columns 3-5 of 5"))
    _ = state.handle(.resize(Size(width: 60, height: 18)))
    #expect(shown(state).contains("column 5 of 5"))
    _ = state.handle(.resize(GoldenTests.sizes[2]))
    #expect(!state.text.contains("of 5  ") && state.text.contains("5 AF + CC"))
    // What all have in common is left out of the names where it would not fit.
    _ = state.handle(.resize(GoldenTests.sizes[0]))
    for _ in 0..<5 { state.play("A w Tab") }
    #expect(shown(state).contains("h 1 none reference, 2 CC-V") && !shown(state).contains("…"))
  }

  @Test func differencesAreAgainstTheReference() {
    let state = Self.complete(GoldenTests.sizes[1])
    // Specimen's masks without a label are shifted further from the truth.
    #expect(state.text.contains("IoU -0.200") && state.text.contains("reference"))
    #expect(state.text.contains("mask ") && state.text.contains("vs ref"))
    #expect(state.text.contains("1.50 s (whole 5.00 s)"))
  }

  @Test func aComparisonIsSaved() throws {
    var state = Self.complete(GoldenTests.sizes[0], "C p o")
    let saved = try JSONEncoder().encode(state.comparison)
    let read = try JSONDecoder().decode(Comparison.self, from: saved)
    #expect(read == state.comparison)
    var other = Specimen.snapshot(.inspect, GoldenTests.sizes[0])
    other.compare(read)
    #expect(Self.requests(other.play("5")).count == 1 && other.comparison == read)
    // Positions that do not exist are mended.
    let text = String(decoding: saved, as: UTF8.self).replacing("\"focus\":1", with: "\"focus\":9")
      .replacing("\"pinned\":1", with: "\"pinned\":-3")
    other.compare(try JSONDecoder().decode(Comparison.self, from: Data(text.utf8)))
    #expect(other.comparison!.focus == 3 && other.comparison!.pinned == nil)
    state.play("Tab")
  }

  @Test func columnsAreRead() throws {
    let base = Comparison.Column(model: ModelSpecification(), switches: Switches())
    let columns = try Comparison(
      "cc-v,none no-non-local alpha=0.25,af+cc label=235 noise-audio=-10 noise-frames=20,"
        + "variant=tpavi-pvtv2-vggish weights=a.pth;embedded:cc-v", base: base
    ).columns
    #expect(columns[0].switches.consensus == .visual && !columns[0].switches.audioFeatures)
    #expect(columns[1].switches.consensus == .none && !columns[1].switches.nonLocal)
    #expect(columns[1].switches.alpha == 0.25 && columns[2].switches.forcedLabel == 235)
    #expect(columns[2].switches.audioNoise == -10 && columns[2].switches.frameNoise == 20)
    #expect(columns[3].model.variant == .tpaviPVTv2VGGish)
    #expect(columns[3].model.weights == ["a.pth", "embedded:cc-v"])
  }

  @Test func labelsAreForcedInAColumn() {
    var state = Self.complete(GoldenTests.sizes[1])
    state.play("F")
    #expect(
      state.message!.contains(": force finds one") && state.comparison!.columns[0].switches.forcedLabel == nil
    )
    state.play(": \"force\" Enter \"v:248\" Enter 5 l F")
    #expect(state.message == "column 2: label forced: Eskimo dog (248); U releases it")
    #expect(state.comparison!.columns.map(\.switches.forcedLabel) == [nil, 248, nil])
    #expect(state.session.knobs.forcedLabel == nil, "the other screens keep their label")
    state.play("l F")
    #expect(state.message!.hasPrefix("consensus is none"))
    state.play("h U")
    #expect(state.comparison!.columns.allSatisfy { $0.switches.forcedLabel == nil })
  }

  @Test func columnsOfOtherWeightsBeginAsThoseWereTrained() throws {
    var row = Switches()
    row.consensus = .none
    let base = Comparison.Column(model: ModelSpecification(weights: ["own.safetensors"]), switches: row)
    let columns = try Comparison(
      "alpha=0.5, alpha=0.5 weights=other.safetensors, weights=silent.pth, cc weights=other.safetensors",
      base: base,
      trained: { model in
        var switches = Switches()
        switches.nonLocal = false
        return ["own.safetensors": row, "other.safetensors": switches][model.weights[0]]
      }
    ).columns.map(\.switches)
    #expect(columns[0].consensus == .none && columns[0].alpha == 0.5)
    #expect(columns[1].consensus == .audioVisual && !columns[1].nonLocal && columns[1].alpha == 0.5)
    #expect(columns[2] == Switches(), "the switches of the base's weights are not those of others")
    #expect(columns[3].consensus == .audioVisual && !columns[3].audioFeatures && !columns[3].nonLocal)
  }

  @Test(arguments: [
    "cc", "cc,,none", "cc,x", "cc,alpha=2", "cc,alpha=x", "cc,label=1000", "cc,variant=vgg", "cc,depth=3",
    "cc,cc,cc,cc,cc,cc,cc", "",
  ]) func whatIsNoComparisonIsRefused(_ text: String) {
    let base = Comparison.Column(model: ModelSpecification(), switches: Switches())
    #expect { try Comparison(text, base: base) } throws: { "\($0)".contains("expected") }
  }

  @Test(arguments: GoldenTests.sizes + [Size(width: 60, height: 18)]) func screens(_ size: Size) throws {
    try GoldenTests.expect(Self.complete(size), "compare-full")
  }

  @Test func moreScreens() throws {
    try expectGolden(
      Specimen.grid(Self.complete(GoldenTests.sizes[0], "C"), Specimen.eight), "compare-four-8")
    try expectGolden(
      Specimen.grid(Self.complete(GoldenTests.sizes[0], "p o o o"), Specimen.monochrome),
      "compare-difference-mono")
  }

  @Test(arguments: [Size(width: 40, height: 12), Size(width: 79, height: 23), Size(width: 130, height: 13)])
  func everySizeIsDrawn(_ size: Size) {
    for keys in ["", "C", "C o", "o o", "v v z", "z z"] {
      let state = Self.complete(size, keys)
      #expect(Specimen.grid(state, Specimen.indexed).cells.count == size.width * size.height)
    }
  }
}
