import AVSBench
import Evaluation
import Foundation
import Inference

/// A finished clip: its scores, and by which files it was made.
public struct FinishedClip: Sendable, Equatable {
  /// The folder of the clip's frames, which tells clips apart.
  public let framesFolder: String

  /// The state of the clip's files; see `ClipFiles.stamp()`. A result with another stamp is out of date.
  public let stamp: String

  /// The frames with a ground truth; at least one.
  public let frames: [ScoredFrame]

  /// The seconds that the computation took.
  public let seconds: Double

  /// What is odd about the clip's files.
  public let notes: [ClipNote]

  /// A result.
  public init(
    framesFolder: String, stamp: String, frames: [ScoredFrame], seconds: Double, notes: [ClipNote] = []
  ) {
    precondition(!frames.isEmpty, "a result of no frames")
    self.framesFolder = framesFolder
    self.stamp = stamp
    self.frames = frames
    self.seconds = seconds
    self.notes = notes
  }

  /// The scores as the protocols take them.
  public func score(id: String, category: String?) -> ClipScore {
    ClipScore(id: id, category: category, frames: frames.map(\.score))
  }
}

/// A finished clip in short, for lists of many.
public struct ClipSummary: Sendable, Equatable {
  /// The folder of the clip's frames.
  public let framesFolder: String

  /// The state of the clip's files; see `ClipFiles.stamp()`.
  public let stamp: String

  /// The mean IoU of the frames.
  public let iou: Double

  /// The maximum over thresholds of the frames' mean F curve; nil where nothing sounds.
  public let f: Double?

  /// The seconds that the computation took.
  public let seconds: Double

  /// When it was stored, to the second; nil for results of programs that did not write it down.
  public let finished: Date?
}
