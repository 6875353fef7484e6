/// Why a data set, a clip or a class list could not be read, in one line that names the place.
public struct DatasetError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let path: String

  /// What was found and what was expected.
  public let problem: String

  /// An error about the file or folder at `path`; what a file made too long is cut.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem.utf8.count <= 1000 ? problem : String(problem.unicodeScalars.prefix(1000)) + "..."
  }

  /// `s4_data: no visual_frames folder`.
  public var description: String { "\(path): \(problem)" }
}
