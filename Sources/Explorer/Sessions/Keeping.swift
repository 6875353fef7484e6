import AVSBench
import C3N
import Inference
import TerminalUI

/// What is kept between runs, and how far it has been written.
struct Keeping: Sendable {
  /// The data set's folder; nil for the embedded clips.
  var root: String?

  /// Bookmarks and notes.
  var notebook = Notebook()

  /// The name under which the session was opened or saved.
  var name: String?

  /// Whether changes are written by themselves.
  var isAutomatic = false

  /// Whether they are in sessions whose data set is there.
  var isWanted = false

  /// What was written last.
  var written: Session?

  /// Bookmarks and notes as they were last handed over to be written, with what others were heard to have written since.
  var handedOver = Notebook()

  /// When what has changed since is due.
  var dueAt: Duration?

  /// What sounds, in words; nil for silence.
  var sounding: String?

  /// The number of the sound asked for last.
  var soundNumber = 0

  /// A change is written this long after it: soon enough to lose at most a second, late enough to write a held key once.
  static let delay = Duration.milliseconds(500)

  /// How the error begins that says that changes could not be written.
  static let failure = "changes not saved yet"
}

/// A session that is to be written.
public struct UnwrittenSession: Hashable, Sendable {
  /// What is to be written.
  public let session: Session

  /// What its notebook was when it was last handed over, with what others were heard to have written since: the start that
  /// it has in common with theirs.
  public let notebookBefore: Notebook

  /// The same, where the start that it has in common with others is an earlier one.
  public func since(_ notebook: Notebook) -> UnwrittenSession {
    UnwrittenSession(session: session, notebookBefore: notebook)
  }
}

extension ExplorerState {
  /// Bookmarks and notes.
  public var notebook: Notebook { keeping.notebook }

  /// What would be written now.
  public var session: Session {
    var session = Session()
    session.dataset = keeping.root ?? Session.embedded
    session.clip = clip?.id
    session.frame = frame + 1
    session.screen = screen
    session.models = [specification]
    session.knobs = knobs
    session.display = display
    session.filter = filter.text
    session.sort = sortColumn?.column.title
    session.ascending = ascending
    session.reference = evaluation.reference
    session.comparison = comparison
    session.view = sessionView
    session.bookmarks = notebook.bookmarks
    session.notes = notebook.notes
    return session
  }

  /// Takes the answer to a write that failed: the reason, once, however often it is tried.
  mutating func noteSaving(failedFor reason: String?) {
    let hadFailed = errors.contains { $0.hasPrefix(Keeping.failure) }
    errors.removeAll { $0.hasPrefix(Keeping.failure) }
    if let reason {
      errors.append("\(Keeping.failure): \(reason)")
    } else if hadFailed {
      message = "saved again, with what could not be saved before"
    }
  }

  /// From now on changes ask for ``Effect/keepSession(_:)``, at most one every half second.
  ///
  /// - Parameter isWritten: whether the session is as it was written; else it is due by itself.
  public mutating func keepSession(isWritten: Bool) {
    keeping.isAutomatic = true
    keeping.isWanted = true
    keeping.written = isWritten ? session : nil
    keeping.handedOver = notebook
  }

  /// Whether changes are written by themselves.
  public var keepsSession: Bool { keeping.isAutomatic }

  /// What has changed since it was last written; nil if nothing has, or if nothing is to be kept.
  public var unwrittenSession: UnwrittenSession? {
    guard keeping.isAutomatic, session != keeping.written else { return nil }
    return UnwrittenSession(session: session, notebookBefore: keeping.handedOver)
  }

  /// Asks to write what has changed, once it is due.
  mutating func keepChanges() -> [Effect] {
    guard let unwritten = unwrittenSession else {
      keeping.dueAt = nil
      return []
    }
    guard let due = keeping.dueAt else {
      keeping.dueAt = now + Keeping.delay
      return []
    }
    return now >= due ? handOver(unwritten) : []
  }

  /// Asks to write what has changed, due or not.
  mutating func handOver() -> [Effect] { unwrittenSession.map { handOver($0) } ?? [] }

  private mutating func handOver(_ unwritten: UnwrittenSession) -> [Effect] {
    keeping.dueAt = nil
    keeping.written = unwritten.session
    keeping.handedOver = notebook
    return [.keepSession(unwritten)]
  }

  /// Takes up a session in the data set that is open; what of it is not there is told.
  ///
  /// - Returns: What the world is asked to do.
  public mutating func restore(_ session: Session) -> [Effect] {
    let knobsBefore = knobs
    knobs = session.knobs
    display = session.display
    filter = (try? ClipFilter(session.filter)) ?? .all
    sortColumn = ClipColumn.allCases.first { $0.column.title == session.sort }
    ascending = session.ascending
    evaluation.reference = session.reference
    if let comparison = session.comparison { compare(comparison) }
    take(session.view)
    annotate(with: session)
    screen = session.screen
    defer { select(session.view) }
    guard let name = session.clip else { return knobs == knobsBefore ? [] : analyze() }
    guard let position = clips.firstIndex(where: { $0.id == name }) else {
      errors.append("the session's clip \(name) is not in \(dataset)")
      screen = .clips
      return []
    }
    return go(to: position, frame: session.frame - 1)
      + (position == current && loaded != nil && knobs != knobsBefore ? analyze() : [])
  }

  /// Takes a session's bookmarks and notes.
  public mutating func annotate(with session: Session) {
    annotate(with: Notebook(of: session))
  }

  private mutating func annotate(with notebook: Notebook) {
    keeping.notebook = notebook
    noteResults()
    arrangeRows()
  }

  /// Takes up what other explorers noted about the same clips, as it was written with a session of this one.
  mutating func take(_ notebook: Notebook, writtenWith session: Session) {
    let before = self.notebook
    annotate(with: before.merged(with: notebook, since: Notebook(of: session)))
    // What was noted here since is still to be written.
    if keeping.written == session { keeping.written = session.with(notebook) }
    keeping.handedOver = notebook
    if self.notebook != before { message = "another explorer on these clips noted something: taken up" }
  }

  /// Opens a clip at a frame, from 0; it is clamped once the clip is read.
  mutating func go(to position: Int, frame wanted: Int) -> [Effect] {
    if let row = rows.firstIndex(of: position) { table.select(row, count: rows.count, height: tableHeight) }
    let effects = open(position)
    frame = loaded == nil ? wanted : max(0, min(wanted, frameCount - 1))
    return effects
  }

  /// Writes bookmarks and notes into the table of clips.
  mutating func noteResults() {
    let marked = Set(notebook.bookmarks.values.map(\.clip) + notebook.notes.map(\.clip))
    for (position, clip) in clips.enumerated() {
      let isMarked = marked.contains(clip.id)
      results[position].bookmarks = isMarked ? notebook.letters(clip: clip.id) : ""
      results[position].notes = isMarked ? notebook.texts(about: clip.id) : ""
    }
  }
}
