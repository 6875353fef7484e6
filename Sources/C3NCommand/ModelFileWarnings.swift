import C3N
import Foundation
import TerminalUI

extension ModelFiles {
  /// Reports on standard error which files are not what they were when they were loaded: what was computed is not of those that
  /// are there now.
  ///
  /// - Parameter results: what was computed, such as `scores`.
  func showChanges(results: String) {
    for change in changes {
      let text = "\(TerminalText.escaped(change)); the \(results) are those of the file as it was loaded"
      StandardError.write("Warning: \(text)\n")
    }
  }
}
