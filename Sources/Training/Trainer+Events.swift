extension Trainer {
  /// What a run says.
  public enum Event: Sendable {
    /// A step was made: its row of the log, and the seconds that the run will still take.
    case step(TrainingLog.Row, of: Int, remaining: Double)
    /// So many of the validation's clips were scored.
    case validating(Int, of: Int)
    /// A validation's row of the log, and whether it is the best so far.
    case validated(TrainingLog.Row, isBest: Bool)
    /// A checkpoint was written.
    case saved(String)
    /// A checkpoint, the best weights or rows of the log could not be written, and why; it is tried again.
    case notSaved(String)
  }

  /// How a run ended.
  public enum Outcome: Sendable, Equatable {
    /// All epochs were made.
    case finished
    /// Somebody asked it to stop; the checkpoint has everything that was done.
    case stopped
  }
}
