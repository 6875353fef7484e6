import Layers
import Media
import Tensors

/// EfficientNet-Lite0 with its ImageNet head: the small visual backbone of the variant `lite`.
///
/// Inverted bottlenecks without squeeze-and-excitation, ReLU6, TensorFlow's SAME padding, batch norms with epsilon 1e-3
/// and momentum 0.01. The stages are the last maps of strides 4, 8, 16 and 32; there is no stage norm, so A_i is V_i.
public struct EfficientNetLite: VisualBackbone {
  /// 24, 40, 112, 320.
  public let channels: [Int]

  /// 3, 2, 6, 5.
  public let blockCounts: [Int]

  /// (x - 127) / 128.
  public let normalization = FrameNormalization.efficientNetLite

  /// true.
  public let hasClasses = true

  private let stem, last: NormedConvolution
  private let blocks: [InvertedBottleneck]
  private let classifier: Linear

  /// The last block of each stage: 2, 4, 10, 15.
  private let taps: [Int]

  /// Blocks of one kind; the first has the stride.
  package struct Group: Sendable {
    let repeats, kernel, stride, expansion, output: Int

    package init(_ repeats: Int, kernel: Int, stride: Int, expansion: Int, output: Int) {
      (self.repeats, self.kernel, self.stride) = (repeats, kernel, stride)
      (self.expansion, self.output) = (expansion, output)
    }
  }

  private struct Record: Sendable {
    let stem: NormedConvolution.Record?
    let blocks: [InvertedBottleneck.Record?]
    let last: NormedConvolution.Record?
    let lastShape: Shape
    let classifier: Linear.Record
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    self.init(
      weights, stem: 32,
      groups: [
        Group(1, kernel: 3, stride: 1, expansion: 1, output: 16),
        Group(2, kernel: 3, stride: 2, expansion: 6, output: 24),
        Group(2, kernel: 5, stride: 2, expansion: 6, output: 40),
        Group(3, kernel: 3, stride: 2, expansion: 6, output: 80),
        Group(3, kernel: 5, stride: 1, expansion: 6, output: 112),
        Group(4, kernel: 5, stride: 2, expansion: 6, output: 192),
        Group(1, kernel: 3, stride: 1, expansion: 6, output: 320),
      ], head: 1280)
  }

  /// A network of other sizes, for tests; the strides of its groups lead from 2, the stem's, to 32.
  package init(_ weights: Weights, stem width: Int, groups: [Group], head: Int) {
    stem = NormedConvolution(
      weights._conv_stem, weights._bn0, in: 3, out: width,
      window: Window(kernel: 3, stride: 2, padding: .same))
    var blocks: [InvertedBottleneck] = []
    var (input, stride) = (width, 2)
    var (taps, channels): ([Int], [Int]) = ([], [])
    for (number, group) in groups.enumerated() {
      for index in 0..<group.repeats {
        blocks.append(
          InvertedBottleneck(
            weights._blocks[blocks.count], in: input, out: group.output, expansion: group.expansion,
            window: Window(kernel: group.kernel, stride: index == 0 ? group.stride : 1, padding: .same)))
        input = group.output
      }
      stride *= group.stride
      // A stage ends where the next group halves the map.
      if stride >= 4, number + 1 == groups.count || groups[number + 1].stride > 1 {
        taps.append(blocks.count - 1)
        channels.append(group.output)
      }
    }
    precondition(stride == 32 && taps.count == 4, "groups of stride \(stride) with \(taps.count) stages")
    self.blocks = blocks
    self.taps = taps
    self.channels = channels
    blockCounts = zip(taps, [-1] + taps).map { $0 - $1 }
    last = NormedConvolution(
      weights._conv_head, weights._bn1, in: input, out: head, window: Window(kernel: 1))
    classifier = Linear(weights._fc, in: head, out: 1000)
  }

  /// Features, the class logits being `fc(mean over positions of the last map)`.
  ///
  /// It has no stochastic depth.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, batchNorm mode: BatchNorm.Mode,
    observe: Observer
  ) throws -> VisualFeatures {
    // Nothing before A_1 is visited by the backward pass that only looks for class-activated weights.
    let first = recording == .allGradients ? recording : .none
    var (x, stemRecord) = stem.forward(frames, mode, recording: first)
    var stages: [Tensor] = []
    var records: [InvertedBottleneck.Record?] = []
    for (index, block) in blocks.enumerated() {
      let (y, record) = block.forward(x, mode, recording: index <= taps[0] ? first : recording)
      x = y
      records.append(record)
      try observe(.visualBlock(stage: stages.count + 1, block: index), x)
      if taps.contains(index) {
        stages.append(x)
        try observe(.stage(stages.count), x)
      }
    }
    let (map, lastRecord) = last.forward(x, mode, recording: recording)
    let (logits, classifierRecord) = classifier.forward(AveragePool.global(map), recording: recording)
    try observe(.visualLogits, logits)
    let record = Record(
      stem: stemRecord, blocks: records, last: lastRecord, lastShape: map.shape, classifier: classifierRecord)
    return VisualFeatures(
      stages: stages, activations: stages, logits: logits, record: recording == .none ? nil : record)
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
    if let logits {
      // The classification heads are frozen (paper III-A): their own gradients are never summed.
      let dMap = AveragePool.globalBackward(classifier.backward(logits, record.classifier), record.lastShape)
      incoming = last.backward(dMap, record.last!, accumulating: gradients)
    }
    for index in blocks.indices.reversed() {
      if let stage = taps.firstIndex(of: index) {
        if let own = stageGradients[stage] {
          if incoming == nil { incoming = own } else { incoming!.add(own) }
        }
        if let incoming { try activation(stage + 1, incoming) }
        if stage == 0 && gradients == nil { return }
      }
      if let dy = incoming, let kept = record.blocks[index] {
        let dx = blocks[index].backward(dy, kept, accumulating: gradients)
        incoming = dx
        try observe(.gradientBlock(stage: taps.firstIndex { index <= $0 }! + 1, block: index), dx)
      }
    }
    if let gradients, let incoming, let kept = record.stem {
      stem.accumulate(incoming, kept, into: gradients)
    }
  }
}

extension BackboneKind {
  /// EfficientNet-Lite0.
  public static let efficientNetLite = BackboneKind(
    name: "EfficientNet-Lite0", root: "encoder_backbone", signature: "_conv_stem.weight",
    channels: [24, 40, 112, 320],
    source: "shipped with this program (keys _conv_stem.*, _blocks.*)", hasBatchNorm: true,
    stochasticDepth: 0, headKeys: ["_fc."], build: { weights, _ in EfficientNetLite(weights) })
}

/// A convolution without bias, a batch norm and ReLU6.
private struct NormedConvolution: Sendable {
  let convolution: Conv2d
  let norm: BatchNorm

  struct Record: Sendable {
    let convolution: Conv2d.Record
    let norm: BatchNorm.Record
    let output: Tensor
  }

  init(_ weights: Weights, _ normWeights: Weights, in input: Int, out output: Int, window: Window) {
    convolution = Conv2d(weights, in: input, out: output, window: window, bias: false)
    norm = liteNorm(normWeights, channels: output)
  }

  /// The record is nil when nothing is recorded.
  func forward(_ x: Tensor, _ mode: BatchNorm.Mode, recording: Recording) -> (Tensor, Record?) {
    let (convolved, record) = convolution.forward(x, recording: recording)
    let (normed, normRecord) = norm.forward(convolved, mode: mode, recording: recording)
    let y = ReLU6.forward(normed)
    return (y, recording == .none ? nil : Record(convolution: record, norm: normRecord, output: y))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    convolution.backward(
      throughNorm(dy, record, accumulating: gradients), record.convolution, accumulating: gradients)
  }

  /// The gradients of the parameters alone, where nobody asks for that of the input.
  func accumulate(_ dy: Tensor, _ record: Record, into gradients: Gradients) {
    convolution.accumulate(
      throughNorm(dy, record, accumulating: gradients), record.convolution, into: gradients)
  }

  private func throughNorm(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    norm.backward(ReLU6.backward(dy, input: record.output), record.norm, accumulating: gradients)
  }
}

/// A batch norm with the numbers of the published network.
private func liteNorm(_ weights: Weights, channels: Int) -> BatchNorm {
  BatchNorm(weights, channels: channels, epsilon: 1e-3, momentum: 0.01)
}

/// Expand 1x1, depthwise, project 1x1; a skip where the shape stays.
private struct InvertedBottleneck: Sendable {
  private let expand: NormedConvolution?
  private let depthwise: DepthwiseConv2d
  private let depthwiseNorm: BatchNorm
  private let project: Conv2d
  private let projectNorm: BatchNorm
  private let hasSkip: Bool

  struct Record: Sendable {
    let expand: NormedConvolution.Record?
    let depthwise: DepthwiseConv2d.Record
    let depthwiseNorm: BatchNorm.Record
    let middle: Tensor
    let project: Conv2d.Record
    let projectNorm: BatchNorm.Record
  }

  init(_ weights: Weights, in input: Int, out output: Int, expansion: Int, window: Window) {
    let hidden = input * expansion
    expand =
      expansion == 1
      ? nil
      : NormedConvolution(
        weights._expand_conv, weights._bn0, in: input, out: hidden, window: Window(kernel: 1))
    depthwise = DepthwiseConv2d(weights._depthwise_conv, channels: hidden, window: window, bias: false)
    depthwiseNorm = liteNorm(weights._bn1, channels: hidden)
    project = Conv2d(weights._project_conv, in: hidden, out: output, kernel: 1, bias: false)
    projectNorm = liteNorm(weights._bn2, channels: output)
    hasSkip = window.stride == 1 && input == output
  }

  func forward(_ x: Tensor, _ mode: BatchNorm.Mode, recording: Recording) -> (Tensor, Record?) {
    let expanded = expand?.forward(x, mode, recording: recording)
    let (mixed, depthwiseRecord) = depthwise.forward(expanded?.0 ?? x, recording: recording)
    let (normed, depthwiseNormRecord) = depthwiseNorm.forward(mixed, mode: mode, recording: recording)
    let middle = ReLU6.forward(normed)
    let (projected, projectRecord) = project.forward(middle, recording: recording)
    var (y, projectNormRecord) = projectNorm.forward(projected, mode: mode, recording: recording)
    if hasSkip { y.add(x) }
    guard recording != .none else { return (y, nil) }
    return (
      y,
      Record(
        expand: expanded?.1, depthwise: depthwiseRecord, depthwiseNorm: depthwiseNormRecord, middle: middle,
        project: projectRecord, projectNorm: projectNormRecord)
    )
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let dMiddle = project.backward(
      projectNorm.backward(dy, record.projectNorm, accumulating: gradients), record.project,
      accumulating: gradients)
    let dMixed = depthwiseNorm.backward(
      ReLU6.backward(dMiddle, input: record.middle), record.depthwiseNorm, accumulating: gradients)
    var dx = depthwise.backward(dMixed, record.depthwise, accumulating: gradients)
    if let expand { dx = expand.backward(dx, record.expand!, accumulating: gradients) }
    if hasSkip { dx.add(dy) }
    return dx
  }
}
