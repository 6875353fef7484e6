import Layers
import Media
import Tensors

/// Pyramid Vision Transformer v2, size B5, with its ImageNet head (`encoder_backbone` in the published program).
///
/// V_i is the stage's normed map, which is also the next stage's input; A_i is the last block's output before it.
public struct PVTv2: VisualBackbone {
  /// 64, 128, 320, 512.
  public let channels: [Int]

  /// 3, 6, 40, 3 for B5.
  public var blockCounts: [Int] { stages.map(\.blocks.count) }

  /// ImageNet's mean and standard deviation.
  public let normalization = FrameNormalization.imageNet

  /// Whether the checkpoint has the ImageNet head.
  public var hasClasses: Bool { head != nil }

  private let stages: [Stage]
  private let head: Linear?

  /// One stage: overlapping patches, transformer blocks, norm.
  private struct Stage: Sendable {
    let patches: OverlapPatchEmbedding
    let blocks: [PVTv2Block]
    let norm: LayerNorm
  }

  private struct StageRecord: Sendable {
    let patches: OverlapPatchEmbedding.Record
    let blocks: [PVTv2Block.Record]
    let norm: LayerNorm.Record?
  }

  private struct Record: Sendable {
    let stages: [StageRecord]
    let head: Linear.Record?
    let lastShape: Shape
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights, hasClasses: Bool = true) {
    self.init(weights, depths: [3, 6, 40, 3], hasClasses: hasClasses)
  }

  /// A network of other sizes, for tests; B0 to B4 also differ in their MLP ratios, which are 4 here.
  package init(
    _ weights: Weights, depths: [Int], channels: [Int] = [64, 128, 320, 512], heads: [Int] = [1, 2, 5, 8],
    hasClasses: Bool = true
  ) {
    let reductions = [8, 4, 2, 1]
    self.channels = channels
    stages = (0..<4).map { i in
      Stage(
        patches: OverlapPatchEmbedding(
          weights["patch_embed\(i + 1)"], in: i == 0 ? 3 : channels[i - 1], out: channels[i],
          kernel: i == 0 ? 7 : 3, stride: i == 0 ? 4 : 2),
        blocks: (0..<depths[i]).map { block in
          PVTv2Block(
            weights["block\(i + 1)"][block], channels: channels[i], heads: heads[i], reduction: reductions[i])
        },
        norm: LayerNorm(weights["norm\(i + 1)"], channels: channels[i], epsilon: 1e-6))
    }
    head = hasClasses ? Linear(weights.head, in: channels[3], out: 1000) : nil
  }

  /// Features, the class logits being `head(mean over tokens of V_4)`.
  ///
  /// In training, `depth` says which branches of which frames are left out, block by block.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, observe: Observer
  ) throws -> VisualFeatures {
    var x = frames
    var passed = 0
    var outputs: [Tensor] = []
    var activations: [Tensor] = []
    var records: [StageRecord] = []
    for (index, stage) in stages.enumerated() {
      // Nothing before A_1 is visited by the backward pass that only looks for class-activated weights.
      let inner = index == 0 && recording == .inputGradients ? Recording.none : recording
      let patches = stage.patches.forward(x, recording: inner)
      x = patches.0
      var blocks: [PVTv2Block.Record] = []
      for (number, block) in stage.blocks.enumerated() {
        let (y, record) = block.forward(x, recording: inner, depth: depth?.blocks[passed])
        x = y
        passed += 1
        if inner != .none { blocks.append(record!) }
        try observe(.visualBlock(stage: index + 1, block: number), x)
      }
      activations.append(x)
      let norm = stage.norm.forward(x, recording: recording)
      x = norm.0
      outputs.append(x)
      try observe(.stage(index + 1), x)
      records.append(StageRecord(patches: patches.1, blocks: blocks, norm: norm.1))
    }
    let classified = head?.forward(AveragePool.global(x), recording: recording)
    if let classified { try observe(.visualLogits, classified.0) }
    let record = Record(stages: records, head: classified?.1, lastShape: x.shape)
    return VisualFeatures(
      stages: outputs, activations: activations, logits: classified?.0,
      record: recording == .none ? nil : record)
  }

  /// See ``VisualBackbone``.
  public func backward(
    logits: Tensor?, stages stageGradients: [Tensor?], from features: VisualFeatures,
    accumulating gradients: Gradients?, observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws {
    guard let record = features.record as? Record else {
      preconditionFailure("backward through features that were not recorded")
    }
    var incoming: Tensor?
    if let logits, let head, let headRecord = record.head {
      // The classification heads are frozen (paper III-A): their own gradients are never summed.
      incoming = AveragePool.globalBackward(head.backward(logits, headRecord), record.lastShape)
    }
    for index in (0..<4).reversed() {
      let (stage, kept) = (stages[index], record.stages[index])
      var dV = incoming
      if let own = stageGradients[index] {
        if dV == nil { dV = own } else { dV!.add(own) }
      }
      guard let dV else { continue }
      var dx = stage.norm.backward(dV, kept.norm!, accumulating: gradients)
      try activation(index + 1, dx)
      if index == 0 && gradients == nil { return }
      for number in stage.blocks.indices.reversed() {
        dx = stage.blocks[number].backward(dx, kept.blocks[number], accumulating: gradients)
        try observe(.gradientBlock(stage: index + 1, block: number), dx)
      }
      incoming = stage.patches.backward(dx, kept.patches, accumulating: gradients)
    }
  }
}

/// A strided convolution whose patches overlap, followed by a layer norm.
///
/// [F, H, W, in] -> [F, H/stride, W/stride, out]; the padding is half the kernel.
struct OverlapPatchEmbedding: Sendable {
  private let projection: Conv2d
  private let norm: LayerNorm

  struct Record: Sendable {
    let projection: Conv2d.Record
    let norm: LayerNorm.Record?
  }

  init(_ weights: Weights, in input: Int, out output: Int, kernel: Int, stride: Int) {
    projection = Conv2d(
      weights.proj, in: input, out: output, kernel: kernel, stride: stride, padding: kernel / 2)
    norm = LayerNorm(weights.norm, channels: output)
  }

  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record) {
    let (projected, projectionRecord) = projection.forward(x, recording: recording)
    let (y, normRecord) = norm.forward(projected, recording: recording)
    return (y, Record(projection: projectionRecord, norm: normRecord))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    projection.backward(
      norm.backward(dy, record.norm!, accumulating: gradients), record.projection, accumulating: gradients)
  }
}

extension BackboneKind {
  /// PVTv2-B5.
  public static let pvtv2 = BackboneKind(
    name: "PVTv2-B5", root: "encoder_backbone", signature: "patch_embed1.proj.weight",
    channels: [64, 128, 320, 512],
    source: "`pvt_v2_b5.pth`, from the publication of PVTv2", parameterCount: 81_956_008,
    classParameterCount: 513_000,
    memory: BackboneMemory(forward: 12_250, saved: 75_700, backward: 79_500, training: 245_000),
    isTrainable: true, stochasticDepth: 0.1,
    adopt: { key, _, hasClasses in hasClasses || !key.hasPrefix("head.") ? key : nil },
    build: { PVTv2($0, hasClasses: $1) })
}
