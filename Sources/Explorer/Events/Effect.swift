import AVSBench
import C3N
import Figures
import Inference
import Media

/// What the explorer asks of the world around it. Answers come back as events with the same generation.
public enum Effect: Sendable {
  /// Read a clip.
  case loadContents(Clip, generation: Int)
  /// Run a clip through the model.
  case analyze(generation: Int, ModelSpecification, ClipContents, Switches)
  /// Stop what runs under a generation.
  case cancel(generation: Int)
  /// Write the screen as text under a name without a suffix.
  case exportText(name: String, String)
  /// Write a picture as PNG.
  case exportPNG(name: String, RGBImage)
  /// Write confidences, matrices and scores as JSON.
  case exportJSON(name: String, any NumberRecord)
  /// Forget what the terminal shows and paint everything.
  case redraw
  /// Give the terminal back until the shell continues the process.
  case suspend
  /// End.
  case quit
  /// Write a matrix as CSV.
  case exportMatrix(name: String, MatrixTable)
  /// Look for scores that were kept; answered by ``ExplorerEvent/scores(_:)``.
  case readScores(ScoreQuery)
  /// Evaluate a clip in the background and keep its scores; answered under the same number.
  case evaluate(number: Int, Clip, ModelSpecification, Switches)
  /// Stop a clip's evaluation.
  case cancelEvaluation(number: Int)
  /// Write what has changed where the data set's sessions keep themselves.
  case keepSession(UnwrittenSession)
  /// From now on sessions to be kept have nothing in common with what was kept of their data set.
  case beginSessionApart(dataset: String)
  /// Write a session under a name; over another one of that name only if asked to.
  case saveSession(Session, name: String, replacing: Bool)
  /// Read the session of a name and the clips of its data set.
  case openSession(name: String)
  /// Write confidences, matrices and scores as a table.
  case exportCSV(name: String, any NumberRecord)
  /// Let samples be heard, mono at 16 kHz, instead of what sounds.
  case playSound(number: Int, [Float])
  /// End what sounds.
  case stopSound
  /// Run a clip for a column of the comparison; ``cancelColumn(generation:)`` stops it. The answers are columns' events.
  case analyzeColumn(generation: Int, ModelSpecification, ClipContents, Switches)
  /// Stop a column's run.
  case cancelColumn(generation: Int)
  /// Run a clip so that the worker has the results when they are asked for; ``cancelLookAhead(generation:)`` stops it.
  case lookAhead(generation: Int, ModelSpecification, ClipContents, Switches)
  /// Stop what runs ahead.
  case cancelLookAhead(generation: Int)
  /// Read a clip that may be opened next. A failure is told when it is opened.
  case readAhead(Clip)
  /// Let go of all loaded models if the files of these can be read; answered by ``ExplorerEvent/modelsUnloaded``.
  case loadAgain([ModelSpecification])
  /// Write a figure as SVG.
  case exportFigure(name: String, any Figure)
}
