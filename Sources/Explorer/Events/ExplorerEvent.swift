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
  /// A session was written under a name.
  case sessionSaved(name: String, path: String)
  /// Other explorers had written in the data set's notebook: how it was written, with a session of this one.
  case notebookMerged(Notebook, writtenWith: Session)
  /// Something to know of the sessions, such as where one is kept.
  case notice(String)
  /// What has changed could not be written; it is tried again at the next change and at the end.
  case sessionNotKept(String)
  /// It could be written after all.
  case sessionKept
  /// A session was read.
  case sessionOpened(OpenedSession)
  /// A sound has ended; why it was not heard, or nil.
  case soundEnded(number: Int, String?)
  /// A column's job says something.
  case column(generation: Int, JobEvent)
  /// A column's job failed.
  case columnFailed(generation: Int, String)
  /// What was computed ahead is there.
  case lookedAhead(generation: Int)
  /// A clip was read ahead.
  case neighbour(ClipContents)
  /// What has changed on disk of the files that a model was loaded from, in words; empty for nothing.
  case modelFiles(ModelSpecification, changes: [String])
  /// No model is loaded any more: the next run loads it again.
  case modelsUnloaded
}
