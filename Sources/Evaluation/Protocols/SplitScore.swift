/// The score of many clips under a protocol.
public struct SplitScore: Sendable, Equatable {
  /// How the clips were batched.
  public let batching: BatchProtocol

  /// The mean over batches of the mean IoU of a batch's frames, 0 to 1.
  ///
  /// A last batch of fewer clips counts as much as the others, as in AVSBench's program.
  public let meanIoU: Double

  /// The mean over batches of ``BatchScore/f``; batches where nothing sounds contribute 0.
  public let f: Double

  /// ``f`` of the clips in which something sounds, batched without the others; nil if there are none.
  public let fWithoutSilentClips: Double?

  /// The number of clips.
  public let clipCount: Int

  /// The number of clips in which nothing sounds.
  public let silentClipCount: Int

  /// The number of frames with a ground truth.
  public let frameCount: Int

  /// The number of frames whose ground truth is empty.
  public let emptyFrameCount: Int

  /// The number of batches.
  public let batchCount: Int

  /// The number of batches in which nothing sounds.
  public let silentBatchCount: Int

  /// Scores clips in the data set's order; nil if there are none.
  public init?(_ clips: [ClipScore], _ batching: BatchProtocol) {
    guard !clips.isEmpty else { return nil }
    let batches = Self.scores(clips, batching)
    self.batching = batching
    meanIoU = Self.mean(batches.map(\.iou))
    f = Self.mean(batches.map(\.f))
    let sounding = clips.filter { !$0.isSilent }
    if sounding.isEmpty {
      fWithoutSilentClips = nil
    } else if sounding.count == clips.count {
      fWithoutSilentClips = f
    } else {
      fWithoutSilentClips = Self.mean(Self.scores(sounding, batching).map(\.f))
    }
    clipCount = clips.count
    silentClipCount = clips.count - sounding.count
    frameCount = batches.reduce(0) { $0 + $1.frameCount }
    emptyFrameCount = batches.reduce(0) { $0 + $1.emptyFrameCount }
    batchCount = batches.count
    silentBatchCount = batches.count(where: \.isSilent)
  }

  private static func scores(_ clips: [ClipScore], _ batching: BatchProtocol) -> [BatchScore] {
    batching.batches(of: clips).map { BatchScore($0.flatMap(\.frames)) }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
