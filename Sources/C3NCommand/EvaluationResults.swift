import Inference
import Results
import TerminalUI

/// Where an evaluation keeps its clips. What cannot be stored is told once, kept in memory and tried again.
final class EvaluationResults {
  /// The database; another one after its file was deleted or replaced.
  private(set) var database: ResultsDatabase

  private var waiting: [(result: FinishedClip, key: ResultKey)] = []
  private var stored = 0
  private var hasTold = false

  /// Opens a database, or makes it; nil is that of the user's state directory, without which results end with the process.
  ///
  /// Throws `ResultsError`.
  init(_ path: String?) throws {
    do {
      database = try ResultsDatabase(opening: path ?? ResultsDatabase.defaultPath())
    } catch let error as ResultsError where path == nil && error.cannotBeMade {
      // Nobody has asked for this file, and the scores are as good without it.
      database = try ResultsDatabase(
        inMemoryInsteadOf: error.path,
        because: "\(error): new results are not kept; --database names another file")
    }
  }

  /// Stores a clip, and those that could not be stored before.
  func store(_ result: FinishedClip, for key: ResultKey) {
    if let limitation = database.limitation { return tell(limitation) }
    waiting.append((result, key))
    do {
      try storeWaiting()
      hasTold = false
    } catch {
      tell("\(error); it is tried again")
    }
  }

  /// Stores what could not be stored before.
  ///
  /// - Returns: Whether everything is stored that the database can take; what is not was told.
  func finish() -> Bool {
    do {
      try storeWaiting()
      return true
    } catch {
      StandardError.write(
        TerminalText.escaped(
          "Error: scores of \(counted(waiting.count, "clip")) are not in the database: \(error)") + "\n")
      return false
    }
  }

  private func storeWaiting() throws {
    while let next = waiting.first {
      do {
        try database.store(next.result, for: next.key)
      } catch  where !database.isInPlace {
        database = try ResultsDatabase(opening: database.path)
        showWarning(
          "\(database.path): was deleted or replaced meanwhile; results go to the new file, without the "
            + "\(counted(stored, "clip")) stored before")
        stored = 0
        try database.store(next.result, for: next.key)
      }
      stored += 1
      waiting.removeFirst()
    }
  }

  private func tell(_ text: String) {
    if !hasTold { showWarning(text) }
    hasTold = true
  }
}
