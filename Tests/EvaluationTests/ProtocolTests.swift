import Evaluation
import Foundation
import Tensors
import Testing

/// Protocols against an independent computation; see Fixtures/make_protocols.py.
@Suite struct ProtocolTests {
  struct Fixture: Decodable {
    struct Frame: Decodable {
      let logits, mask: [Float]
    }
    struct Clip: Decodable {
      let category: String
      let frames: [Frame]
    }
    struct Score: Decodable {
      let iou, f: Double
      let fSounding: Double?
      let clips, silent, frames, empty, batches, silentBatches: Int
    }
    struct Spread: Decodable {
      let iou, f: [Double]
    }
    struct Outcome: Decodable {
      let all: Score
      let categories: [String: Score]
      let spread: Spread
    }
    let clips: [Clip]
    let protocols: [String: Outcome]

    static let shared: Fixture = {
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      let data = try! Data(contentsOf: folder.appendingPathComponent("Fixtures/protocols.json"))
      return try! JSONDecoder().decode(Fixture.self, from: data)
    }()

    var scores: [ClipScore] {
      clips.enumerated().map { number, clip in
        ClipScore(
          id: "\(number)", category: clip.category,
          frames: clip.frames.map {
            FrameScore(logits: Tensor($0.logits, [8, 6]), truth: Tensor($0.mask, [8, 6]))
          })
      }
    }
  }

  @Test(arguments: BatchProtocol.allCases) func splitsScoreAsTheDefinitionsSay(
    _ batching: BatchProtocol
  ) throws {
    let outcome = try #require(Fixture.shared.protocols[batching.rawValue])
    expect(try #require(SplitScore(Fixture.shared.scores, batching)), outcome.all)
  }

  @Test(arguments: BatchProtocol.allCases) func categoriesScoreByThemselves(
    _ batching: BatchProtocol
  ) throws {
    let outcome = try #require(Fixture.shared.protocols[batching.rawValue])
    let scores = try #require(CategoryScores(Fixture.shared.scores, batching))
    #expect(scores.entries.map(\.category) == outcome.categories.keys.sorted())
    for entry in scores.entries { expect(entry.score, outcome.categories[entry.category]!) }
    for (spread, wanted) in [(scores.meanIoU, outcome.spread.iou), (scores.f, outcome.spread.f)] {
      #expect(abs(spread.mean - wanted[0]) < 1e-6)
      #expect(abs(spread.deviation - wanted[1]) < 1e-6)
    }
  }

  private func expect(_ score: SplitScore, _ wanted: Fixture.Score) {
    #expect(abs(score.meanIoU - wanted.iou) < 1e-6)
    #expect(abs(score.f - wanted.f) < 1e-6)
    #expect((score.fWithoutSilentClips == nil) == (wanted.fSounding == nil))
    if let f = score.fWithoutSilentClips, let wanted = wanted.fSounding { #expect(abs(f - wanted) < 1e-6) }
    #expect(score.clipCount == wanted.clips)
    #expect(score.silentClipCount == wanted.silent)
    #expect(score.frameCount == wanted.frames)
    #expect(score.emptyFrameCount == wanted.empty)
    #expect(score.batchCount == wanted.batches)
    #expect(score.silentBatchCount == wanted.silentBatches)
  }

  @Test func protocolsDifferOnTheseClips() {
    // Otherwise the fixture could not tell them apart.
    let scores = BatchProtocol.allCases.map { SplitScore(Fixture.shared.scores, $0)! }
    #expect(Set(scores.map(\.f)).count == 4)
    #expect(Set(scores.map(\.meanIoU)).count == 4)
    // Under bs4 no batch is silent: silent clips change F through their neighbours alone.
    #expect(scores.map(\.silentBatchCount) == [4, 2, 0, 0])
    #expect(scores[0].f < scores[0].fWithoutSilentClips! && scores[2].f != scores[2].fWithoutSilentClips!)
    // One curve over everything does not see silent clips.
    #expect(abs(scores[3].f - scores[3].fWithoutSilentClips!) < 1e-12)
  }

  @Test func aClipIsItsOwnBatch() {
    for clip in Fixture.shared.scores {
      let alone = SplitScore([clip], .bs4)!
      #expect(clip.iou == alone.meanIoU)
      #expect(clip.f ?? 0 == alone.f)
      #expect((clip.f == nil) == clip.isSilent)
    }
  }

  @Test func noClipsHaveNoScore() {
    #expect(SplitScore([], .global) == nil)
    #expect(CategoryScores([], .bs1) == nil)
    let nameless = ClipScore(id: "a", frames: [FrameScore(iou: 1, fCurve: nil)])
    #expect(CategoryScores([nameless], .bs1) == nil)
  }
}
