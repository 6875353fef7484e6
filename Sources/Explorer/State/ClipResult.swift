import C3N

/// How far a clip has come.
public enum ClipStatus: String, CaseIterable, Codable, Sendable {
  /// Not opened yet.
  case new
  /// It waits to be evaluated.
  case queued
  /// Its files are being read.
  case reading
  /// The model runs.
  case running
  /// Analysed.
  case done
  /// The user stopped it or went on to another clip.
  case cancelled
  /// Its files cannot be read, or the model failed.
  case failed
}

/// What the table says of a clip.
public struct ClipResult: Sendable {
  /// How far the clip has come.
  public var status = ClipStatus.new

  /// The number of frames; nil before the clip was read.
  public var frames: Int?

  /// The mean over the frames with a ground truth; nil without any.
  public var iou: Double?

  /// The mean over the frames with a ground truth that is not empty; nil without any.
  public var fScore: Double?

  /// The switches that the scores belong to, or under which the clip was run last where none are shown.
  public var switches: Switches?

  /// Where the scores came from.
  public var source: KnownScore.Source?

  /// The mean IoU under the reference's switches; nil while it is not known, or where the scores are the reference's.
  public var reference: Double?

  /// Why it failed, or has no scores.
  public var problem: String?

  /// IoU - IoU of the reference; nil unless both are known.
  public var difference: Double? { iou.flatMap { iou in reference.map { iou - $0 } } }
  /// The letters of the bookmarks in it.
  var bookmarks = ""

  /// What was noted about it and its frames, a line each.
  var notes = ""

  /// Nothing known.
  public init() {}
}
