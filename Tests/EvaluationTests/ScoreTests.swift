import Evaluation
import Foundation
import Tensors
import Testing

@Suite struct ScoreTests {
  struct Fixture: Decodable {
    struct Case: Decodable {
      let logits: [Float]
      let mask: [Float]
      let iou: Double
      let f: [Double]?

      var score: FrameScore {
        FrameScore(logits: Tensor(logits, [12, 10]), truth: Tensor(mask, [12, 10]))
      }
    }
    struct Batch: Decodable {
      let cases: [String]
      let iou: Double
      let f: Double
      let empty: Int
    }
    let cases: [String: Case]
    let batches: [Batch]

    static func load() throws -> Fixture {
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/scores.json"))
      return try JSONDecoder().decode(Fixture.self, from: data)
    }
  }

  @Test func framesScoreAsTheDefinitionsSay() throws {
    let fixture = try Fixture.load()
    #expect(fixture.cases.count == 11)
    for (name, wanted) in fixture.cases {
      let score = wanted.score
      #expect(abs(score.iou - wanted.iou) < 1e-6, "\(name)")
      #expect(score.isEmptyTruth == (wanted.f == nil), "\(name)")
      guard let curve = score.fCurve, let expected = wanted.f else { continue }
      #expect(curve.count == 255)
      let error = zip(curve, expected).map { abs($0 - $1) }.max()!
      #expect(error < 1e-6, "\(name)")
    }
  }

  @Test func batchesTakeTheMaximumOfTheMeanCurve() throws {
    let fixture = try Fixture.load()
    for batch in fixture.batches {
      let score = BatchScore(batch.cases.map { fixture.cases[$0]!.score })
      #expect(abs(score.iou - batch.iou) < 1e-6)
      #expect(abs(score.f - batch.f) < 1e-6)
      #expect(score.frameCount == batch.cases.count)
      #expect(score.emptyFrameCount == batch.empty)
      #expect(score.isSilent == (batch.empty == batch.cases.count))
    }
  }

  @Test func theMeanOfMaximaIsAnotherNumber() throws {
    // F of a batch is not the mean of its frames' F: this is why it depends on the batch size.
    let fixture = try Fixture.load()
    let scores = ["random", "good"].map { fixture.cases[$0]!.score }
    let separately = scores.map { BatchScore([$0]).f }.reduce(0, +) / 2
    #expect(BatchScore(scores).f < separately - 1e-4)
  }

  @Test func thresholdsReachFromZeroToOne() {
    let thresholds = FrameScore.thresholds
    #expect(thresholds.count == 255)
    #expect(thresholds[0] == 0)
    #expect(thresholds[127] == 0.5)
    #expect(thresholds[254] == 1)
    #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { abs($1 - $0 - 1 / 254) < 1e-6 })
  }

  @Test func everyThresholdCountsItsOwnProbability() {
    // p >= t holds at p == t: one true pixel whose probability sweeps through the thresholds.
    for logit in stride(from: Float(-12), through: 12, by: 0.37) {
      let probability = 1 / (1 + exp(-logit))
      let score = FrameScore(logits: Tensor([logit], [1, 1]), truth: Tensor([1], [1, 1]))
      let reached = FrameScore.thresholds.map { probability >= $0 ? 1.0 : 0.0 }
      #expect(zip(score.fCurve!, reached).allSatisfy { abs($0 - $1) < 1e-9 })
    }
  }

  @Test func whatIsNotANumberPredictsNothing() {
    let logits = Tensor([.nan, .infinity, -.infinity, .nan], [2, 2])
    let score = FrameScore(logits: logits, truth: Tensor([1, 1, 0, 0], [2, 2]))
    #expect(abs(score.iou - 0.5) < 1e-6)
    #expect(abs(score.fCurve![254] - 1.3 * 0.5 / (0.3 + 0.5)) < 1e-9)
    // At threshold 0 minus infinity is predicted too, but not the two that are no numbers.
    #expect(abs(score.fCurve![0] - 1.3 * 0.25 / (0.3 * 0.5 + 0.5)) < 1e-9)
  }
}
