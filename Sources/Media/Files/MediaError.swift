/// Why a file could not be read or written, in one line that names it.
public struct MediaError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String

  /// What was found and what was expected.
  public let problem: String

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// `frames/1.png: the file is empty (0 bytes)`.
  public var description: String { "\(path): \(problem)" }
}
