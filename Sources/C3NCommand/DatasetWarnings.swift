import AVSBench
import Foundation
import TerminalUI

extension Dataset {
  /// Tells on standard error what is odd about the data set, such as a missing list of clips: what follows is of other
  /// clips than the user may expect.
  func showWarnings() {
    for warning in warnings {
      FileHandle.standardError.write(Data("Warning: \(TerminalText.escaped(warning))\n".utf8))
    }
  }
}
