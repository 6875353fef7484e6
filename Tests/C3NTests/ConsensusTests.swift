import C3N
import Foundation
import Tensors
import Testing

@Suite("C3IM: the unified label")
struct CategoryMatchTests {
  static func matrix(_ cells: [(Int, Int, Float)], background: Float = 0) throws -> SimilarityMatrix {
    var values = Tensor(repeating: background, [1000, 527])
    values.write { for (k, j, value) in cells { $0[k * 527 + j] = value } }
    return try SimilarityMatrix(values, source: "test")
  }

  @Test func agreesWithTheDefinition() throws {
    let similarity = try SimilarityMatrix(numbers(1, [1000, 527]), source: "test")
    let match = CategoryMatch(similarity: similarity)
    let audio = CategoryMatch.confidences(numbers(2, [3, 527], scale: 6))
    let visual = CategoryMatch.confidences(numbers(3, [3, 1000], scale: 6))
    for (frame, agreement) in match.agreements(audio: audio, visual: visual, alpha: 0.25, beta: 0.1)
      .enumerated()
    {
      var best = (value: -Double.infinity, k: 0, j: 0)
      for k in 0..<1000 {
        for j in 0..<527 {
          let value =
            pow(Double(audio[frame * 527 + j]), 0.25) * Double(similarity[k, j])
            * pow(Double(visual[frame * 1000 + k]), 0.1)
          if value > best.value { best = (value, k, j) }
        }
      }
      #expect(agreement.visualLabel == best.k && agreement.audioLabel == best.j)
      #expect(abs(Double(agreement.value!) - best.value) < 1e-6)
      let whole = match.reweighted(audio: audio, visual: visual, frame: frame, alpha: 0.25, beta: 0.1)
      #expect(whole[best.k * 527 + best.j] == agreement.value)
    }
  }

  @Test func tiesGoToTheLowestObjectThenTheLowestSound() throws {
    let even = (Tensor(repeating: 1 / 527, [1, 527]), Tensor(repeating: 1 / 1000, [1, 1000]))
    let tied = CategoryMatch(similarity: try Self.matrix([(7, 9, 0.5), (7, 4, 0.5), (900, 1, 0.5)]))
    let agreement = tied.agreements(audio: even.0, visual: even.1, alpha: 0.1, beta: 0.1)[0]
    #expect((agreement.visualLabel, agreement.audioLabel) == (7, 4))
    let empty = CategoryMatch(similarity: try Self.matrix([]))
    let nothing = empty.agreements(audio: even.0, visual: even.1, alpha: 0.1, beta: 0.1)[0]
    #expect((nothing.visualLabel, nothing.audioLabel, nothing.value) == (0, 0, 0))
    let negative = CategoryMatch(similarity: try Self.matrix([(3, 3, -0.1)], background: -0.5))
    #expect(negative.agreements(audio: even.0, visual: even.1, alpha: 0.1, beta: 0.1)[0].visualLabel == 3)
  }

  @Test func visualConsensusTakesTheLowestOfEqualClasses() {
    var visual = Tensor(zeros: [2, 1000])
    visual.write { p in
      (p[17], p[400]) = (0.5, 0.5)
      p[1000 + 999] = 1
    }
    #expect(CategoryMatch.visualLabels(visual).map(\.visualLabel) == [17, 999])
  }

  @Test func eitherOrientationAndNothingElse() throws {
    let values = numbers(4, [1000, 527])
    let turned = values.swappingInnerAxes(outer: 1, rows: 1000, columns: 527).reshaped([527, 1000])
    #expect(
      try SimilarityMatrix(turned, source: "t")[12, 34] == SimilarityMatrix(values, source: "t")[12, 34])
    #expect {
      try SimilarityMatrix(Tensor(zeros: [527, 999]), source: "file.npy")
    } throws: {
      "\($0)".contains("file.npy") && "\($0)".contains("[527, 999]") && "\($0)".contains("[1000, 527]")
    }
  }

  @Test func labelsOutsideTheVocabularyAreZero() throws {
    let matrix = try Self.matrix([(2, 2, .nan), (3, 3, .infinity), (4, 4, 0.5)])
    #expect((matrix[2, 2], matrix[3, 3], matrix[4, 4], matrix.replacedCount) == (0, 0, 0.5, 2))
    #expect(matrix.source == "test, 2 values not finite, taken as 0")
  }
}

@Suite("CCAM: attention by the label")
struct ConsensusAttentionTests {
  @Test func agreesWithTheEquations() {
    let (v, omega) = (numbers(5, [2, 3, 4, 6], scale: 3), numbers(6, [2, 6], scale: 0.01))
    let attended = ConsensusAttention.forward(v, omega: omega)
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    for frame in 0..<2 {
      let w = (0..<6).map { Double(omega[frame * 6 + $0]) }
      let norm = max(w.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
      for position in 0..<12 {
        let row = (frame * 12 + position) * 6
        let gated = (0..<6).map { Double(v[row + $0]) * sigmoid(w[$0] / norm) }
        let spatial = sigmoid(gated.reduce(0, +) / 6)
        for c in 0..<6 { #expect(abs(Double(attended[row + c]) - gated[c] * spatial) < 1e-5) }
      }
    }
  }

  @Test func noWeightsHalveAndGate() {
    let v = Tensor(repeating: 2, [1, 1, 1, 4])
    let attended = ConsensusAttention.forward(v, omega: Tensor(zeros: [1, 4]))
    // sigmoid(0) = 1/2, then sigmoid(mean 1).
    #expect(abs(attended[0] - 1 / (1 + Float(exp(-1.0)))) < 1e-6)
  }

  @Test func heatMapsAreWhatTheyAreCalled() {
    let (v, a, omega) = (numbers(7, [1, 2, 2, 3]), numbers(8, [1, 2, 2, 3]), numbers(9, [1, 3]))
    let raw = HeatMapKind.raw.map(v, activation: a, omega: omega)
    let gradCAM = HeatMapKind.gradCAM.map(v, activation: a, omega: omega)
    for p in 0..<4 {
      let mean = (0..<3).reduce(Float(0)) { $0 + v[p * 3 + $1] * omega[$1] } / 3
      #expect(abs(raw[p] - mean) < 1e-6)
      #expect(abs(gradCAM[p] - max(0, (0..<3).reduce(Float(0)) { $0 + a[p * 3 + $1] * omega[$1] })) < 1e-6)
    }
    let attention = HeatMapKind.spatialAttention.map(v, activation: a, omega: omega)
    #expect(attention.values.allSatisfy { $0 > 0 && $0 < 1 })
  }
}
