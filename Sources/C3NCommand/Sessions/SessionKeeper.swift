import Explorer
import Foundation
import Synchronization

/// Keeps the session of the data set that is open in its file, beside other explorers that have the same one open.
///
/// Explorers that went on with what was kept share its bookmarks and notes: each write takes up what others wrote since
/// the last. One that began apart from it, with nothing or with a named session, replaces what was kept with its first
/// write; but while another explorer goes on with that, it has a file of its own, since its empty notebook would be taken
/// for one in which all was deleted.
final class SessionKeeper: Sendable {
  /// What came of a write.
  struct Kept {
    /// The notebook as it was written, if others had changed it.
    var merged: Notebook?
    /// What the user should know, a line.
    var notice: String?
  }

  /// Where the session of a data set is kept.
  private struct Place {
    let dataset: String
    /// Nil before the first write of an explorer that began apart.
    var path: String?
    /// The file of an explorer that once had to have one of its own.
    var own: String?
    /// What tells others that this explorer goes on with what was kept.
    var presence: FileLock?
  }

  private let store: SessionStore
  private let place = Mutex<Place?>(nil)

  init(store: SessionStore) {
    self.store = store
  }

  /// Goes on with what was kept of a data set.
  func goOn(with dataset: String) {
    let path = store.automatic(for: dataset)
    place.withLock {
      $0 = Place(dataset: dataset, path: path, presence: path.flatMap { FileLock(beside: $0) })
    }
  }

  /// Begins with a data set apart from what was kept of it.
  func beginApart(_ dataset: String) {
    place.withLock { $0 = Place(dataset: dataset, own: $0?.dataset == dataset ? $0?.own : nil) }
  }

  /// Writes a session.
  ///
  /// - Parameter notebook: what its notebook was when this explorer last wrote or heard of it: what others changed since is
  ///   taken up.
  func keep(_ session: Session, since notebook: Notebook) throws -> Kept {
    guard let automatic = store.automatic(for: session.dataset) else {
      throw CommandError("neither XDG_STATE_HOME nor HOME is set")
    }
    return try place.withLock { place in
      // Nobody else writes between the reading and the writing.
      let turn = try FolderTurn(SessionStore.folder(of: automatic))
      defer { turn.end() }
      var kept = Kept()
      if place?.dataset == session.dataset, place?.path == nil {
        (place, kept.notice) = try Self.begin(place!, automatic)
        try SessionStore.write(session, to: place!.path!)
        return kept
      }
      // A last change of a data set that was left meanwhile goes where all explorers find it.
      let path = place?.dataset == session.dataset ? place!.path! : automatic
      let own = Notebook(of: session)
      let there = (try? SessionStore.read(path)).map { Notebook(of: $0) }
      let merged = there.map { own.merged(with: $0, since: notebook) } ?? own
      try SessionStore.write(session.with(merged), to: path)
      if merged != own { kept.merged = merged }
      return kept
    }
  }

  /// Where an explorer that began apart is kept from its first write on.
  private static func begin(_ place: Place, _ automatic: String) throws -> (Place, notice: String?) {
    var place = place
    let presence = FileLock(beside: automatic)
    // Where there are no locks, nobody can be told of another one.
    guard presence?.isOnlyHolder ?? true else {
      let own = place.own ?? SessionStore.free(automatic, "apart")
      let previous = try SessionStore.keepPrevious(own).map { "; the notes before: \($0)" } ?? ""
      (place.path, place.own) = (own, own)
      return (place, "another explorer keeps these clips; this session: \(own)\(previous)")
    }
    let previous = try SessionStore.keepPrevious(automatic)
    (place.path, place.presence) = (automatic, presence)
    return (place, previous.map { "bookmarks and notes from before: \($0)" })
  }
}
