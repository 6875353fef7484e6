/// How many clips are scored together.
///
/// AVSBench averages the F curves of a batch before it takes the maximum, so F depends on the size of the batches.
public enum BatchProtocol: String, Sendable, CaseIterable, Codable {
  /// Each clip by itself.
  case bs1

  /// Two clips.
  case bs2

  /// Four clips: AVSBench's own script.
  case bs4

  /// The whole split in one batch: one curve.
  case global

  /// Clips a batch; nil for all of them.
  public var clipsPerBatch: Int? {
    switch self {
    case .bs1: 1
    case .bs2: 2
    case .bs4: 4
    case .global: nil
    }
  }

  /// The clips in batches, in their order; the last batch may be smaller.
  func batches(of clips: [ClipScore]) -> [ArraySlice<ClipScore>] {
    let size = clipsPerBatch ?? max(clips.count, 1)
    return stride(from: 0, to: clips.count, by: size).map { clips[$0..<min($0 + size, clips.count)] }
  }
}
