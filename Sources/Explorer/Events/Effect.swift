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
  case exportJSON(name: String, AnalysisRecord)
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
  /// Write a figure as SVG.
  case exportFigure(name: String, any Figure)
}
