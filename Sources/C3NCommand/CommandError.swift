import Foundation
import TerminalUI

/// A mistake in what the user asked for, in one line: the place, what was found, what was expected.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Makes a folder and those above it.
func makeFolder(_ path: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    let reason = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.localizedDescription
    throw CommandError(
      "\(TerminalText.escaped(path)): cannot be made a folder: \(reason ?? error.localizedDescription)")
  }
}
