import Explorer
import Foundation
import Synchronization

/// Keeps the sessions of data sets in their files, beside other explorers that have the same data sets open.
///
/// Explorers that went on with what was kept share its bookmarks and notes: each write takes up what others wrote since
/// the last. One that began apart from it, with nothing or with a named session, has a file of its own while another
/// explorer is there, since its empty notebook would be taken for one in which all was deleted.
final class SessionKeeper: Sendable {
  /// How an explorer begins with a data set.
  enum Start {
    /// It goes on with what was kept, whose bookmarks and notes are these.
    case goingOn(Notebook)
    /// What was kept gives way.
    case apart
  }

  /// Where a data set's session is kept, what of the notebook there is known, and what tells others of this explorer.
  private struct Place {
    let path: String
    var known: Notebook
    let presence: FileLock?
  }

  private let store: SessionStore
  private let places = Mutex<[String: Place]>([:])

  init(store: SessionStore) {
    self.store = store
  }

  /// Begins with a data set, before the first ``keep(_:)``.
  ///
  /// - Returns: The file, if another explorer has the one of the data set.
  func begin(_ dataset: String, _ start: Start) -> String? {
    guard let automatic = store.automatic(for: dataset) else { return nil }
    return places.withLock { places in
      let presence = places[dataset]?.presence ?? FileLock(beside: automatic)
      switch start {
      case .goingOn(let notebook):
        places[dataset] = Place(path: automatic, known: notebook, presence: presence)
        return nil
      // An explorer that cannot tell others of itself goes on as the only one.
      case .apart where presence?.isOnlyHolder ?? true:
        store.keepPrevious(for: dataset)
        let notebook = (try? SessionStore.read(automatic)).map { Notebook(of: $0) }
        places[dataset] = Place(path: automatic, known: notebook ?? Notebook(), presence: presence)
        return nil
      case .apart:
        let own = SessionStore.free(automatic, "apart")
        places[dataset] = Place(path: own, known: Notebook(), presence: presence)
        return own
      }
    }
  }

  /// Writes a session, with what other explorers wrote in its notebook since the last time.
  ///
  /// - Returns: The notebook as it was written, if others had changed it.
  func keep(_ session: Session) throws -> Notebook? {
    let dataset = session.dataset
    guard let automatic = store.automatic(for: dataset) else {
      throw CommandError("neither XDG_STATE_HOME nor HOME is set")
    }
    return try places.withLock { places in
      let path = places[dataset]?.path ?? automatic
      // Nobody else writes between the reading and the writing.
      let turn = try FolderTurn(SessionStore.folder(of: path))
      defer { turn.end() }
      let own = Notebook(of: session)
      let there = (try? SessionStore.read(path)).map { Notebook(of: $0) }
      let merged = there.map { own.merged(with: $0, since: places[dataset]?.known ?? $0) } ?? own
      try SessionStore.write(session.with(merged), to: path)
      places[dataset]?.known = merged
      return merged == own ? nil : merged
    }
  }
}
