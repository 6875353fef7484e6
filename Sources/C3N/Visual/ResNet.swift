import Layers
import Media
import Tensors

/// ResNet-50 without its class head, as TPAVI has it (`resnet`): V_i is the output of layer i.
///
/// Without classes nothing is traced back, and TPAVI's trainings here leave it as it is: inference only.
public struct ResNet: VisualBackbone {
  /// 256, 512, 1024, 2048.
  public let channels = [256, 512, 1024, 2048]

  /// 3, 4, 6, 3.
  public var blockCounts: [Int] { layers.map(\.count) }

  /// ImageNet's mean and standard deviation.
  public let normalization = FrameNormalization.imageNet

  /// false.
  public let hasClasses = false

  private let stem: Conv2d
  private let stemNorm: BatchNorm
  private let layers: [[Bottleneck]]

  /// Reads the keys below a path. The checkpoint has second versions of layers 3 and 4, which nothing uses.
  public init(_ weights: Weights) {
    stem = Conv2d(weights.conv1, in: 3, out: 64, kernel: 7, stride: 2, padding: 3, bias: false)
    stemNorm = BatchNorm(weights.bn1, channels: 64)
    let names = ["layer1", "layer2", "layer3_1", "layer4_1"]
    layers = zip(names, [3, 4, 6, 3]).enumerated().map { index, layer in
      let hidden = 64 << index
      return (0..<layer.1).map { block in
        Bottleneck(
          weights[layer.0][block], in: block > 0 ? 4 * hidden : index == 0 ? 64 : 2 * hidden, hidden: hidden,
          stride: block == 0 && index > 0 ? 2 : 1)
      }
    }
  }

  /// Features without logits.
  public func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, observe: Observer
  ) throws -> VisualFeatures {
    var x = ReLU.forward(stemNorm.forward(stem.forward(frames).0))
    x = MaxPool.forward(x, window: Window(kernel: 3, stride: 2, padding: .symmetric(1)))
    var stages: [Tensor] = []
    for (index, layer) in layers.enumerated() {
      for (number, block) in layer.enumerated() {
        x = block.forward(x)
        try observe(.visualBlock(stage: index + 1, block: number), x)
      }
      stages.append(x)
      try observe(.stage(index + 1), x)
    }
    return VisualFeatures(stages: stages, activations: stages, logits: nil, record: nil)
  }

  /// Never called: there is no class to trace back, and no training of this backbone.
  public func backward(
    logits: Tensor?, stages: [Tensor?], from features: VisualFeatures, accumulating gradients: Gradients?,
    observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws {
    preconditionFailure("ResNet-50 has no backward pass")
  }
}

/// Reduce 1x1, convolve 3x3 (which has the stride), expand 1x1, beside a skip.
private struct Bottleneck: Sendable {
  private let branch: [(Conv2d, BatchNorm)]
  private let skip: (Conv2d, BatchNorm)?

  init(_ weights: Weights, in input: Int, hidden: Int, stride: Int) {
    let output = 4 * hidden
    branch = [
      (
        Conv2d(weights.conv1, in: input, out: hidden, kernel: 1, bias: false),
        BatchNorm(weights.bn1, channels: hidden)
      ),
      (
        Conv2d(weights.conv2, in: hidden, out: hidden, kernel: 3, stride: stride, padding: 1, bias: false),
        BatchNorm(weights.bn2, channels: hidden)
      ),
      (
        Conv2d(weights.conv3, in: hidden, out: output, kernel: 1, bias: false),
        BatchNorm(weights.bn3, channels: output)
      ),
    ]
    skip =
      stride == 1 && input == output
      ? nil
      : (
        Conv2d(weights.downsample[0], in: input, out: output, kernel: 1, stride: stride, bias: false),
        BatchNorm(weights.downsample[1], channels: output)
      )
  }

  /// [F, H, W, in] -> [F, H / stride, W / stride, 4 hidden].
  func forward(_ x: Tensor) -> Tensor {
    var y = x
    for (index, (convolution, norm)) in branch.enumerated() {
      y = norm.forward(convolution.forward(y).0)
      if index < 2 { y = ReLU.forward(y) }
    }
    y.add(skip.map { $0.1.forward($0.0.forward(x).0) } ?? x)
    return ReLU.forward(y)
  }
}

extension BackboneKind {
  /// ResNet-50.
  public static let resNet50 = BackboneKind(
    name: "ResNet-50", root: "resnet", signature: "layer1.0.conv1.weight",
    channels: [256, 512, 1024, 2048],
    source: "`resnet50-19c8e357.pth`, from torchvision", parameterCount: 23_508_032,
    memory: BackboneMemory(forward: 10_800, saved: 12_250, backward: 12_250), isTrainable: false,
    stochasticDepth: 0,
    adopt: { key, _, _ in
      key.hasPrefix("fc.") ? nil : key.replacing(/^layer([34])\./) { "layer\($0.output.1)_1." }
    },
    build: { weights, _ in ResNet(weights) })
}
