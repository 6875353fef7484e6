import AVSBench
import C3N
import Explorer
import Inference
import Tensors
import TerminalUI
import Testing

/// Nothing that is typed, read or resized may trap or reach the terminal raw.
@Suite struct RobustnessTests {
  static let hostile = "\u{1B}[31mred\u{9B}2J\u{07}\u{202E}犬犬犬\u{0}\n\tend"

  static func hostileState(_ screen: ScreenName, _ size: Size) -> ExplorerState {
    let labels = Labels(
      audio: Array(repeating: hostile, count: 527), visual: Array(repeating: hostile, count: 1000))
    let clip = Specimen.clip(Specimen.clips[0].id, hostile)
    let start = ExplorerState(
      dataset: hostile, clips: [clip, Specimen.clip(hostile, hostile)], warnings: [hostile], labels: labels,
      model: hostile, size: size)
    var state = start.snapshot(
      screen, contents: Specimen.contents, analysis: Specimen.analysis(), size: size)
    _ = state.handle(.failure(hostile))
    return state
  }

  @Test(arguments: ScreenName.allCases) func hostileLabelsAreEscaped(_ screen: ScreenName) {
    for size in GoldenTests.sizes + [Size(width: 40, height: 12), Size(width: 60, height: 20)] {
      for appearance in [Specimen.monochrome, Specimen.indexed] {
        let grid = Specimen.grid(Self.hostileState(screen, size), appearance)
        for cell in grid.cells {
          for scalar in cell.glyph.unicodeScalars {
            #expect(scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value))
            #expect(scalar.value != 0x202E)
          }
        }
        if appearance.isASCII { #expect(grid.plainText.utf8.allSatisfy { $0 < 0x80 }) }
      }
    }
  }

  @Test func hostileNamesMakeHarmlessFileNames() {
    var state = Self.hostileState(.inspect, Size(width: 80, height: 24))
    state.play("Esc ]")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    guard case .exportPNG(let name, _)? = state.play("e p").last else {
      Issue.record("no picture")
      return
    }
    #expect(!name.contains("/") && !name.unicodeScalars.contains { $0.value < 0x20 } && !name.hasPrefix("."))
  }

  @Test func analysesOfAnyShapeAreDrawn() {
    let empty = ClipAnalysis(
      .pvtv2PANNs, requested: Switches(), effective: Switches(), origin: "", similaritySource: "", frames: [],
      isComplete: false)
    let bare = ClipAnalysis(
      .pvtv2PANNs, requested: Switches(), effective: Switches(), origin: "", similaritySource: "",
      frames: [
        FrameAnalysis(
          visual: [Confidence(999, .nan, raised: .nan)], audio: [Confidence(526, 1, raised: 1)],
          similarity: [[.nan]], reweighted: [[.infinity]], agreement: nil, iou: .nan, fScore: nil)
      ])
    for analysis in [empty, bare] {
      for screen in ScreenName.allCases {
        for size in GoldenTests.sizes {
          let state = Specimen.snapshot(screen, size, frame: 0, analysis: analysis)
          #expect(Specimen.grid(state, Specimen.indexed).cells.count == size.width * size.height)
        }
      }
    }
  }

  @Test(arguments: ScreenName.allCases) func everySizeIsDrawn(_ screen: ScreenName) {
    let start = Specimen.snapshot(screen, GoldenTests.sizes[0])
    for width in [0, 1, 39, 40, 41, 60, 79, 80, 81, 100] {
      for height in [0, 1, 11, 12, 13, 17, 23, 24, 25, 36] {
        for keys in ["", "Tab", "Tab Tab", "?", ":", "l"] {
          var state = start
          _ = state.handle(.resize(Size(width: width, height: height)))
          state.play(keys)
          let grid = Specimen.grid(state, Specimen.monochrome)
          #expect(grid.cells.count == width * height)
        }
      }
    }
  }

  /// Random keys, results and sizes; the same in every run.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func randomKeysNeverTrap(_ seed: UInt64) {
    var random = SplitMix64(seed)
    let bound = ExplorerState.keys.bindings.flatMap(\.keys).flatMap(\.steps).compactMap { step in
      if case .key(let key) = step { key } else { nil }
    }
    let keys = bound + ["x", "é", "F3", "Del", "0", "<", "Ins"].map { KeyEvent(notation: $0)! }
    let sizes = [(80, 24), (120, 40), (40, 12), (39, 11), (0, 0), (200, 60), (81, 13)]
    var state = Specimen.start()
    for step in 0..<1250 {
      let effects = state.handle(.key(keys[Int(random.next() % UInt64(keys.count))]))
      // The world answers most requests, sometimes with a failure.
      for effect in effects {
        switch effect {
        case .loadContents(_, let generation):
          _ = state.handle(
            random.next() % 5 == 0
              ? .contentsFailed(generation: generation, "no")
              : .contents(generation: generation, Specimen.contents))
        case .analyze(let generation, _, _, let switches) where random.next() % 3 != 0:
          let variant: Variant = random.next() % 4 == 0 ? .lite : .pvtv2PANNs
          let analysis = Specimen.analysis(variant, switches, isComplete: random.next() % 4 != 0)
          _ = state.handle(.job(generation: generation, .analysis(analysis)))
        case .analyzeColumn(let generation, _, _, let switches) where random.next() % 3 != 0:
          _ = state.handle(
            random.next() % 6 == 0
              ? .columnFailed(generation: generation, "no")
              : .column(
                generation: generation,
                .analysis(Specimen.analysis(.pvtv2PANNs, switches, isComplete: random.next() % 4 != 0))))
        case .lookAhead(let generation, _, _, _): _ = state.handle(.lookedAhead(generation: generation))
        case .readAhead: _ = state.handle(.neighbour(Specimen.contents))
        case .cancel(let generation):
          // A worker speaks until it notices.
          _ = state.handle(.job(generation: generation, .progress(.maskLogits, share: 1)))
          _ = state.handle(.contents(generation: generation, Specimen.contents))
        default: break
        }
      }
      _ = state.handle(.clock(.milliseconds(37 * step)))
      if step % 40 == 0 {
        let size = sizes[Int(random.next() % UInt64(sizes.count))]
        _ = state.handle(.resize(Size(width: size.0, height: size.1)))
      }
      if step % 5 == 0 {
        let appearance = [Specimen.monochrome, Specimen.eight, Specimen.indexed][step / 5 % 3]
        #expect(Specimen.grid(state, appearance).cells.count == state.size.width * state.size.height)
      }
      #expect(state.rows.isEmpty || state.rows.indices.contains(state.table.selection))
      #expect(state.frame >= 0 && state.frame < max(1, state.frameCount))
    }
  }
}
