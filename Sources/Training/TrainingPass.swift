import C3N
import Layers
import Tensors

/// One forward and backward pass over some clips: what a step sums the gradients of.
package struct TrainingPass {
  private let model: C3NModel
  private let switches: Switches
  private let segmentation: C3NModel.Segmentation

  /// Clips that pass together.
  package struct Input {
    /// The frames of each clip.
    package var clips: [Range<Int>]
    /// F_a [F, d]; nil without an audio encoder.
    package var embedding: Tensor?
    /// C_A [F, 527].
    package var confidences: Tensor?
    /// The annotated frames.
    package var annotated: [Int]
    /// Their ground truth [annotated, H, W].
    package var truth: Tensor

    package init(
      clips: [Range<Int>], embedding: Tensor?, confidences: Tensor?, annotated: [Int], truth: Tensor
    ) {
      self.clips = clips
      self.embedding = embedding
      self.confidences = confidences
      self.annotated = annotated
      self.truth = truth
    }
  }

  /// The parts of a pass, in its order.
  package enum Part: String, CaseIterable, Sendable {
    /// The backbone's forward pass, recorded for both ways back.
    case backbone
    /// C3IM, the way back from the labels, CCAM.
    case omega
    /// ASPP, non-local blocks, decoder.
    case head
    /// The loss and its gradient.
    case loss
    case headBackward = "head, back"
    /// CCAM's and the backbone's way back with the parameters' gradients.
    case backboneBackward = "backbone, back"
  }

  /// A pass of a model that has a decoder.
  package init(_ model: C3NModel, _ switches: Switches) throws {
    guard let segmentation = model.segmentation else {
      throw TrainingError("\(model.origin): a model without decoder, expected one to train")
    }
    self.model = model
    self.switches = model.feasible(switches)
    self.segmentation = segmentation
  }

  /// Trains everything after a frozen backbone, given V_1^r ... V_4^r of all frames.
  ///
  /// - Parameters:
  ///   - attended: V_1^r ... V_4^r [F, H, W, C].
  ///   - input: sound and ground truth of the same clips.
  ///   - loss: where the loss is summed.
  ///   - frames: the frames of the whole batch, by which gradients are divided.
  ///   - gradients: where the parameters' gradients are summed.
  ///   - finish: told of every part when it is finished.
  package func run(
    attended: [Tensor], _ input: Input, _ loss: inout SegmentationLoss, ofBatch frames: Int,
    into gradients: Gradients, finish: (Part) -> Void = { _ in }
  ) throws {
    _ = try segment(attended, input, &loss, ofBatch: frames, into: gradients, finish)
  }

  /// Trains the backbone too, given normalised frames.
  ///
  /// As in the published program, the class-activated weights come first, from the same forward pass, and then enter
  /// as constants; the gradient reaches the backbone through V_i alone.
  package func run(
    frames: Tensor, depth: StochasticDepth?, _ input: Input, _ loss: inout SegmentationLoss,
    ofBatch batchFrames: Int, into gradients: Gradients, finish: (Part) -> Void = { _ in }
  ) throws {
    let seen = try model.visual.forward(frames, recording: .allGradients, depth: depth) { _, _ in }
    finish(.backbone)
    let visual = model.visualConfidences(seen)
    let omegas = try model.agree(audio: input.confidences, visual: visual, switches).map {
      try model.weigh(seen, labels: $0.map(\.visualLabel))
    }
    let attended = try model.attend(seen, omegas: omegas)
    finish(.omega)
    let dAttended = try segment(attended, input, &loss, ofBatch: batchFrames, into: gradients, finish)
    let dStages = (0..<4).map { i in
      omegas.map { ConsensusAttention.backward(dAttended[i], seen.stages[i], omega: $0[i]) } ?? dAttended[i]
    }
    try model.visual.backward(
      logits: nil, stages: dStages, from: seen, accumulating: gradients, observe: { _, _ in },
      activation: { _, _ in })
    finish(.backboneBackward)
  }

  private func segment(
    _ attended: [Tensor], _ input: Input, _ loss: inout SegmentationLoss, ofBatch frames: Int,
    into gradients: Gradients, _ finish: (Part) -> Void
  ) throws -> [Tensor] {
    let (logits, record) = try segmentation.batchForward(
      attended, embedding: switches.audioFeatures ? input.embedding : nil, clips: input.clips,
      decoding: input.annotated, nonLocal: switches.nonLocal)
    finish(.head)
    let dLogits = loss.add(logits, truth: input.truth, ofBatch: frames)
    finish(.loss)
    defer { finish(.headBackward) }
    return segmentation.backward(dLogits, record, accumulating: gradients)
  }
}
