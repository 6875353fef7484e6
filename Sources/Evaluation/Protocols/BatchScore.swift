/// The score of frames that are evaluated together. F depends on which frames these are.
public struct BatchScore: Sendable, Equatable {
  /// The mean IoU of the frames.
  public let iou: Double

  /// The maximum over thresholds of the mean F curve of the frames whose ground truth is not empty.
  ///
  /// 0 if there are none, as AVSBench's program has it: see ``isSilent``.
  public let f: Double

  /// The number of frames.
  public let frameCount: Int

  /// The number of frames whose ground truth is empty.
  public let emptyFrameCount: Int

  /// Whether the ground truth of all frames is empty, so that ``f`` says nothing.
  public var isSilent: Bool { emptyFrameCount == frameCount }

  /// Combines the scores of at least one frame.
  public init(_ frames: [FrameScore]) {
    precondition(!frames.isEmpty, "a batch of no frames")
    iou = frames.reduce(0) { $0 + $1.iou } / Double(frames.count)
    let curves = frames.compactMap(\.fCurve)
    f = FrameScore.thresholds.indices
      .map { i in curves.reduce(0) { $0 + $1[i] } / Double(max(curves.count, 1)) }
      .max()!
    frameCount = frames.count
    emptyFrameCount = frames.count - curves.count
  }
}
