import AVSBench
import TerminalUI

extension Dataset {
  /// Tells on standard error what is odd about the data set, such as a missing list of clips: what follows is of other
  /// clips than the user may expect.
  func showWarnings() {
    for warning in warnings { showWarning(warning) }
  }
}

/// Tells on standard error, in one line, what does not end the command.
func showWarning(_ text: String) { StandardError.write("Warning: \(TerminalText.escaped(text))\n") }
