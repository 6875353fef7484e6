/// One line of editable text: search, filter, palette.
public struct TextField: Hashable, Sendable {
  /// The text.
  public private(set) var text: String
  /// Characters before the cursor.
  public private(set) var cursor: Int

  /// A field with the cursor behind the text.
  public init(_ text: String = "") {
    self.text = text
    cursor = text.count
  }

  /// Edits by a key; false when the key is none of a field's (Enter, Esc, Tab, up and down are the caller's).
  public mutating func handle(_ key: KeyEvent) -> Bool {
    switch key {
    case .character(let character): insert(character)
    case .named(.left): cursor = max(0, cursor - 1)
    case .named(.right): cursor = min(text.count, cursor + 1)
    case .named(.home), .control("a"): cursor = 0
    case .named(.end), .control("e"): cursor = text.count
    case .named(.backspace):
      if cursor > 0 {
        cursor -= 1
        removeAtCursor()
      }
    case .named(.delete): removeAtCursor()
    case .control("u"):
      text.removeFirst(cursor)
      cursor = 0
    case .control("w"):
      var head = text.prefix(cursor)
      while head.last == " " { head.removeLast() }
      while let last = head.last, last != " " { head.removeLast() }
      text = String(head) + text.dropFirst(cursor)
      cursor = head.count
    default: return false
    }
    return true
  }

  private mutating func insert(_ character: Character) {
    text.insert(character, at: text.index(text.startIndex, offsetBy: cursor))
    // A combining mark joins the character before it.
    cursor = min(cursor + 1, text.count)
  }

  private mutating func removeAtCursor() {
    guard cursor < text.count else { return }
    text.remove(at: text.index(text.startIndex, offsetBy: cursor))
  }
}

extension CellGrid {
  /// Draws a prompt and a field with its cursor; a long text is shifted so that the cursor stays in sight.
  public mutating func drawTextField(_ prompt: StyledLine, _ field: TextField, in rect: Rect) {
    let line = rect.row(0)
    fill(line)
    let used = put(prompt, in: line)
    let room = line.dropping(left: used)
    guard !room.isEmpty else { return }
    let before = TerminalText.columns(String(field.text.prefix(field.cursor)))
    let shift = max(0, before - (room.width - 1))
    let start = Point(x: room.x - shift, y: room.y)
    put(field.text, at: start, style: style(.text), clip: room)
    restyle(Rect(x: room.x + before - shift, y: room.y, width: 1, height: 1)) {
      $0.attributes.formUnion([.bold, .reverse])
    }
  }
}
