import Checkpoints
import Tensors

/// Collects the comparison of reference tensors as the model completes them.
///
/// The tolerances: mask logits 1e-3 absolute and 50 sign flips of 250,880 pixels (the float32 noise of the reference
/// itself is 2.5e-5 to 5.7e-5); audio scores 1e-4 absolute; everything else 1e-4 of the tensor's absolute maximum.
package struct Comparison {
  package private(set) var lines: [ParityCheck.Line] = []
  package private(set) var compared: Set<String> = []
  private(set) var referenceLabels: [Int] = []
  private let checkpoint: Checkpoint

  /// A comparison with the tensors of a fixture.
  package init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
  }

  /// Compares what a milestone has made with the tensor that the fixture has of it, if it has one.
  package mutating func compare(_ milestone: Milestone, _ tensor: Tensor) throws {
    switch milestone {
    case .audioFrontEnd:
      // A fixture has the front-end's output of its own encoder; VGGish's is an input.
      for name in ["panns_logmel", "beats_fbank"] { try whole(name, tensor) }
    case .audioComponents: try whole("vggish_pca", tensor)
    case .audioCodes: try codes(tensor)
    case .audioEmbedding: try whole("audio_embedding", tensor)
    case .audioScores: try whole("a_cls", tensor, absolute: 1e-4)
    case .visualLogits: try whole("v_cls", tensor)
    case .classActivatedWeights(let stage): try whole("omega\(stage)", tensor)
    case .stage(let stage): try sample("stage\(stage)_sample", tensor)
    case .attended(let stage): try sample("cs\(stage)_sample", tensor)
    case .pooled(let stage): try sample("aspp\(stage)_sample", tensor)
    case .fused(let stage): try sample("tpavi\(stage)_sample", tensor, framesInside: true)
    case .path(let stage): try sample("path\(stage)_sample", tensor)
    case .maskLogits: try maskLogits(tensor)
    case .audioBlock, .visualBlock, .gradientBlock, .fusionAttention: break
    }
  }

  /// Compares labels: k* in every frame, j* where the gap between the two largest cells is above rounding.
  mutating func compare(_ agreements: [CategoryMatch.Agreement], gaps: [Float]) throws {
    func differences(_ name: String, _ remark: String, _ differs: (Int, Int64) -> Bool) throws {
      guard let expected = try integers(name, agreements.count) else { return }
      let count = expected.enumerated().count { differs($0.offset, $0.element) }
      lines.append(.init(name: name, error: Double(count), tolerance: 0, remark: remark))
    }
    referenceLabels = try integers("target_category", agreements.count)?.map { Int($0) } ?? []
    try differences("target_category", "frames with another label") { agreements[$0].visualLabel != Int($1) }
    try differences("reweighted_row", "frames with another visual class") {
      agreements[$0].visualLabel != Int($1)
    }
    try differences("reweighted_col", "frames with another audio class, where the gap is above 1e-4") {
      gaps[$0] > 1e-4 && agreements[$0].audioLabel != Int($1)
    }
    try whole("reweighted_max", Tensor(agreements.map { $0.value ?? 0 }, [agreements.count]))
  }

  private mutating func whole(_ name: String, _ tensor: Tensor, absolute: Double? = nil) throws {
    guard let reference = try reference(name, count: tensor.count) else { return }
    append(name, tensor.values, reference.values, absolute: absolute)
  }

  /// Samples are 512 values of the row-major channels-first tensor, at equal distances.
  private mutating func sample(_ name: String, _ tensor: Tensor, framesInside: Bool = false) throws {
    let count = min(512, tensor.count)
    guard let reference = try reference(name, count: count) else { return }
    let step = max(1, tensor.count / 512)
    let (frames, positions, channels) = (tensor.shape[0], tensor.shape[1] * tensor.shape[2], tensor.shape[3])
    let values = tensor.read { values in
      (0..<count).map { index in
        let flat = index * step
        let (outer, position) = (flat / positions, flat % positions)
        // [F, C, H, W], or [C, F, H, W] where the original works on whole clips.
        let (frame, channel) =
          framesInside ? (outer % frames, outer / frames) : (outer / channels, outer % channels)
        return values[(frame * positions + position) * channels + channel]
      }
    }
    append(name, values, reference.values, absolute: nil)
  }

  /// Rounding may move one value by one step; everything else is equal.
  private mutating func codes(_ tensor: Tensor) throws {
    guard let reference = try reference("vggish_quantised", count: tensor.count) else { return }
    let steps = zip(tensor.values, reference.values).reduce(0) { $0 + Double(abs($1.0 - $1.1)) }
    lines.append(.init(name: "vggish_quantised", error: steps, tolerance: 1, remark: "steps of 255"))
  }

  private mutating func maskLogits(_ tensor: Tensor) throws {
    guard let reference = try reference("logits", count: tensor.count) else { return }
    append("logits", tensor.values, reference.values, absolute: 1e-3)
    let flips = zip(tensor.values, reference.values).count { ($0 > 0) != ($1 > 0) }
    lines.append(
      .init(
        name: "logits_signs", error: Double(flips),
        tolerance: (50 * Double(tensor.count) / 250_880).rounded(.up),
        remark: "sign flips of \(tensor.count) pixels"))
  }

  private mutating func append(_ name: String, _ values: [Float], _ reference: [Float], absolute: Double?) {
    var error: Float = 0
    var scale: Float = 0
    for (a, b) in zip(values, reference) {
      // A NaN on either side must not pass as small.
      error = (a - b).isNaN ? .infinity : max(error, abs(a - b))
      scale = max(scale, abs(b))
    }
    // An infinite reference would allow everything.
    let tolerance = scale.isFinite ? absolute ?? 1e-4 * Double(scale) : 0
    lines.append(.init(name: name, error: Double(error), tolerance: tolerance, remark: ""))
  }

  private mutating func reference(_ name: String, count: Int) throws -> Tensor? {
    guard let entry = checkpoint[name] else { return nil }
    compared.insert(name)
    guard entry.shape.count == count else {
      throw ModelError(
        place: checkpoint.file, problem: "'\(name)' has shape \(entry.shape), expected \(count) values")
    }
    return entry.tensor()
  }

  private mutating func integers(_ name: String, _ count: Int) throws -> [Int64]? {
    guard checkpoint[name] != nil else { return nil }
    compared.insert(name)
    let values = try checkpoint.integers(name)
    guard values.count == count else {
      throw ModelError(
        place: checkpoint.file, problem: "'\(name)' has \(values.count) values, expected \(count)")
    }
    return values
  }
}
