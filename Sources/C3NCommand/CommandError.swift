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

/// Folders made for what a command will write.
struct MadeFolders {
  /// The innermost first.
  private let paths: [String]

  /// Makes a folder and those above it that are not there.
  init(_ path: String) throws {
    var missing: [String] = []
    var url = URL(fileURLWithPath: path).standardizedFileURL
    while access(url.path, F_OK) != 0, url.path != "/" {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    paths = missing
    try makeFolder(path)
  }

  /// Removes those in which there is nothing.
  func removeEmpty() {
    for path in paths where rmdir(path) != 0 { return }
  }
}
