import Layers
import Media
import Tensors

/// Swin Transformer, size B for pictures of 224, with its ImageNet head (`encoder_backbone` in the published program).
///
/// A_i is the output of stage i's last block before the patches are merged; V_i is its norm, and the next stage gets the
/// merged patches of A_i without that norm.
public struct Swin: VisualBackbone {
  /// 128, 256, 512, 1024.
  public let channels: [Int]

  /// 2, 2, 18, 2 for B.
  public var blockCounts: [Int] { stages.map(\.blocks.count) }

  /// ImageNet's mean and standard deviation.
  public let normalization = FrameNormalization.imageNet

  /// true.
  public let hasClasses = true

  private let patches: Conv2d
  private let patchNorm: LayerNorm
  private let stages: [Stage]
  private let head: Linear

  /// Blocks, the norm of what they give to the decoder, and the way to the next stage.
  private struct Stage: Sendable {
    let blocks: [SwinBlock]
    let norm: LayerNorm
    let merging: PatchMerging?
  }

  private struct StageRecord: Sendable {
    let blocks: [SwinBlock.Record]
    let norm: LayerNorm.Record?
    let merging: PatchMerging.Record?
  }

  private struct Record: Sendable {
    let patches: Conv2d.Record
    let patchNorm: LayerNorm.Record?
    let stages: [StageRecord]
    let head: Linear.Record
    let lastShape: Shape
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    self.init(weights, depths: [2, 2, 18, 2])
  }

  /// A network of other sizes, for tests.
  package init(
    _ weights: Weights, depths: [Int], width: Int = 128, heads: [Int] = [4, 8, 16, 32], window: Int = 7
  ) {
    let channels = (0..<4).map { width << $0 }
    self.channels = channels
    patches = Conv2d(weights.patch_embed.proj, in: 3, out: width, kernel: 4, stride: 4)
    patchNorm = LayerNorm(weights.patch_embed.norm, channels: width)
    stages = (0..<4).map { i in
      let layer = weights.layers[i]
      return Stage(
        blocks: (0..<depths[i]).map { block in
          SwinBlock(
            layer.blocks[block], channels: channels[i], heads: heads[i], window: window,
            shift: block % 2 == 0 ? 0 : window / 2, extent: 56 >> i)
        },
        norm: LayerNorm(weights["norm\(i)"], channels: channels[i]),
        merging: i < 3 ? PatchMerging(layer.downsample, channels: channels[i]) : nil)
    }
    head = Linear(weights.head, in: channels[3], out: 1000)
  }

  /// Features, the class logits being `head(mean over tokens of V_4)`.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, observe: Observer
  ) throws -> VisualFeatures {
    // Nothing before A_1 is visited by the backward pass that only looks for class-activated weights.
    let first = recording == .inputGradients ? Recording.none : recording
    let (embedded, patchRecord) = patches.forward(frames, recording: first)
    var (x, patchNormRecord) = patchNorm.forward(embedded, recording: first)
    var passed = 0
    var outputs: [Tensor] = []
    var activations: [Tensor] = []
    var records: [StageRecord] = []
    for (index, stage) in stages.enumerated() {
      var blocks: [SwinBlock.Record] = []
      for (number, block) in stage.blocks.enumerated() {
        let (y, record) = block.forward(
          x, recording: index == 0 ? first : recording, depth: depth?.blocks[passed])
        x = y
        passed += 1
        if let record { blocks.append(record) }
        try observe(.visualBlock(stage: index + 1, block: number), x)
      }
      activations.append(x)
      let (v, normRecord) = stage.norm.forward(x, recording: recording)
      outputs.append(v)
      try observe(.stage(index + 1), v)
      let merged = stage.merging?.forward(x, recording: recording)
      if let merged { x = merged.0 }
      records.append(StageRecord(blocks: blocks, norm: normRecord, merging: merged?.1))
    }
    let (logits, headRecord) = head.forward(AveragePool.global(outputs[3]), recording: recording)
    try observe(.visualLogits, logits)
    let record = Record(
      patches: patchRecord, patchNorm: patchNormRecord, stages: records, head: headRecord,
      lastShape: outputs[3].shape)
    return VisualFeatures(
      stages: outputs, activations: activations, logits: logits, record: recording == .none ? nil : record)
  }

  /// See ``VisualBackbone``.
  public func backward(
    logits: Tensor?, stages stageGradients: [Tensor?], from features: VisualFeatures,
    accumulating gradients: Gradients?, observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws {
    guard let record = features.record as? Record else {
      preconditionFailure("backward through features that were not recorded")
    }
    // d loss / d A_i by way of the next stage.
    var incoming: Tensor?
    for index in (0..<4).reversed() {
      let (stage, kept) = (stages[index], record.stages[index])
      var dV = stageGradients[index]
      if index == 3, let logits {
        // The classification heads are frozen (paper III-A): their own gradients are never summed.
        let own = AveragePool.globalBackward(head.backward(logits, record.head), record.lastShape)
        if dV == nil { dV = own } else { dV!.add(own) }
      }
      if let dV {
        let own = stage.norm.backward(dV, kept.norm!, accumulating: gradients)
        if incoming == nil { incoming = own } else { incoming!.add(own) }
      }
      guard var dx = incoming else { continue }
      try activation(index + 1, dx)
      if index == 0 && gradients == nil { return }
      for number in stage.blocks.indices.reversed() {
        dx = stage.blocks[number].backward(dx, kept.blocks[number], accumulating: gradients)
        try observe(.gradientBlock(stage: index + 1, block: number), dx)
      }
      incoming =
        index > 0
        ? stages[index - 1].merging!.backward(dx, record.stages[index - 1].merging!, accumulating: gradients)
        : patches.backward(
          patchNorm.backward(dx, record.patchNorm!, accumulating: gradients), record.patches,
          accumulating: gradients)
    }
  }
}

/// Every 2 x 2 positions become one: their channels side by side, a norm, a linear layer to half as many.
///
/// [F, H, W, C] -> [F, H/2, W/2, 2 C].
struct PatchMerging: Sendable {
  private let norm: LayerNorm
  private let reduction: Linear

  struct Record: Sendable {
    let norm: LayerNorm.Record?
    let reduction: Linear.Record
  }

  /// The offsets (row, column) of what is put side by side, in the published order.
  private static let offsets = [(0, 0), (1, 0), (0, 1), (1, 1)]

  init(_ weights: Weights, channels: Int) {
    norm = LayerNorm(weights.norm, channels: 4 * channels)
    reduction = Linear(weights.reduction, in: 4 * channels, out: 2 * channels, bias: false)
  }

  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record) {
    let (frames, height, width, channels) = (x.shape[0], x.shape[1] / 2, x.shape[2] / 2, x.shape[3])
    let gathered = Tensor([frames, height, width, 4 * channels]) { out in
      x.read { x in
        Self.eachPair(frames, height, width, channels) { merged, single in
          (out + merged).update(from: x + single, count: channels)
        }
      }
    }
    let (normed, normRecord) = norm.forward(gathered, recording: recording)
    let (y, record) = reduction.forward(normed, recording: recording)
    return (y, Record(norm: normRecord, reduction: record))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let gathered = norm.backward(
      reduction.backward(dy, record.reduction, accumulating: gradients), record.norm!, accumulating: gradients
    )
    let (frames, height, width, channels) = (dy.shape[0], dy.shape[1], dy.shape[2], gathered.shape[3] / 4)
    return Tensor([frames, 2 * height, 2 * width, channels]) { dx in
      gathered.read { gathered in
        Self.eachPair(frames, height, width, channels) { merged, single in
          (dx + single).update(from: gathered + merged, count: channels)
        }
      }
    }
  }

  /// Visits where the channels of a position begin, in the merged map and in the map before.
  private static func eachPair(
    _ frames: Int, _ height: Int, _ width: Int, _ channels: Int, _ body: (Int, Int) -> Void
  ) {
    for row in 0..<frames * height {
      for column in 0..<width {
        for (part, (down, right)) in offsets.enumerated() {
          body(
            ((row * width + column) * 4 + part) * channels,
            ((2 * row + down) * 2 * width + 2 * column + right) * channels)
        }
      }
    }
  }
}

extension BackboneKind {
  /// Swin-B with windows of 7.
  public static let swin = BackboneKind(
    name: "Swin-B", root: "encoder_backbone", signature: "layers.0.blocks.0.attn.qkv.weight",
    channels: [128, 256, 512, 1024],
    source: "`swin_base_patch4_window7_224.pth`, from the publication of Swin",
    parameterCount: 87_770_016, classParameterCount: 1_025_000,
    memory: BackboneMemory(forward: 30_000, saved: 106_000, backward: 114_000, training: 160_000),
    isTrainable: true,
    stochasticDepth: 0.2, freshKeys: ["norm0.", "norm1.", "norm2.", "norm3."],
    adopt: { key, options, _ in
      guard key.hasPrefix("norm.") else { return key }
      return options.mapsSwinFinalNorm ? "norm3." + key.dropFirst("norm.".count) : nil
    },
    build: { weights, _ in Swin(weights) })
}
