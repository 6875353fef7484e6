import Layers
import Media
import Tensors

/// EfficientNet-Lite0 with its ImageNet head: the small visual backbone of the variant `lite`.
///
/// Inverted bottlenecks without squeeze-and-excitation, ReLU6, TensorFlow's SAME padding, batch norms with
/// epsilon 1e-3. The stages are the last maps of strides 4, 8, 16 and 32; there is no stage norm, so A_i is V_i.
/// The backbone stays frozen in training: its batch norms have no parameter gradients.
public struct EfficientNetLite: VisualBackbone {
  /// 24, 40, 112, 320.
  public let channels = [24, 40, 112, 320]

  /// 3, 2, 6, 5.
  public let blockCounts = [3, 2, 6, 5]

  /// (x - 127) / 128.
  public let normalization = FrameNormalization.efficientNetLite

  /// true.
  public let hasClasses = true

  private let stem, last: NormedConvolution
  private let blocks: [InvertedBottleneck]
  private let classifier: Linear

  /// The last block of each stage.
  private static let taps = [2, 4, 10, 15]

  private struct Record: Sendable {
    let blocks: [InvertedBottleneck.Record?]
    let last: NormedConvolution.Record
    let lastShape: Shape
    let classifier: Linear.Record
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    stem = NormedConvolution(
      weights._conv_stem, weights._bn0, in: 3, out: 32, window: Window(kernel: 3, stride: 2, padding: .same))
    // Repeats, kernel, stride of the first, expansion, output channels.
    let groups = [
      (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
      (4, 5, 2, 6, 192),
      (1, 3, 1, 6, 320),
    ]
    var blocks: [InvertedBottleneck] = []
    var input = 32
    for (repeats, kernel, stride, expansion, output) in groups {
      for index in 0..<repeats {
        blocks.append(
          InvertedBottleneck(
            weights._blocks[blocks.count], in: input, out: output, expansion: expansion,
            window: Window(kernel: kernel, stride: index == 0 ? stride : 1, padding: .same)))
        input = output
      }
    }
    self.blocks = blocks
    last = NormedConvolution(weights._conv_head, weights._bn1, in: 320, out: 1280, window: Window(kernel: 1))
    classifier = Linear(weights._fc, in: 1280, out: 1000)
  }

  /// Features, the class logits being `fc(mean over positions of the 1280-channel map)`.
  ///
  /// Frozen, it has no stochastic depth.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, observe: Observer
  ) throws -> VisualFeatures {
    var x = stem.forward(frames, recording: .none).0
    var stages: [Tensor] = []
    var records: [InvertedBottleneck.Record?] = []
    for (index, block) in blocks.enumerated() {
      // Nothing before A_1 is visited by a backward pass.
      let (y, record) = block.forward(x, recording: index <= Self.taps[0] ? .none : recording)
      x = y
      records.append(record)
      try observe(.visualBlock(stage: stages.count + 1, block: index), x)
      if Self.taps.contains(index) {
        stages.append(x)
        try observe(.stage(stages.count), x)
      }
    }
    let (map, lastRecord) = last.forward(x, recording: recording)
    let (logits, classifierRecord) = classifier.forward(AveragePool.global(map), recording: recording)
    try observe(.visualLogits, logits)
    let record = Record(blocks: records, last: lastRecord, lastShape: map.shape, classifier: classifierRecord)
    return VisualFeatures(
      stages: stages, activations: stages, logits: logits, record: recording == .none ? nil : record)
  }

  /// See ``VisualBackbone``; stops at A_1 whatever is asked, because the backbone is frozen.
  public func backward(
    logits: Tensor?, stages stageGradients: [Tensor?], from features: VisualFeatures,
    accumulating gradients: Gradients?, observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws {
    guard let record = features.record as? Record else {
      preconditionFailure("backward through features that were not recorded")
    }
    var incoming: Tensor?
    if let logits {
      let dMap = AveragePool.globalBackward(classifier.backward(logits, record.classifier), record.lastShape)
      incoming = last.backward(dMap, record.last)
    }
    for index in blocks.indices.reversed() {
      if let stage = Self.taps.firstIndex(of: index) {
        if let own = stageGradients[stage] {
          if incoming == nil { incoming = own } else { incoming!.add(own) }
        }
        if let incoming { try activation(stage + 1, incoming) }
        if stage == 0 { return }
      }
      if let dy = incoming, let kept = record.blocks[index] {
        let dx = blocks[index].backward(dy, kept)
        incoming = dx
        try observe(.gradientBlock(stage: Self.taps.firstIndex { index <= $0 }! + 1, block: index), dx)
      }
    }
  }
}

extension BackboneKind {
  /// EfficientNet-Lite0, frozen: its batch norms have no parameter gradients.
  public static let efficientNetLite = BackboneKind(
    name: "EfficientNet-Lite0", root: "encoder_backbone", signature: "_conv_stem.weight",
    channels: [24, 40, 112, 320],
    source: "shipped with this program (keys _conv_stem.*, _blocks.*)",
    parameterCount: 4_652_008, memory: BackboneMemory(forward: 15_500, saved: 12_900, backward: 18_450),
    isTrainable: false,
    stochasticDepth: 0, headKeys: ["_fc."], build: { weights, _ in EfficientNetLite(weights) })
}

/// A convolution without bias, a batch norm and ReLU6.
private struct NormedConvolution: Sendable {
  let convolution: Conv2d
  let norm: BatchNorm

  struct Record: Sendable {
    let convolution: Conv2d.Record
    let output: Tensor
  }

  init(_ weights: Weights, _ normWeights: Weights, in input: Int, out output: Int, window: Window) {
    convolution = Conv2d(weights, in: input, out: output, window: window, bias: false)
    norm = BatchNorm(normWeights, channels: output, epsilon: 1e-3)
  }

  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record) {
    let (convolved, record) = convolution.forward(x, recording: recording)
    let y = ReLU6.forward(norm.forward(convolved))
    return (y, Record(convolution: record, output: y))
  }

  func backward(_ dy: Tensor, _ record: Record) -> Tensor {
    convolution.backward(norm.backward(ReLU6.backward(dy, input: record.output)), record.convolution)
  }
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
    let middle: Tensor
    let project: Conv2d.Record
  }

  init(_ weights: Weights, in input: Int, out output: Int, expansion: Int, window: Window) {
    let hidden = input * expansion
    expand =
      expansion == 1
      ? nil
      : NormedConvolution(
        weights._expand_conv, weights._bn0, in: input, out: hidden, window: Window(kernel: 1))
    depthwise = DepthwiseConv2d(weights._depthwise_conv, channels: hidden, window: window, bias: false)
    depthwiseNorm = BatchNorm(weights._bn1, channels: hidden, epsilon: 1e-3)
    project = Conv2d(weights._project_conv, in: hidden, out: output, kernel: 1, bias: false)
    projectNorm = BatchNorm(weights._bn2, channels: output, epsilon: 1e-3)
    hasSkip = window.stride == 1 && input == output
  }

  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record?) {
    let expanded = expand?.forward(x, recording: recording)
    let (mixed, depthwiseRecord) = depthwise.forward(expanded?.0 ?? x, recording: recording)
    let middle = ReLU6.forward(depthwiseNorm.forward(mixed))
    let (projected, projectRecord) = project.forward(middle, recording: recording)
    var y = projectNorm.forward(projected)
    if hasSkip { y.add(x) }
    guard recording != .none else { return (y, nil) }
    return (
      y, Record(expand: expanded?.1, depthwise: depthwiseRecord, middle: middle, project: projectRecord)
    )
  }

  func backward(_ dy: Tensor, _ record: Record) -> Tensor {
    let dMiddle = project.backward(projectNorm.backward(dy), record.project)
    let dMixed = depthwiseNorm.backward(ReLU6.backward(dMiddle, input: record.middle))
    var dx = depthwise.backward(dMixed, record.depthwise)
    if let expand { dx = expand.backward(dx, record.expand!) }
    if hasSkip { dx.add(dy) }
    return dx
  }
}
