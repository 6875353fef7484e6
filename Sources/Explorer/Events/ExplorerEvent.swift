import AVSBench
import Inference
import TerminalUI

/// What happens to the explorer.
public enum ExplorerEvent: Sendable {
  /// A key was pressed.
  case key(KeyEvent)
  /// The terminal has another size.
  case resize(Size)
  /// A clip was read.
  case contents(generation: Int, ClipContents)
  /// A clip could not be read.
  case contentsFailed(generation: Int, String)
  /// A job says something.
  case job(generation: Int, JobEvent)
  /// A job failed.
  case jobFailed(generation: Int, String)
  /// An export was written.
  case exported(path: String)
  /// Something outside of clips and jobs failed, such as an export; stays on the screen until it is dismissed.
  case failure(String)
  /// The memory of the process, in bytes.
  case memory(resident: Int)
  /// The time since the start; due at ``ExplorerState/nextDeadline`` and welcome before any other event.
  case clock(Duration)
  /// Scores that were kept by earlier sessions and evaluations.
  case scores(KnownScores)
  /// What became of a clip that is evaluated in the background.
  case evaluation(number: Int, EvaluationEvent)
}
