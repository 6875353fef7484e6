import TerminalUI

extension ExplorerState {
  /// The clip that bookmarks and notes are about: the selected one in the table, else the open one.
  private var subject: (position: Int, frame: Int)? {
    if screen == .clips, rows.indices.contains(table.selection) {
      let position = rows[table.selection]
      return (position, position == current ? frame : 0)
    }
    return current.map { ($0, frame) }
  }

  mutating func setBookmark(_ letter: Character?) {
    let name = letter.map { String($0) } ?? ""
    guard Notebook.isLetter(name) else {
      message = "bookmarks are named a to z"
      return
    }
    guard let subject else {
      message = "no clip to come back to"
      return
    }
    let clip = clips[subject.position].id
    keeping.notebook.bookmarks[name] = Bookmark(clip: clip, frame: subject.frame + 1, screen: screen)
    noteResults()
    message = "bookmark \(name): \(clip), frame \(subject.frame + 1), \(screen.title)"
  }

  mutating func goToBookmark(_ letter: Character?) -> [Effect] {
    let name = letter.map { String($0) } ?? ""
    guard let bookmark = notebook.bookmarks[name] else {
      message = "no bookmark \(name); M lists them"
      return []
    }
    guard let position = clips.firstIndex(where: { $0.id == bookmark.clip }) else {
      message = "bookmark \(name): no clip \(bookmark.clip) in \(dataset)"
      return []
    }
    screen = bookmark.screen
    return go(to: position, frame: bookmark.frame - 1)
  }

  /// The bookmarks by letter.
  var bookmarkList: [(letter: String, bookmark: Bookmark)] {
    notebook.bookmarks.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  mutating func moveBookmarks(_ motion: Motion, from selection: Int) {
    guard let motion = motion.inList else { return }
    var list = ListState(selection: selection)
    list.move(motion, count: bookmarkList.count, height: max(1, size.height / 2))
    overlay = .bookmarks(selection: list.selection)
  }

  mutating func changeBookmarks(_ command: Command) -> [Effect] {
    guard case .bookmarks(let selection) = overlay, bookmarkList.indices.contains(selection) else {
      return []
    }
    let letter = bookmarkList[selection].letter
    if command == .openBookmark {
      overlay = .none
      return goToBookmark(letter.first)
    }
    keeping.notebook.bookmarks[letter] = nil
    noteResults()
    overlay = .bookmarks(selection: max(0, min(selection, bookmarkList.count - 1)))
    message = "bookmark \(letter) deleted"
    return []
  }

  /// Opens the line for a note.
  mutating func promptNote(ofFrame: Bool) {
    guard let subject else {
      message = "no clip to note something about"
      return
    }
    prompt(.note(clip: clips[subject.position].id, frame: ofFrame ? subject.frame + 1 : nil))
  }
}
