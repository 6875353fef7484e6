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
    /// Whether the write before this one failed.
    var followsFailure = false
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

  private struct State {
    var place: Place?
    /// The last session of each data set that could not be written, with what the notebook was before the first write that failed.
    var unwritten: [String: UnwrittenSession] = [:]
    /// Sessions that others have taken the place of before they could be written.
    var replaced: [Session] = []
  }

  private let store: SessionStore
  private let state = Mutex(State())

  init(store: SessionStore) {
    self.store = store
  }

  /// Goes on with what was kept of a data set.
  func goOn(with dataset: String) {
    let path = store.automatic(for: dataset)
    state.withLock {
      $0.place = Place(dataset: dataset, path: path, presence: path.flatMap { FileLock(beside: $0) })
    }
  }

  /// Begins with a data set apart from what was kept of it.
  func beginApart(_ dataset: String) {
    state.withLock { state in
      if let last = state.unwritten[dataset], (try? keep(last, &state)) == nil {
        // What comes now is no later state of it.
        if Notebook(of: last.session) != Notebook() { state.replaced.append(last.session) }
        state.unwritten[dataset] = nil
      }
      let own = state.place?.dataset == dataset ? state.place?.own : nil
      state.place = Place(dataset: dataset, own: own)
    }
  }

  /// Writes a session, and those before it that could not be written. What fails is tried again with the next one.
  ///
  /// - Parameter unwritten: the session, and what its notebook was when this explorer last wrote or heard of it: what others
  ///   changed since is taken up.
  func keep(_ unwritten: UnwrittenSession) throws -> Kept {
    try state.withLock { state in
      try? keepOthers(than: unwritten.session.dataset, &state)
      return try keep(unwritten, &state)
    }
  }

  /// Writes what could not be written before. Throws the error of what still cannot be.
  func keepRest() throws {
    try state.withLock { state in
      try keepOthers(than: nil, &state)
    }
  }

  /// Tries all, and throws the last error.
  private func keepOthers(than dataset: String?, _ state: inout State) throws {
    var problem: (any Error)?
    for (other, session) in state.unwritten where other != dataset {
      do { _ = try keep(session, &state) } catch { problem = error }
    }
    while let session = state.replaced.first, problem == nil {
      do {
        try SessionStore.write(session, to: SessionStore.free(try automatic(session), "previous"))
        state.replaced.removeFirst()
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
  }

  private func keep(_ unwritten: UnwrittenSession, _ state: inout State) throws -> Kept {
    let dataset = unwritten.session.dataset
    let before = state.unwritten[dataset]
    // What was handed over in between is in no file: others have not deleted it.
    let start = before?.notebookBefore ?? unwritten.notebookBefore
    do {
      var kept = try write(unwritten.session, since: start, &state.place)
      kept.followsFailure = before != nil
      state.unwritten[dataset] = nil
      return kept
    } catch {
      state.unwritten[dataset] = unwritten.since(start)
      throw error
    }
  }

  private func automatic(_ session: Session) throws -> String {
    guard let path = store.automatic(for: session.dataset) else {
      throw CommandError("neither XDG_STATE_HOME nor HOME is set")
    }
    return path
  }

  private func write(_ session: Session, since notebook: Notebook, _ place: inout Place?) throws -> Kept {
    let automatic = try automatic(session)
    // Nobody else writes between the reading and the writing.
    let turn = try FolderTurn(SessionStore.folder(of: automatic))
    defer { turn.end() }
    var kept = Kept()
    if let begun = place, begun.dataset == session.dataset, begun.path == nil {
      let (own, notice) = try Self.begin(begun, automatic)
      try SessionStore.write(session, to: own.path!)
      (place, kept.notice) = (own, notice)
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
