import C3N
import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("The network computes what the published program computes", .serialized)
struct ParityTests {
  @Test func pvtv2WithPANNs() throws {
    let fixture = try ReferenceFixture(opening: Fixtures.path("pvt_panns.safetensors"))
    var milestones = 0
    let check = try ParityCheck(fixture) { _, _ in milestones += 1 }
    for line in check.lines {
      #expect(line.isOK, "\(line.name): error \(line.error), tolerance \(line.tolerance) \(line.remark)")
    }
    #expect(check.unknown == [])
    #expect(check.labels == [582, 539, 539, 47, 646])
    #expect(check.lines.count == 34)
    // The share of a run that is done is counted in milestones.
    let model = try C3NModel.load(.lite, from: .formula(seed: 1), similarity: nil)
    #expect(model.milestoneCounts(Switches())[.decoder] == nil)
    #expect(milestones == 3 + 6 + 52 + 5 + 49 + 4 + 4 + 4 + 8 + 5)
  }

  /// A fixture of given tensors, as a file that is removed afterwards.
  func withFixture(
    _ tensors: [(name: String, tensor: Tensor)], variant: String = "pvt_panns",
    _ body: (String) throws -> Void
  ) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("fixture-\(UUID()).safetensors")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try writeSafetensors(tensors, metadata: ["variant": variant, "seed": "2"], to: path)
    try body(path)
  }

  @Test(arguments: [
    (Float(0.5), true), (0.50009, true), (0.5002, false), (.nan, false), (.infinity, false),
  ])
  func oneWrongValueFails(value: Float, isOK: Bool) throws {
    var scores = Tensor(repeating: 0.5, [2, 527])
    scores.write { $0[900] = value }
    try withFixture([("a_cls", Tensor(repeating: 0.5, [2, 527]))]) { path in
      var comparison = Comparison(try Checkpoint.open(path))
      try comparison.compare(.audioScores, scores)
      #expect(comparison.lines.map(\.isOK) == [isOK])
    }
    // An infinite reference must not allow everything.
    try withFixture([("v_cls", Tensor([1, .infinity], [1, 2]))]) { path in
      var comparison = Comparison(try Checkpoint.open(path))
      try comparison.compare(.visualLogits, Tensor([1, 2], [1, 2]))
      #expect(comparison.lines.map(\.isOK) == [false])
    }
  }

  @Test func signFlipsAreCounted() throws {
    let reference = Tensor(repeating: 1e-5, [5, 1, 224, 224])
    try withFixture([("logits", reference)]) { path in
      for (flips, isOK) in [(50, true), (51, false)] {
        var logits = reference.reshaped([5, 224, 224])
        logits.write { for i in 0..<flips { $0[i] = -1e-5 } }
        var comparison = Comparison(try Checkpoint.open(path))
        try comparison.compare(.maskLogits, logits)
        #expect(comparison.lines.map(\.isOK) == [true, isOK])
      }
    }
  }

  @Test func aFixtureWithoutReferencesIsNoProof() throws {
    let real = try Checkpoint.open(Fixtures.path("pvt_panns.safetensors"))
    let inputs = try ["images", "waveform"].map { (name: $0, tensor: try real.tensor($0).slice(0..<1)) }
    try withFixture(inputs) { path in
      let check = try ParityCheck(ReferenceFixture(opening: path))
      #expect(!check.isOK && check.missing.contains("logits") && check.labels.count == 1)
    }
    try withFixture(inputs, variant: "lite") { path in
      #expect(throws: ModelError.self) { try ParityCheck(ReferenceFixture(opening: path)) }
    }
  }

  @Test func anObserverThatThrowsStopsTheRun() throws {
    struct Stop: Error {}
    let fixture = try ReferenceFixture(opening: Fixtures.path("pvt_panns.safetensors"))
    #expect(throws: Stop.self) {
      try ParityCheck(fixture) { milestone, _ in if milestone == .stage(1) { throw Stop() } }
    }
  }

  @Test func efficientNetLite() throws {
    let reference = try Checkpoint.open(Fixtures.path("lite_reference.safetensors"))
    let model = try C3NModel.load(
      .lite, from: .files([Fixtures.asset("Weights/efficientnet-lite0.f16.safetensors")]),
      similarity: try .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
    // [1, 3, 224 224] -> [1, 224 224, 3]
    let frame = try reference.tensor("image").swappingInnerAxes(outer: 1, rows: 3, columns: 224 * 224)
      .reshaped([1, 224, 224, 3])
    let seen = try model.see(frame)
    func check(_ name: String, _ values: [Float], tolerance: Float = 1e-4) throws {
      let expected = try reference.tensor(name).values
      let scale = expected.map(abs).max()!
      let error = zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(values.count == expected.count && error <= tolerance * scale, "\(name): \(error) of \(scale)")
    }
    try check("logits", seen.logits!.values)
    for stage in 1...4 {
      let map = seen.stages[stage - 1]
      let (positions, channels) = (map.shape[1] * map.shape[2], map.shape[3])
      let first = map.swappingInnerAxes(outer: 1, rows: positions, columns: channels).values
      let step = max(1, first.count / 512)
      try check("stage\(stage)", (0..<512).map { first[$0 * step] })
    }
    let label = Int(try reference.integers("target_category")[0])
    #expect(CategoryMatch.visualLabels(model.visualConfidences(seen)!).map(\.visualLabel) == [label])
    for (stage, omega) in try model.weigh(seen, labels: [label]).enumerated() {
      // Rounding moves activations across the kinks of ReLU6: PyTorch's own float32 and float64 runs
      // differ by 5e-3 in omega 1, by 3e-3 in omega 2 and by 1e-7 in the others.
      try check("omega\(stage + 1)", omega.values, tolerance: stage < 2 ? 1e-2 : 1e-4)
    }
    #expect(model.limitations.count == 2)
  }
}

@Suite("Weights by formula")
struct FormulaTests {
  struct FirstValue: Sendable {
    let key: String
    let shape: Shape
    let seed1, seed7: UInt32
  }

  @Test(arguments: [
    FirstValue(
      key: "encoder_backbone.patch_embed1.proj.weight", shape: [64, 3, 7, 7], seed1: 0x3cf0_286e,
      seed7: 0x3d20_32f7),
    FirstValue(
      key: "encoder_backbone.block3.17.attn.q.weight", shape: [320, 320], seed1: 0xbe34_dc6a,
      seed7: 0x3c91_4e81),
    FirstValue(key: "tpavi_1.W_z.1.running_var", shape: [256], seed1: 0x3f63_482b, seed7: 0x3f4f_a70f),
    FirstValue(key: "similarity_matrix", shape: [1000, 527], seed1: 0x3eeb_6b78, seed7: 0x3efd_7d2a),
  ])
  func firstValues(_ known: FirstValue) {
    #expect(FormulaWeights(seed: 1).tensor(known.key, shape: known.shape)[0].bitPattern == known.seed1)
    #expect(FormulaWeights(seed: 7).tensor(known.key, shape: known.shape)[0].bitPattern == known.seed7)
  }

  @Test func aSumOfAllBits() {
    let values = FormulaWeights(seed: 1).tensor("audio_backbone.bn0.running_mean", shape: [64]).values
    #expect(values.reduce(0 as UInt32) { $0 &+ $1.bitPattern } == 0x7163_a942)
    #expect(values.last!.bitPattern == 0xc1d0_59a4)
  }
}
