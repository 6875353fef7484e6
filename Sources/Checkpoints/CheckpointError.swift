/// Why a file could not be read or written as a checkpoint, in one line.
public struct CheckpointError: Error, CustomStringConvertible, Sendable {
  /// The file as it was given.
  public let file: String

  /// The place in the file, such as `header` or `archive/data.pkl, byte 214`; empty for the whole file.
  public let place: String

  /// What was found and what was expected.
  public let problem: String

  /// Names from a damaged file may hold anything, so place and problem are made fit to print here.
  init(file: String, place: String = "", problem: String) {
    self.file = file
    self.place = printable(place, limit: 200)
    self.problem = printable(problem, limit: 500)
  }

  init(file: String, _ malformed: Malformed) {
    self.init(file: file, place: malformed.place, problem: malformed.problem)
  }

  /// `file: place: problem`.
  public var description: String {
    place.isEmpty ? "\(file): \(problem)" : "\(file): \(place): \(problem)"
  }
}

/// A defect that a reader of bytes found; readers do not know the name of the file they read.
struct Malformed: Error {
  let place: String
  let problem: String

  init(_ place: String, _ problem: String) {
    self.place = place
    self.problem = problem
  }
}

/// A text from a file, fit for one line of a message: no control characters, and not too long.
package func printable(_ text: String, limit: Int = 80) -> String {
  var result = ""
  var length = 0
  for scalar in text.unicodeScalars {
    if length == limit { return result + "..." }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
    length += 1
  }
  return result
}
