import Layers
import Media
import Tensors

/// ResNet-50 without its class head, as TPAVI has it (`resnet`): V_i is the output of layer i, and so is A_i.
///
/// AVSBench trains all of it, its batch norms in training mode.
public struct ResNet: VisualBackbone {
  /// 256, 512, 1024, 2048.
  public let channels: [Int]

  /// 3, 4, 6, 3.
  public var blockCounts: [Int] { layers.map(\.count) }

  /// ImageNet's mean and standard deviation.
  public let normalization = FrameNormalization.imageNet

  /// false.
  public let hasClasses = false

  private let stem: NormedConvolution
  private let layers: [[Bottleneck]]

  /// The pooling after the stem.
  private static let pooling = Window(kernel: 3, stride: 2, padding: .symmetric(1))

  private struct Record: Sendable {
    let stem: NormedConvolution.Record?
    let stemOutput: Tensor?
    let pooling: MaxPool.Record?
    let layers: [[Bottleneck.Record?]]
  }

  /// Reads the keys below a path. The checkpoint has second versions of layers 3 and 4, which nothing uses.
  public init(_ weights: Weights) {
    self.init(weights, depths: [3, 4, 6, 3], width: 64)
  }

  /// A network of other sizes, for tests; `width` channels leave the stem, four times as many the first layer.
  package init(_ weights: Weights, depths: [Int], width: Int) {
    channels = (0..<4).map { 4 * width << $0 }
    stem = NormedConvolution(
      weights.conv1, weights.bn1, in: 3, out: width,
      window: Window(kernel: 7, stride: 2, padding: .symmetric(3)))
    let names = ["layer1", "layer2", "layer3_1", "layer4_1"]
    layers = zip(names, depths).enumerated().map { index, layer in
      let hidden = width << index
      return (0..<layer.1).map { block in
        Bottleneck(
          weights[layer.0][block], in: block > 0 ? 4 * hidden : index == 0 ? width : 2 * hidden,
          hidden: hidden, stride: block == 0 && index > 0 ? 2 : 1)
      }
    }
  }

  /// Features without logits; it has no stochastic depth.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, batchNorm mode: BatchNorm.Mode,
    observe: Observer
  ) throws -> VisualFeatures {
    // A backward pass without the parameters' gradients ends at A_1.
    let first = recording == .allGradients ? recording : .none
    let (normed, stemRecord) = stem.forward(frames, mode, recording: first)
    let stemOutput = ReLU.forward(normed)
    var (x, poolingRecord) = MaxPool.forward(stemOutput, window: Self.pooling, recording: first)
    var stages: [Tensor] = []
    var records: [[Bottleneck.Record?]] = []
    for (index, layer) in layers.enumerated() {
      var kept: [Bottleneck.Record?] = []
      for (number, block) in layer.enumerated() {
        let (y, record) = block.forward(x, mode, recording: index == 0 ? first : recording)
        x = y
        kept.append(record)
        try observe(.visualBlock(stage: index + 1, block: number), x)
      }
      records.append(kept)
      stages.append(x)
      try observe(.stage(index + 1), x)
    }
    let record = Record(
      stem: stemRecord, stemOutput: first == .none ? nil : stemOutput, pooling: poolingRecord,
      layers: records)
    return VisualFeatures(
      stages: stages, activations: stages, logits: nil, record: recording == .none ? nil : record)
  }

  /// See ``VisualBackbone``; there are no class logits.
  public func backward(
    logits: Tensor?, stages stageGradients: [Tensor?], from features: VisualFeatures,
    accumulating gradients: Gradients?, observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws {
    guard let record = features.record as? Record else {
      preconditionFailure("backward through features that were not recorded")
    }
    precondition(logits == nil, "gradients of class logits, which ResNet-50 does not have here")
    var incoming: Tensor?
    for index in layers.indices.reversed() {
      if let own = stageGradients[index] {
        if incoming == nil { incoming = own } else { incoming!.add(own) }
      }
      if let incoming { try activation(index + 1, incoming) }
      if index == 0 && gradients == nil { return }
      guard var dx = incoming else { continue }
      for number in layers[index].indices.reversed() {
        dx = layers[index][number].backward(dx, record.layers[index][number]!, accumulating: gradients)
        try observe(.gradientBlock(stage: index + 1, block: number), dx)
      }
      incoming = dx
    }
    if let gradients, let incoming {
      let dPooled = MaxPool.backward(incoming, record.pooling!)
      stem.accumulate(ReLU.backward(dPooled, input: record.stemOutput!), record.stem!, into: gradients)
    }
  }
}

/// A convolution without bias and a batch norm.
private struct NormedConvolution: Sendable {
  let convolution: Conv2d
  let norm: BatchNorm

  struct Record: Sendable {
    let convolution: Conv2d.Record
    let norm: BatchNorm.Record
  }

  init(_ weights: Weights, _ normWeights: Weights, in input: Int, out output: Int, window: Window) {
    convolution = Conv2d(weights, in: input, out: output, window: window, bias: false)
    norm = BatchNorm(normWeights, channels: output)
  }

  /// The record is nil when nothing is recorded.
  func forward(_ x: Tensor, _ mode: BatchNorm.Mode, recording: Recording) -> (Tensor, Record?) {
    let (convolved, record) = convolution.forward(x, recording: recording)
    let (y, normRecord) = norm.forward(convolved, mode: mode, recording: recording)
    return (y, recording == .none ? nil : Record(convolution: record, norm: normRecord))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    convolution.backward(
      norm.backward(dy, record.norm, accumulating: gradients), record.convolution, accumulating: gradients)
  }

  /// The gradients of the parameters alone, where nobody asks for that of the input.
  func accumulate(_ dy: Tensor, _ record: Record, into gradients: Gradients) {
    convolution.accumulate(
      norm.backward(dy, record.norm, accumulating: gradients), record.convolution, into: gradients)
  }
}

/// Reduce 1x1, convolve 3x3 (which has the stride), expand 1x1, beside a skip.
private struct Bottleneck: Sendable {
  private let branch: [NormedConvolution]
  private let skip: NormedConvolution?

  struct Record: Sendable {
    let branch: [NormedConvolution.Record]
    let skip: NormedConvolution.Record?
    /// After each ReLU: the two inside of the branch, and the block's.
    let outputs: [Tensor]
  }

  init(_ weights: Weights, in input: Int, hidden: Int, stride: Int) {
    let output = 4 * hidden
    branch = [
      NormedConvolution(weights.conv1, weights.bn1, in: input, out: hidden, window: Window(kernel: 1)),
      NormedConvolution(
        weights.conv2, weights.bn2, in: hidden, out: hidden,
        window: Window(kernel: 3, stride: stride, padding: .symmetric(1))),
      NormedConvolution(weights.conv3, weights.bn3, in: hidden, out: output, window: Window(kernel: 1)),
    ]
    skip =
      stride == 1 && input == output
      ? nil
      : NormedConvolution(
        weights.downsample[0], weights.downsample[1], in: input, out: output,
        window: Window(kernel: 1, stride: stride))
  }

  /// [F, H, W, in] -> [F, H / stride, W / stride, 4 hidden]; the record is nil when nothing is recorded.
  func forward(_ x: Tensor, _ mode: BatchNorm.Mode, recording: Recording) -> (Tensor, Record?) {
    var y = x
    var (records, outputs): ([NormedConvolution.Record], [Tensor]) = ([], [])
    for (index, part) in branch.enumerated() {
      let (normed, record) = part.forward(y, mode, recording: recording)
      y = index < 2 ? ReLU.forward(normed) : normed
      if let record { records.append(record) }
      if index < 2 && recording != .none { outputs.append(y) }
    }
    let skipped = skip?.forward(x, mode, recording: recording)
    y.add(skipped?.0 ?? x)
    y = ReLU.forward(y)
    guard recording != .none else { return (y, nil) }
    return (y, Record(branch: records, skip: skipped?.1, outputs: outputs + [y]))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let dSum = ReLU.backward(dy, input: record.outputs[2])
    var dx = dSum
    for index in branch.indices.reversed() {
      dx = branch[index].backward(dx, record.branch[index], accumulating: gradients)
      if index > 0 { dx = ReLU.backward(dx, input: record.outputs[index - 1]) }
    }
    dx.add(skip.map { $0.backward(dSum, record.skip!, accumulating: gradients) } ?? dSum)
    return dx
  }
}

extension BackboneKind {
  /// ResNet-50.
  public static let resNet50 = BackboneKind(
    name: "ResNet-50", root: "resnet", signature: "layer1.0.conv1.weight",
    channels: [256, 512, 1024, 2048],
    source: "`resnet50-19c8e357.pth`, from torchvision", hasBatchNorm: true, stochasticDepth: 0,
    adopt: { key, _, _ in
      key.hasPrefix("fc.") ? nil : key.replacing(/^layer([34])\./) { "layer\($0.output.1)_1." }
    },
    build: { weights, _ in ResNet(weights) })
}
