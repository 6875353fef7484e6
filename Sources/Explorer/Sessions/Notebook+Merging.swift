import Foundation

extension Notebook {
  /// The bookmarks and notes of a session.
  public init(of session: Session) {
    bookmarks = session.bookmarks
    for note in session.notes { setNote(note.text, clip: note.clip, frame: note.frame) }
  }

  /// What becomes of two notebooks that began as the same one and were both written in.
  ///
  /// What only one of the two changed is as that one has it. Of a note that both changed both texts stay, and one that was
  /// changed here and deleted there stays; a bookmark that both moved is where this one has it.
  ///
  /// - Parameters:
  ///   - other: the other notebook.
  ///   - start: what both were before.
  public func merged(with other: Notebook, since start: Notebook) -> Notebook {
    var merged = self
    for letter in Set(bookmarks.keys).union(other.bookmarks.keys).union(start.bookmarks.keys)
    where bookmarks[letter] == start.bookmarks[letter] {
      merged.bookmarks[letter] = other.bookmarks[letter]
    }
    for subject in Set(
      (notes + other.notes + start.notes).map { Note(clip: $0.clip, frame: $0.frame, text: "") })
    {
      let (own, foreign, before) = (text(subject), other.text(subject), start.text(subject))
      if foreign == before || foreign == own || (foreign.isEmpty && own != before) { continue }
      // Both may hold what was merged before.
      let known = own.components(separatedBy: Self.separator)
      let parts = known + foreign.components(separatedBy: Self.separator).filter { !known.contains($0) }
      let text = own == before || own.isEmpty ? foreign : parts.joined(separator: Self.separator)
      merged.setNote(text, clip: subject.clip, frame: subject.frame)
    }
    return merged
  }

  private static let separator = " / "

  private func text(_ subject: Note) -> String { note(clip: subject.clip, frame: subject.frame) }
}

extension Session {
  /// The session with another's bookmarks and notes.
  public func with(_ notebook: Notebook) -> Session {
    var session = self
    session.bookmarks = notebook.bookmarks
    session.notes = notebook.notes
    return session
  }
}
