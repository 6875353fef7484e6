import TerminalUI

extension ExplorerState {
  /// The list of bookmarks, over the screen.
  func drawBookmarks(_ selection: Int, in rect: Rect, on grid: inout CellGrid) {
    let entries = bookmarkList
    let height = max(1, min(entries.count, rect.height - 6))
    let top = max(0, min(selection - height / 2, entries.count - height))
    let width = min(72, rect.width - 8)
    let note = entries.isEmpty ? "none; m and a letter sets one" : "Enter goes, d deletes, q closes"
    let blank = Array(repeating: StyledLine(""), count: height)
    let text = grid.drawOverlay("bookmarks", lines: blank, note: note, width: width, in: rect)
    for (row, entry) in entries.dropFirst(top).prefix(text.height).enumerated() {
      let line = text.row(row)
      let parts = line.columns([.fixed(2), .share(2), .fixed(9), .fixed(8), .share(3)], gap: 1)
      let place = entry.bookmark
      let isThere = clips.contains { $0.id == place.clip }
      grid.put(entry.letter, in: parts[0], role: .key)
      grid.put(place.clip, in: parts[1], role: isThere ? .text : .faint)
      grid.put("frame \(place.frame)", in: parts[2], role: .text)
      grid.put(place.screen.title, in: parts[3], role: .text)
      let notes = [
        notebook.note(clip: place.clip, frame: place.frame), notebook.note(clip: place.clip, frame: nil),
      ]
      let remark = isThere ? notes.first { !$0.isEmpty } ?? "" : "no such clip here"
      grid.put(remark, in: parts[4], role: .faint)
      if top + row == selection { grid.restyle(line) { $0.attributes.insert(.reverse) } }
    }
  }

  /// The bookmarks of the frame shown, for the frame's border: `'ab`.
  var bookmarkMark: String {
    guard let clip else { return "" }
    let letters = notebook.letters(clip: clip.id, frame: frame + 1)
    return letters.isEmpty ? "" : "'" + letters
  }

  /// Whether there is a note on the frame or on the clip.
  var hasNotes: Bool {
    guard let clip else { return false }
    return [frame + 1, nil].contains { !notebook.note(clip: clip.id, frame: $0).isEmpty }
  }

  /// The notes on the frame and on the clip, at most four rows each.
  ///
  /// - Returns: The rows used.
  func drawNotes(in rect: Rect, on grid: inout CellGrid) -> Int {
    guard let clip else { return 0 }
    var rest = rect
    let notes = [
      ("frame \(frame + 1)", notebook.note(clip: clip.id, frame: frame + 1)),
      ("clip", notebook.note(clip: clip.id, frame: nil)),
    ]
    for (subject, text) in notes where !text.isEmpty && !rest.isEmpty {
      let place = rest.dropping(bottom: max(0, rest.height - 4))
      let used = grid.drawText("note on the \(subject): \(text)", in: place, role: .accent)
      rest = rest.dropping(top: used)
    }
    return rect.height - rest.height
  }
}

extension ClipResult {
  /// The letters of bookmarks and a star for notes, behind a clip's name.
  var marks: String {
    (bookmarks.isEmpty ? "" : " '" + bookmarks) + (notes.isEmpty ? "" : " *")
  }
}
