import C3N

/// What the worker does for the current clip.
public enum Activity: Sendable {
  /// Nothing.
  case idle
  /// The clip's files are being read.
  case reading
  /// The job waits for its turn.
  case waiting
  /// The weights are being read.
  case loadingModel
  /// The model runs: the last milestone and the share of all that are passed, 0 to 1.
  case running(Milestone, share: Double)
}

/// One line of the history of jobs.
public struct JobRecord: Sendable {
  /// Which generation.
  public let generation: Int

  /// The clip's name.
  public let clip: String

  /// The switches that were asked for.
  public let switches: Switches

  /// Whether it was for a column of the comparison; generations of columns count by themselves.
  var isColumn = false

  /// How it ended, or `running`.
  public internal(set) var status: ClipStatus

  /// Seconds of computing; nil before it is done.
  public internal(set) var seconds: Double?

  /// Why it failed.
  public internal(set) var problem: String?

  /// The parts whose earlier results were taken.
  public internal(set) var reused = 0
}
