import Tensors

/// A point of the computation at which a tensor is complete.
///
/// Stages count from 1, as the paper's V_1 ... V_4 do.
public enum Milestone: Hashable, Sendable, CustomStringConvertible {
  /// The audio encoder's input, such as log-mels [T, time, mel].
  case audioFrontEnd

  /// The output of an audio block, counted from 1.
  case audioBlock(Int)

  /// The embedding in VGGish's principal components [T, 128].
  case audioComponents

  /// The same in 256 steps [T, 128], each 0 to 255.
  case audioCodes

  /// F_a [T, d].
  case audioEmbedding

  /// The 527 audio class scores [T, 527] as the encoder publishes them.
  case audioScores

  /// The output of a block of the visual backbone, counted from 0, as checkpoints count them.
  case visualBlock(stage: Int, block: Int)

  /// V_i [F, H, W, C], the stage output.
  case stage(Int)

  /// The 1000 visual class logits [F, 1000].
  case visualLogits

  /// The gradient of the label's logit before a block [F, H, W, C].
  case gradientBlock(stage: Int, block: Int)

  /// omega_i [F, C], before it is normalised.
  case classActivatedWeights(Int)

  /// V_i^r [F, H, W, C], what CCAM makes of V_i.
  case attended(Int)

  /// V_i^a [F, H, W, 256], after the pooling (ASPP).
  case pooled(Int)

  /// How much each position of stage i attends to the sound [F, H, W], before the non-local block mixes it.
  case fusionAttention(Int)

  /// M_i [F, H, W, 256], after the non-local block.
  case fused(Int)

  /// The decoder's path i after its enlargement [F, 2H, 2W, 256].
  case path(Int)

  /// Mask logits [F, 224, 224].
  case maskLogits

  /// A short name for progress lines, timings and reports.
  public var description: String {
    switch self {
    case .audioFrontEnd: "audio front-end"
    case .audioBlock(let index): "audio block \(index)"
    case .audioComponents: "audio components"
    case .audioCodes: "audio codes"
    case .audioEmbedding: "audio embedding"
    case .audioScores: "audio scores"
    case .visualBlock(let stage, let block): "visual stage \(stage) block \(block)"
    case .stage(let stage): "stage \(stage)"
    case .visualLogits: "visual logits"
    case .gradientBlock(let stage, let block): "gradient stage \(stage) block \(block)"
    case .classActivatedWeights(let stage): "omega \(stage)"
    case .attended(let stage): "CCAM \(stage)"
    case .pooled(let stage): "ASPP \(stage)"
    case .fusionAttention(let stage): "fusion attention \(stage)"
    case .fused(let stage): "fusion \(stage)"
    case .path(let stage): "path \(stage)"
    case .maskLogits: "mask logits"
    }
  }

  /// The part of the paper's diagram that the milestone belongs to.
  public var part: Part {
    switch self {
    case .audioFrontEnd, .audioBlock, .audioComponents, .audioCodes, .audioEmbedding, .audioScores: .audio
    case .visualBlock, .stage, .visualLogits: .backbone
    case .gradientBlock, .classActivatedWeights: .backward
    case .attended: .attention
    case .pooled: .aspp
    case .fusionAttention, .fused: .fusion
    case .path, .maskLogits: .decoder
    }
  }

  /// The parts of the paper's diagram, in the order of the computation.
  public enum Part: String, CaseIterable, Sendable {
    /// The audio encoder.
    case audio
    /// The visual backbone.
    case backbone
    /// C3IM.
    case consensus
    /// The class-activated weights.
    case backward
    /// CCAM.
    case attention = "ccam"
    /// Atrous spatial pyramid pooling.
    case aspp
    /// The non-local blocks.
    case fusion
    /// The segmentation head.
    case decoder
  }
}

/// Told of every tensor as it is completed: progress, parity, timing. Throwing (a `CancellationError`) stops the run.
public typealias Observer = (Milestone, Tensor) throws -> Void
