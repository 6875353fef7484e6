import C3N
import Checkpoints
import Media
import Tensors
import Testing

extension ParityTests {
  /// Full models at the inputs of `pvt_panns.safetensors`, against reduced reference tensors.
  @Test(arguments: [
    ("pvt_vggish", 35, [982, 44, 44, 176, 548]), ("pvt_beats", 34, [646, 539, 539, 47, 646]),
    ("swin_vggish", 35, [982, 44, 44, 176, 548]), ("swin_panns", 33, [0]), ("swin_beats", 34, [0]),
    ("tpavi_pvt_vggish", 15, []), ("tpavi_resnet_vggish", 15, []),
  ])
  func variant(_ name: String, comparisons: Int, labels: [Int]) throws {
    let fixture = try ReferenceFixture(opening: Fixtures.path(name + ".safetensors"))
    var passed: [Milestone.Part: Int] = [:]
    let check = try ParityCheck(fixture) { milestone, _ in passed[milestone.part, default: 0] += 1 }
    for line in check.lines {
      #expect(line.isOK, "\(line.name): error \(line.error), tolerance \(line.tolerance) \(line.remark)")
    }
    #expect(check.unknown == [] && check.missing == [])
    #expect(check.lines.count == comparisons)
    #expect(check.labels == check.referenceLabels && check.labels.count == (labels.isEmpty ? 0 : 5))
  }

  @Test func oneCodeMayDifferByOneStep() throws {
    let codes = Tensor((0..<256).map { Float($0) }, [2, 128])
    try withFixture(
      [("vggish_quantised", codes), ("a_cls", Tensor(zeros: [2, 527]))], variant: "pvt_vggish"
    ) {
      path in
      for (moved, step, isOK, goesOn) in [
        (0, Float(0), true, false), (1, 1, true, true), (1, 2, false, false), (2, 1, false, false),
      ] {
        var ours = codes
        ours.write { for i in 0..<moved { $0[77 * i] += step } }
        var comparison = Comparison(try Checkpoint.open(path))
        try comparison.compare(.audioCodes, ours)
        // Scores of other codes say nothing: they are left out.
        try comparison.compare(.audioScores, Tensor(repeating: 1, [2, 527]))
        #expect(comparison.lines.map(\.isOK) == (goesOn ? [isOK] : [isOK, false]))
        #expect(comparison.codesToGoOnWith?.values == (goesOn ? codes.values : nil))
      }
    }
  }

  @Test func vggishLogMels() throws {
    let samples = try Checkpoint.open(Fixtures.path("pvt_panns.safetensors")).tensor("waveform")
    let reference = try Checkpoint.open(Fixtures.path("pvt_vggish.safetensors")).tensor("vggish_logmel")
      .reshaped([5, 96, 64])
    #expect(largestDifference(vggishLogMel(samples, acrossSeconds: false), reference) < 1e-4)
    // Across seconds, example i begins 0.96 i seconds into the clip.
    let across = vggishLogMel(samples, acrossSeconds: true)
    #expect(largestDifference(across.slice(0..<1), reference.slice(0..<1)) < 1e-4)
    let values = samples.values
    for example in 1..<5 {
      let shifted = Tensor(Array(values[example * 15_360..<example * 15_360 + 16_000]), [1, 16_000])
      let alone = vggishLogMel(shifted, acrossSeconds: false)
      #expect(largestDifference(across.slice(example..<example + 1), alone) < 1e-6)
    }
    // Three seconds of five have three whole examples; the last one is there for the seconds that lack theirs.
    let counts = [(48_000, 3), (48_400, 3), (15_600, 1), (0, 1), (80_000, 5)]
    for (sampleCount, examples) in counts {
      #expect(vggishExampleCount(sampleCount: sampleCount) == examples)
      let whole = vggishLogMel(samples, acrossSeconds: true)
      let short = vggishLogMel(samples, acrossSeconds: true, sampleCount: sampleCount)
      for second in 0..<5 {
        let expected = whole.slice(min(second, examples - 1)..<min(second, examples - 1) + 1)
        #expect(largestDifference(short.slice(second..<second + 1), expected) == 0)
      }
    }
    // A clip of one second has one example; one of 24 has as many as seconds.
    #expect(vggishLogMel(samples.slice(0..<1), acrossSeconds: true).shape == [1, 96, 64])
    #expect(vggishLogMel(Tensor(zeros: [26, 16_000]), acrossSeconds: true).shape == [26, 96, 64])
  }
}

@Suite("Complexity")
struct ComplexityTests {
  @Test func tableFour() throws {
    let model = try C3NModel.load(.pvtv2VGGish, from: .formula(seed: 1), similarity: nil)
    let complexity = try Complexity(model, frames: 1)
    // The paper's Table IV: 177.15 M, and 161.39 G for the five frames of a clip.
    #expect(complexity.publishedParameters == 177_148_408)
    #expect(complexity.ofClasses.parameters == 5_389_047)
    let all = Double(complexity.total.published + complexity.elementwise) * 5 / 1e9
    #expect(abs(all - 161.39) < 0.005)
    #expect(abs(all - 5 * Double(complexity.ofClasses.published) / 1e9 - 161.36) < 0.005)
    let backward = complexity.parts.first { $0.part == .backward }!.cost
    #expect(backward.published == 0 && backward.performed > 10_000_000_000)
    #expect(complexity.total.parameters + complexity.total.idleParameters == 178_345_080)
  }
}
