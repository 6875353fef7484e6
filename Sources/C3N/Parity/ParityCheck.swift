import Checkpoints
import Tensors

/// Runs a variant with formula-made weights on a fixture's inputs and holds every reference tensor against the result.
public struct ParityCheck: Sendable {
  /// The comparison of one reference tensor.
  public struct Line: Sendable {
    /// The tensor's name in the fixture.
    public let name: String

    /// The largest error, in the measure that the tolerance is in.
    public let error: Double

    /// What the error may be.
    public let tolerance: Double

    /// What was compared, when that is not the largest absolute difference.
    public let remark: String

    /// Whether the tensor agrees.
    public var isOK: Bool { error <= tolerance }
  }

  /// One line for each reference tensor of the fixture, in the order of the computation.
  public let lines: [Line]

  /// The unified label of every frame.
  public let labels: [Int]

  /// The label of every frame that the fixture has.
  public let referenceLabels: [Int]

  /// Reference tensors that this program does not know how to compare; a fixture should have none.
  public let unknown: [String]

  /// What no fixture can do without.
  public let missing: [String]

  /// Whether everything agrees.
  public var isOK: Bool { lines.allSatisfy(\.isOK) && unknown.isEmpty && missing.isEmpty }

  /// Makes the weights, runs the model, compares.
  ///
  /// - Parameters:
  ///   - fixture: inputs and reference tensors.
  ///   - progress: told of each milestone; throwing stops the run.
  public init(_ fixture: ReferenceFixture, observe progress: Observer = { _, _ in }) throws {
    let model = try C3NModel.load(fixture.variant, from: .formula(seed: fixture.seed), similarity: nil)
    var comparison = Comparison(fixture.checkpoint)
    let observe: Observer = { milestone, tensor in
      try progress(milestone, tensor)
      try comparison.compare(milestone, tensor)
    }
    let switches = Switches()
    var heard =
      switch fixture.sound {
      case .waveform(let samples): try model.hear(samples, observe: observe)
      case .prepared(let input): try model.hear(prepared: input, observe: observe)
      }
    if let codes = comparison.codesToGoOnWith, let vggish = model.audio as? VGGish,
      let classes = vggish.classes(ofCodes: codes)
    {
      heard?.classes = classes
      try comparison.compareScores(classes.scores)
    }
    guard let heard else {
      throw ModelError(
        place: fixture.checkpoint.file, problem: "variant \(fixture.variant) has no reference to compare with"
      )
    }
    let seen = try model.see(fixture.frames, observe: observe)
    var omegas: [Tensor]?
    var labels: [Int] = []
    if let audio = model.audioConfidences(heard, switches), let visual = model.visualConfidences(seen) {
      let agreements = model.agree(audio: audio, visual: visual, switches)!
      try comparison.compare(
        agreements,
        gaps: (0..<agreements.count).map { frame in
          model.match.relativeGap(audio: audio, visual: visual, frame: frame, switches)
        })
      labels = agreements.map(\.visualLabel)
      omegas = try model.weigh(seen, labels: labels, observe: observe)
    }
    let attended = try model.attend(seen, omegas: omegas, observe: observe)
    _ = try model.segment(attended, embedding: heard.embedding, switches, observe: observe)
    lines = comparison.lines
    self.labels = labels
    referenceLabels = comparison.referenceLabels
    let ofClasses = ["v_cls", "target_category", "omega1", "omega2", "omega3", "omega4"]
    let logits = comparison.compared.contains("logits_sample") ? "logits_sample" : "logits"
    let required = [logits] + (model.visual.hasClasses ? ofClasses : [])
    missing = required.filter { !comparison.compared.contains($0) }
    let inputs = ["images", "waveform", "vggish_logmel"]
    unknown = fixture.checkpoint.names.filter { name in
      !inputs.contains(name) && !comparison.compared.contains(name)
    }
  }
}

extension CategoryMatch {
  /// The distance between the two largest cells of M_cof, relative to the largest: how safe j* is.
  func relativeGap(audio: Tensor, visual: Tensor, frame: Int, _ switches: Switches) -> Float {
    let matrix = reweighted(
      audio: audio, visual: visual, frame: frame, alpha: switches.alpha, beta: switches.beta)
    return matrix.read { values in
      var (first, second) = (-Float.infinity, -Float.infinity)
      for i in 0..<matrix.count {
        if values[i] > first {
          (first, second) = (values[i], first)
        } else {
          second = max(second, values[i])
        }
      }
      return (first - second) / first
    }
  }
}
