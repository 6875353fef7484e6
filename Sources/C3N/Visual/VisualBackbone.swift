import Layers
import Media
import Tensors

/// A network that turns frames into four stages of features and, mostly, 1000 class logits, and can go back.
public protocol VisualBackbone: Sendable {
  /// The channels of V_1 ... V_4.
  var channels: [Int] { get }

  /// The number of blocks that are announced for each stage, for the share of a run that is done.
  var blockCounts: [Int] { get }

  /// How pixels become the numbers that the network was trained on.
  var normalization: FrameNormalization { get }

  /// Whether there are class logits to trace back.
  var hasClasses: Bool { get }

  /// Frames [F, 224, 224, 3] -> features; records what ``backward(logits:stages:from:accumulating:observe:activation:)`` needs.
  ///
  /// - Parameters:
  ///   - frames: normalised by ``normalization``.
  ///   - recording: which gradients the backward pass is to yield.
  ///   - depth: which branches training leaves out; nil keeps all.
  ///   - observe: told of every milestone; throwing stops the run.
  func forward(
    _ frames: Tensor, recording: Recording, depth: StochasticDepth?, observe: Observer
  ) throws -> VisualFeatures

  /// Propagates gradients of the class logits and of the stages' outputs back to the activations A_i.
  ///
  /// - Parameters:
  ///   - logits: d loss / d logits [F, 1000], or nil if the loss does not see them.
  ///   - stages: d loss / d V_i for i = 1 ... 4, each nil if the loss does not see it.
  ///   - features: what `forward` returned.
  ///   - gradients: where the parameters' gradients are summed; nil stops at A_1.
  ///   - observe: told of every milestone; throwing stops the run.
  ///   - activation: receives i and d loss / d A_i [F, H, W, C], from 4 down to 1.
  func backward(
    logits: Tensor?, stages: [Tensor?], from features: VisualFeatures, accumulating gradients: Gradients?,
    observe: Observer, activation: (Int, Tensor) throws -> Void
  ) throws
}

/// What a visual backbone makes of frames.
public struct VisualFeatures: Sendable {
  /// V_1 ... V_4, each [F, H, W, C]: strides 4, 8, 16, 32.
  public let stages: [Tensor]

  /// A_1 ... A_4, the outputs of each stage's last block, before the stage's norm if it has one.
  public let activations: [Tensor]

  /// Class logits [F, 1000]; nil without classes.
  public let logits: Tensor?

  /// What the backbone's backward pass needs; nil when nothing was recorded.
  let record: (any Sendable)?

  /// Whether class-activated weights can be computed.
  public var hasRecord: Bool { record != nil }

  /// The same without the way back: what is left when the class-activated weights of the last label are there.
  public var withoutRecord: VisualFeatures {
    VisualFeatures(stages: stages, activations: activations, logits: logits, record: nil)
  }
}

extension VisualBackbone {
  /// Features by the whole network, as in inference.
  public func forward(
    _ frames: Tensor, recording: Recording, observe: Observer
  ) throws -> VisualFeatures {
    try forward(frames, recording: recording, depth: nil, observe: observe)
  }

  /// omega_i [F, C_i]: the mean over space of d logits[f, labels[f]] / d A_i (eq. 8).
  public func classActivatedWeights(
    _ features: VisualFeatures, labels: [Int], observe: Observer = { _, _ in }
  ) throws -> [Tensor] {
    guard let logits = features.logits else { preconditionFailure("class-activated weights without classes") }
    let (frames, classes) = (logits.shape[0], logits.shape[1])
    precondition(labels.count == frames, "\(labels.count) labels for \(frames) frames")
    var selected = Tensor(zeros: [frames, classes])
    selected.write { out in
      for (frame, label) in labels.enumerated() {
        precondition((0..<classes).contains(label), "label \(label) of \(classes)")
        out[frame * classes + label] = 1
      }
    }
    var omegas = [Tensor?](repeating: nil, count: 4)
    try backward(
      logits: selected, stages: [nil, nil, nil, nil], from: features, accumulating: nil, observe: observe
    ) { stage, gradient in
      let omega = AveragePool.global(gradient)
      omegas[stage - 1] = omega
      try observe(.classActivatedWeights(stage), omega)
    }
    return omegas.map { $0! }
  }
}
