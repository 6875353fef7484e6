import AVSBench
import C3N
import Evaluation
import Foundation
import Tensors

/// A frame of a clip and its score.
public struct ScoredFrame: Sendable, Equatable {
  /// The position in the clip, from 0.
  public let index: Int

  /// How well the mask agrees with the ground truth.
  public let score: FrameScore

  /// A frame and its score.
  public init(index: Int, score: FrameScore) {
    self.index = index
    self.score = score
  }
}

/// One clip under input conditions, scored under any number of switch settings.
///
/// What switches do not touch (both backbones) is computed once. Call it from one thread.
public final class ClipEvaluation {
  private let computation: ClipComputation

  /// A clip that has been read, for a model with a decoder.
  ///
  /// - Parameters:
  ///   - model: a model with a decoder.
  ///   - contents: the clip.
  ///   - conditions: what is done to sound and frames first.
  ///   - memory: the most that results may take beside what the latest setting uses, in bytes: 0 for a single setting;
  ///     nil as in ``InferenceWorker``.
  ///   - available: how much memory there is.
  /// - Throws: ``MemoryError`` for a clip that does not fit.
  public init(
    _ model: C3NModel, _ contents: ClipContents, _ conditions: InputConditions, memory: Int? = nil,
    available: AvailableMemory? = .now()
  ) throws {
    precondition(model.segmentation != nil, "\(model.variant) has no decoder")
    let clip = ClipExtent(contents)
    let (need, budget) = try MemoryNeed.fitting(
      contents.clip.framesFolder, budget: memory ?? WhatIfStore.defaultBudget, available: available,
      .init(model: true, contents: true)
    ) { MemoryNeed(model, clip, framesAtATime: $0, budget: $1) }
    computation = ClipComputation(
      model, conditions.apply(to: contents), budget: budget, framesAtATime: need.framesAtATime)
  }

  /// The scores of the frames that have a ground truth, and the seconds that the computation took.
  public func score(_ switches: Switches) throws -> (frames: [ScoredFrame], seconds: Double) {
    let start = ContinuousClock.now
    var frames: [ScoredFrame] = []
    try computation.analyze(switches, observe: { _, _ in }, publish: { frames = $0.scoredFrames })
    return (frames, start.duration(to: .now).seconds)
  }
}
