import C3N
import Inference
import Tensors
import Testing

/// The whole matrices of a frame without making them.
@Suite struct EvidenceTests {
  /// Two frames of made-up confidences and similarities, some of them equal.
  static let evidence: LabelEvidence = {
    func wave(_ count: Int, _ step: Float) -> [Float] {
      (0..<count).map { 0.5 + 0.5 * Float(Double(($0 * 37 + 11) % 101) / 101) * step }
    }
    return LabelEvidence(
      audio: CategoryMatch.confidences(Tensor(wave(2 * 527, 9), [2, 527])),
      visual: CategoryMatch.confidences(Tensor(wave(2 * 1000, 7), [2, 1000])),
      similarity: try! SimilarityMatrix(
        Tensor((0..<527_000).map { Float($0 * 7919 % 997) / 997 - 0.2 }, [1000, 527]), source: "made up"))
  }()

  @Test(arguments: [0, 1]) func entriesAndExtremesAreThoseOfTheMatrix(_ frame: Int) {
    let all = Self.evidence
    let matrix = CategoryMatch(similarity: all.similarity).reweighted(
      audio: all.audio, visual: all.visual, frame: frame, alpha: 0.1, beta: 0.3
    ).values
    let evidence = all.frame(frame, alpha: 0.1, beta: 0.3)
    for (k, j) in [(0, 0), (999, 526), (235, 74), (500, 3)] {
      #expect(evidence.reweighted(visual: k, audio: j) == matrix[k * 527 + j])
    }
    let extremes = evidence.extremes(isReweighted: true)
    #expect(extremes.high == matrix.max() && extremes.low == matrix.min())
    for k in [0, 77, 999] { #expect(extremes.rows[k] == matrix[k * 527..<(k + 1) * 527].max()) }
    for j in [0, 77, 526] {
      #expect(extremes.columns[j] == (0..<1000).map { matrix[$0 * 527 + j] }.max())
    }
    let first = matrix.firstIndex(of: extremes.high)!
    #expect(extremes.place.visual == first / 527 && extremes.place.audio == first % 527)
    // The largest entry is the label that C3IM chooses.
    let agreement = CategoryMatch(similarity: all.similarity).agreements(
      audio: all.audio, visual: all.visual, alpha: 0.1, beta: 0.3)[frame]
    #expect(agreement.visualLabel == extremes.place.visual && agreement.audioLabel == extremes.place.audio)
  }

  @Test func theSimilaritiesNeedNoConfidence() {
    let evidence = Self.evidence.frame(0, alpha: 0.1, beta: 0.1)
    let values = Self.evidence.similarity.values.values
    let extremes = evidence.extremes(isReweighted: false)
    #expect(extremes.high == values.max() && extremes.low == values.min())
    #expect(extremes.rows[3] == values[3 * 527..<4 * 527].max())
  }
}
