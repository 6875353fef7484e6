/// The scores of a clip's annotated frames: enough for every protocol, without running the model again.
public struct ClipScore: Sendable, Equatable {
  /// The clip's name.
  public let id: String

  /// What sounds in it, where the data set tells.
  public let category: String?

  /// The frames that have a ground truth, in order of time; at least one.
  public let frames: [FrameScore]

  /// All frames as one batch.
  private let batch: BatchScore

  /// The scores of at least one frame.
  public init(id: String, category: String? = nil, frames: [FrameScore]) {
    self.id = id
    self.category = category
    self.frames = frames
    batch = BatchScore(frames)
  }

  /// The mean IoU of the frames.
  public var iou: Double { batch.iou }

  /// The maximum over thresholds of the frames' mean F curve; nil where nothing sounds in any frame.
  public var f: Double? { batch.isSilent ? nil : batch.f }

  /// The number of frames whose ground truth is empty.
  public var emptyFrameCount: Int { batch.emptyFrameCount }

  /// Whether nothing sounds in any frame.
  public var isSilent: Bool { batch.isSilent }
}
