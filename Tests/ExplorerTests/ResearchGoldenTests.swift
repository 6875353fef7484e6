import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// Goldens of the whole matrix, CCAM's comparisons, the table of scores and the log-mels.
@Suite struct ResearchGoldenTests {
  /// The screens by the name of their goldens.
  static let names = ["whole-matrix", "ccam-attention", "ccam-non-local", "clips-scores", "inspect-log-mel"]

  static func state(_ name: String, _ size: Size) -> ExplorerState {
    switch name {
    case "whole-matrix":
      var state = Specimen.snapshot(.matrix, size)
      state.play("Tab Enter / \"a:bark\" Enter")
      return state
    case "ccam-attention":
      var state = Specimen.snapshot(.ccam, size)
      state.play("V l")
      return state
    case "ccam-non-local":
      var state = ComparisonViewTests.ablated(size)
      state.play("Esc")
      return state
    case "clips-scores": return scores(size)
    default:
      var state = Specimen.snapshot(.inspect, size)
      state.play("Tab O O")
      return state
    }
  }

  /// Scores of the reference and of other knobs, some kept, one failure, and a clip that runs.
  static func scores(_ size: Size) -> ExplorerState {
    var state = Specimen.start()
    _ = state.handle(.resize(size))
    let reference = ScoreSetting(model: state.specification, switches: Switches())
    state.play("w")
    let knobs = ScoreSetting(model: state.specification, switches: state.knobs)
    func scores(_ ious: [Double], _ source: KnownScore.Source) -> [Int: KnownScore] {
      Dictionary(
        uniqueKeysWithValues: ious.enumerated().map {
          ($0.offset, KnownScore(iou: $0.element, fScore: $0.element / 2 + 0.5, source: source))
        })
    }
    _ = state.handle(
      .scores(
        KnownScores([
          reference: scores([0.71, 0.42, 0.9, 0.33], .kept("2026-11-20")),
          knobs: scores([0.66, 0.49, 0.88], .kept(nil)),
        ])))
    let effects = state.play("W E")
    guard case .evaluate(let number, _, _, _)? = effects.last else { return state }
    _ = state.handle(.evaluation(number: number, .failed("sheep/frames/3.png: not a picture")))
    _ = state.handle(.evaluation(number: number + 1, .progress(share: 0.3)))
    state.play("j")
    return state
  }

  @Test(arguments: names, GoldenTests.sizes) func screens(_ name: String, _ size: Size) throws {
    try GoldenTests.expect(Self.state(name, size), name)
  }

  @Test(arguments: names) func onePane(_ name: String) throws {
    let size = Size(width: 60, height: 18)
    try expectGolden(Specimen.grid(Self.state(name, size), Specimen.monochrome), "\(name)-\(size)-mono")
  }

  /// No size traps, with any pane focused.
  @Test(arguments: names) func everySizeIsDrawn(_ name: String) {
    let start = Self.state(name, Size(width: 80, height: 24))
    for width in [0, 1, 39, 40, 41, 60, 79, 80, 81, 100] {
      for height in [0, 1, 11, 12, 13, 17, 23, 24, 25, 36] {
        for keys in ["", "Tab", "G End l", "z z", "?"] {
          var state = start
          _ = state.handle(.resize(Size(width: width, height: height)))
          state.play(keys)
          #expect(Specimen.grid(state, Specimen.indexed).cells.count == width * height)
        }
      }
    }
  }
}
