import Checkpoints
import Layers
import Tensors

/// C3N, the Cross-modal Cognitive Consensus guided Network, in the steps of the paper's Fig. 2.
///
/// Each step is a pure function of the ones before, so that whoever keeps their results recomputes only what a
/// change touches:
///
///     frames --see--> features      waveform --hear--> embedding, scores
///     features, scores --agree--> unified labels --weigh--> omega --attend--> V^r --pool--> V^a --fuse--> M --decode--> masks
public struct C3NModel: Sendable {
  /// What the model is made of.
  public let variant: Variant

  /// The visual backbone.
  public let visual: any VisualBackbone

  /// The audio encoder; nil where the variant has none.
  public let audio: (any AudioEncoder)?

  /// C3IM with its similarity matrix.
  public let match: CategoryMatch

  /// Everything after CCAM; nil where the variant has no trained decoder.
  public let segmentation: Segmentation?

  /// Whether the weights were learnt; those by formula were not.
  let hasSkill: Bool

  /// How the audio encoder's classes are brought into AudioSet's order; nil where they are taken as they come.
  let audioOrder: LabelAlignment?

  /// Where the weights came from, for screens and reports.
  public let origin: String

  /// Every parameter, in the order in which the model reads them.
  public let parameters: [Parameter]

  /// Every running statistic and mask.
  public let buffers: [Buffer]

  /// The weight files as they were when they were read, in the order in which they were given; empty for weights by formula.
  var weightFiles: [FileVersion] = []

  /// The files that the model was made of.
  public var files: ModelFiles {
    ModelFiles(variant: variant, weights: weightFiles, similarity: match.similarity.file)
  }

  /// Reads what a checkpoint has beyond parameters and buffers: layers without effect, tables that follow from the
  /// architecture. Nothing is computed with it, but PyTorch wants it in the files that are written.
  var idle: @Sendable () -> [StoredTensor] = { [] }

  /// What a variant may or may not have, told by the weights that there are.
  public struct Parts: Hashable, Sendable {
    /// The width of ASPP, non-local blocks and decoder; nil without them.
    public var decoderWidth: Int?

    /// Whether there is an audio encoder.
    public var hasAudio: Bool

    /// Whether the non-local blocks were built to take sound.
    public var fusesAudio: Bool

    /// Parts.
    public init(decoderWidth: Int?, hasAudio: Bool, fusesAudio: Bool) {
      self.decoderWidth = decoderWidth
      self.hasAudio = hasAudio
      self.fusesAudio = fusesAudio
    }

    /// The published network.
    public static let published = Parts(decoderWidth: 256, hasAudio: true, fusesAudio: true)

    /// A backbone with its classes, and nothing else.
    public static let backboneAlone = Parts(decoderWidth: nil, hasAudio: false, fusesAudio: false)
  }

  /// Builds the variant, taking its tensors from `reader`, which the caller then finishes.
  init(
    _ variant: Variant, _ parts: Parts, _ reader: WeightReader, similarity: SimilarityMatrix, origin: String,
    hasSkill: Bool = true, options: Options = Options(), audioOrder: LabelAlignment? = nil
  ) {
    let weights = reader.root
    let hasClasses = variant.method.hasClasses
    let visual = variant.visual.build(weights[variant.visual.root], hasClasses)
    precondition(visual.channels == variant.visual.channels, "\(variant.visual): \(visual.channels) channels")
    let audio = parts.hasAudio ? variant.audio.build(weights, hasClasses, options) : nil
    let segmentation = parts.decoderWidth.map { width in
      Segmentation(
        weights, visual: visual.channels, audio: parts.fusesAudio ? audio?.embeddingWidth : nil, width: width,
        method: variant.method)
    }
    self.init(
      variant, visual: visual, audio: audio, segmentation: segmentation, reader, similarity: similarity,
      origin: origin, hasSkill: hasSkill, audioOrder: audioOrder)
  }

  /// A model of parts that were built from `reader`; tests put small ones together.
  package init(
    _ variant: Variant, visual: any VisualBackbone, audio: (any AudioEncoder)?, segmentation: Segmentation?,
    _ reader: WeightReader, similarity: SimilarityMatrix, origin: String, hasSkill: Bool = true,
    audioOrder: LabelAlignment? = nil
  ) {
    self.variant = variant
    self.hasSkill = hasSkill
    self.audioOrder = audioOrder
    self.visual = visual
    self.audio = audio
    self.segmentation = segmentation
    self.origin = origin
    match = CategoryMatch(similarity: similarity)
    parameters = reader.parameters
    // A training's checkpoint has the order with the weights: it is not read from the encoder's file again.
    buffers = reader.buffers + (audioOrder.map { [$0.buffer] } ?? [])
  }

  /// The switches as far as this model can follow them: without an audio encoder, CC becomes CC-V; without visual
  /// classes (TPAVI) there is no consensus.
  public func feasible(_ switches: Switches) -> Switches {
    var switches = switches
    if !visual.hasClasses {
      switches.consensus = .none
      switches.forcedLabel = nil
    }
    if audio == nil {
      if switches.consensus == .audioVisual { switches.consensus = .visual }
      switches.audioFeatures = false
      switches.audioNoise = nil
    }
    if segmentation == nil { switches.nonLocal = false }
    if segmentation?.listens == false { switches.audioFeatures = false }
    return switches
  }

  /// How many milestones each part passes under the switches, so that progress is a share and not a guess.
  ///
  /// - Parameters:
  ///   - switches: the settings.
  ///   - chunks: how many parts the clip's frames are computed in.
  ///   - seconds: the seconds of sound.
  public func milestoneCounts(
    _ switches: Switches, chunks: Int = 1, seconds: Int = 1
  ) -> [Milestone.Part: Int] {
    let switches = feasible(switches)
    let hasConsensus = switches.consensus != .none
    var counts: [Milestone.Part: Int] = [
      .backbone: (visual.blockCounts.reduce(0, +) + (visual.hasClasses ? 5 : 4)) * chunks
    ]
    if let audio {
      // The front-end takes all sound at once.
      let pieces = Self.chunks(of: seconds, atMost: Self.framesAtATime).count
      counts[.audio] = 1 + (audio.milestoneCount - 1) * pieces
    }
    if hasConsensus { counts[.backward] = (visual.blockCounts.dropFirst().reduce(0, +) + 4) * chunks }
    if segmentation != nil {
      if hasConsensus { counts[.attention] = 4 * chunks }
      counts[.aspp] = 4 * chunks
      if switches.nonLocal { counts[.fusion] = 8 * chunks }
      counts[.decoder] = 5 * chunks
    }
    return counts
  }

  /// What this model cannot do, in words for the screen.
  public var limitations: [String] {
    (hasSkill ? [] : ["weights by formula, no skill: results mean nothing"])
      + (visual.hasClasses
        ? []
        : ["\(variant) has no classes: no unified label and no CCAM, the attention is the non-local blocks'"])
      + ((audio as? LiteAudio).map { ["\(variant) hears \($0.knownClassCount) of AudioSet's 527 classes"] }
        ?? [])
      + (audio == nil
        ? ["\(variant) without an audio encoder: the unified label is the visual one (CC-V)"] : [])
      + (segmentation == nil ? ["\(variant) without a trained decoder: heat maps, but no mask"] : [])
  }

  /// Frames [F, 224, 224, 3], normalised by `visual.normalization` -> features, recorded for ``weigh(_:labels:observe:)``.
  public func see(
    _ frames: Tensor, recording: Recording = .inputGradients, observe: Observer = { _, _ in }
  ) throws -> VisualFeatures {
    let features = try visual.forward(frames, recording: recording, observe: observe)
    if let logits = features.logits { try requireFinite(logits, "visual class logits") }
    return features
  }

  /// Samples [T, 16000] -> embedding and scores; nil without an audio encoder.
  ///
  /// - Parameters:
  ///   - waveform: 16 kHz samples in [-1, 1].
  ///   - sampleCount: Samples before the zeros that complete a short sound; without it, all.
  ///   - logMel: VGGish's log-mels [T, 96, 64] if the dataset ships them; only VGGish takes them.
  ///   - observe: told of every milestone; throwing stops the run.
  public func hear(
    _ waveform: Tensor, sampleCount: Int? = nil, logMel: Tensor? = nil, observe: Observer = { _, _ in }
  ) throws -> AudioFeatures? {
    guard let audio else { return nil }
    let shipped = audio.takesShippedLogMels ? logMel : nil
    let input = shipped ?? audio.frontEnd(waveform, sampleCount: sampleCount ?? waveform.count)
    return try hear(prepared: input, observe: observe)
  }

  /// What the audio encoder's front-end makes of sound -> embedding and scores; nil without an audio encoder.
  ///
  /// Long sound goes through the encoder some seconds at a time: no second depends on another.
  func hear(prepared input: Tensor, observe: Observer) throws -> AudioFeatures? {
    guard let audio else { return nil }
    try observe(.audioFrontEnd, input)
    let pieces = Self.chunks(of: input.shape[0], atMost: Self.framesAtATime)
    var features = AudioFeatures(
      joining: try pieces.map {
        try audio.forward(pieces.count == 1 ? input : input.slice($0), observe: observe)
      })
    try requireFinite(features.embedding, "audio embedding")
    guard let classes = features.classes else { return features }
    try requireFinite(classes.logits, "audio class scores")
    if let audioOrder { features.classes = audioOrder.aligned(classes) }
    return features
  }

  /// Damaged weights must not look like a result: a label would be found among numbers that are none.
  private func requireFinite(_ tensor: Tensor, _ what: String) throws {
    let isFinite = tensor.read { values in (0..<tensor.count).allSatisfy { values[$0].isFinite } }
    guard isFinite else {
      throw ModelError(place: origin, problem: "the \(what) are not finite numbers; are the weights damaged?")
    }
  }

  /// C_A [T, 527], the softmax that the switches ask for (eq. 1); nil where nobody asks for classes (TPAVI).
  public func audioConfidences(_ features: AudioFeatures, _ switches: Switches) -> Tensor? {
    features.classes.map {
      CategoryMatch.confidences(switches.audioScores == .logits ? $0.logits : $0.scores)
    }
  }

  /// C_V [F, 1000] (eq. 2); nil without visual classes.
  public func visualConfidences(_ features: VisualFeatures) -> Tensor? {
    features.logits.map(CategoryMatch.confidences)
  }

  /// The unified label of every frame; nil when the switches want no consensus.
  public func agree(audio: Tensor?, visual: Tensor?, _ switches: Switches) -> [CategoryMatch.Agreement]? {
    let switches = feasible(switches)
    guard let visual else { return nil }
    if let label = switches.forcedLabel, switches.consensus != .none {
      return (0..<visual.shape[0]).map { _ in .init(visualLabel: label) }
    }
    switch switches.consensus {
    case .none:
      return nil
    case .visual:
      return CategoryMatch.visualLabels(visual)
    case .audioVisual:
      return match.agreements(audio: audio!, visual: visual, alpha: switches.alpha, beta: switches.beta)
    }
  }

  /// omega_1 ... omega_4 [F, C_i] for each frame's label (eq. 8): one backward pass.
  public func weigh(
    _ features: VisualFeatures, labels: [Int], observe: Observer = { _, _ in }
  ) throws -> [Tensor] {
    try visual.classActivatedWeights(features, labels: labels, observe: observe)
  }

  /// V_i^r for i = 1 ... 4, or V_i itself without class-activated weights.
  public func attend(
    _ features: VisualFeatures, omegas: [Tensor]?, observe: Observer = { _, _ in }
  ) throws -> [Tensor] {
    guard let omegas else { return features.stages }
    return try (0..<4).map { i in
      let attended = ConsensusAttention.forward(features.stages[i], omega: omegas[i])
      try observe(.attended(i + 1), attended)
      return attended
    }
  }

  /// V_i^r -> V_i^a for i = 1 ... 4; nil without a decoder.
  public func pool(_ attended: [Tensor], observe: Observer = { _, _ in }) throws -> [Tensor]? {
    guard let segmentation else { return nil }
    return try (0..<4).map { i in
      let pooled = segmentation.pooling[i].forward(attended[i])
      try observe(.pooled(i + 1), pooled)
      return pooled
    }
  }

  /// V_i^a of one clip and its F_a [T, d] -> mask logits [T, 224, 224], of a model with a decoder.
  public func decode(
    _ pooled: [Tensor], embedding: Tensor?, _ switches: Switches, observe: Observer = { _, _ in }
  ) throws -> Tensor {
    var switches = switches
    if embedding == nil { switches.audioFeatures = false }
    let summary = summarize(pooled, ofClip: pooled[0].shape[0], switches)
    let maps = fusionMaps(summary.map { [$0] } ?? [], embedding: embedding, switches)
    return try decode(pooled, by: maps, observe: observe)
  }

  /// V_i^r of one clip and its F_a [T, d] -> mask logits [T, 224, 224]; nil without a decoder.
  ///
  /// A clip of more than ``framesAtATime`` frames is pooled twice, a chunk at a time, so that V_i^a of all frames need not
  /// be in memory.
  public func segment(
    _ attended: [Tensor], embedding: Tensor?, _ switches: Switches, observe: Observer = { _, _ in }
  ) throws -> Tensor? {
    let frames = attended[0].shape[0]
    let chunks = Self.chunks(of: frames, atMost: Self.framesAtATime)
    guard chunks.count > 1 else {
      return try pool(attended, observe: observe).map {
        try decode($0, embedding: embedding, switches, observe: observe)
      }
    }
    guard segmentation != nil else { return nil }
    var switches = switches
    if embedding == nil { switches.audioFeatures = false }
    func pooled(_ chunk: Range<Int>) throws -> [Tensor] {
      try pool(attended.map { $0.slice(chunk) }, observe: observe)!
    }
    let summaries = try chunks.compactMap { try summarize(pooled($0), ofClip: frames, switches) }
    let maps = fusionMaps(summaries, embedding: embedding, switches)
    return .concatenate(try chunks.map { try decode(pooled($0), by: maps, observe: observe) })
  }
}
