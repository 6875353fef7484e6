/// Bookmarks and notes of a data set.
public struct Notebook: Hashable, Sendable {
  /// An empty one.
  public init() {}

  /// Places by their letter, `a` to `z`.
  public internal(set) var bookmarks: [String: Bookmark] = [:]

  /// The notes, by clip and then by frame, that of the whole clip first.
  public internal(set) var notes: [Note] = []

  /// Whether a text is a letter that a bookmark may have.
  static func isLetter(_ text: String) -> Bool {
    text.utf8.count == 1 && ("a"..."z").contains(text)
  }

  /// The text about a clip (frame nil) or about one of its frames (from 1); empty where there is none.
  public func note(clip: String, frame: Int?) -> String {
    notes.first { $0.clip == clip && $0.frame == frame }?.text ?? ""
  }

  /// Replaces a text; an empty one removes the note.
  mutating func setNote(_ text: String, clip: String, frame: Int?) {
    notes.removeAll { $0.clip == clip && $0.frame == frame }
    guard !text.isEmpty else { return }
    notes.append(Note(clip: clip, frame: frame, text: text))
    notes.sort { ($0.clip, $0.frame ?? 0) < ($1.clip, $1.frame ?? 0) }
  }

  /// All that was noted about a clip, as the filter looks through it.
  func texts(about clip: String) -> String {
    notes.filter { $0.clip == clip }.map(\.text).joined(separator: "\n")
  }

  /// The letters of a clip's bookmarks, or of one of its frames (from 1).
  func letters(clip: String, frame: Int? = nil) -> String {
    bookmarks.filter { $0.value.clip == clip && (frame == nil || $0.value.frame == frame) }
      .keys.sorted().joined()
  }
}
