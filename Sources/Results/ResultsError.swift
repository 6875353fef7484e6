import GRDB

/// Why results cannot be read or kept, in one line.
public struct ResultsError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String

  /// What was found and what was expected.
  public let problem: String

  /// Whether there is no file and none can be made, such as in a home that can only be read.
  public let cannotBeMade: Bool

  /// An error about the file at `path`.
  public init(path: String, problem: String, cannotBeMade: Bool = false) {
    self.path = path
    self.problem = problem
    self.cannotBeMade = cannotBeMade
  }

  /// `path: problem`.
  public var description: String { "\(path): \(problem)" }

  /// What SQLite says, with what to do about it.
  init(path: String, _ error: DatabaseError, cannotBeMade: Bool = false) {
    let words = error.message ?? "error \(error.resultCode.rawValue)"
    guard !cannotBeMade else {
      self.init(path: path, problem: "the database of results cannot be made: \(words)", cannotBeMade: true)
      return
    }
    switch error.resultCode {
    case .SQLITE_NOTADB:
      self.init(path: path, problem: "not a database of results (\(words)); \(Self.advice)")
    case .SQLITE_CORRUPT:
      self.init(path: path, problem: "a damaged database of results (\(words)); \(Self.advice)")
    case .SQLITE_BUSY:
      self.init(path: path, problem: "another process kept the database locked for too long")
    default:
      self.init(path: path, problem: "the database of results: \(words)")
    }
  }

  /// What the user can do about a file that cannot be used.
  static let advice = "it was left as it is: move it away, or name another with --database"
}

/// Runs `body`, turning SQLite's errors into errors about the file.
func describingErrors<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as DatabaseError {
    throw ResultsError(path: path, error)
  }
}
