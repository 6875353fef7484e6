extension CellGrid {
  /// Draws a frame with a title; the pane that has the keyboard has heavy lines and a marked title.
  ///
  /// - Parameters:
  ///   - title: The title, in the upper line.
  ///   - note: A short remark at the right of the lower line, such as `3/40`.
  ///   - rect: The outside.
  ///   - focused: Whether the pane has the keyboard.
  /// - Returns: The inside. A rectangle lower than three rows or narrower than four columns has no frame.
  @discardableResult
  public mutating func drawPane(
    _ title: String, note: String = "", in rect: Rect, focused: Bool = false
  ) -> Rect {
    guard rect.width >= 4, rect.height >= 3 else { return rect }
    let role = focused ? Role.focusedBorder : .border
    drawBox(rect, heavy: focused, role: role)
    let line = rect.dropping(left: 2, right: 2)
    if !title.isEmpty { put(" \(title) ", in: line.row(0), role: focused ? .focusedTitle : .title) }
    if !note.isEmpty {
      put(" \(note) ", in: line.row(rect.height - 1), role: focused ? .text : .faint, alignment: .right)
    }
    return rect.inset(1, 1)
  }

  /// Draws the outline of a rectangle in light or heavy lines; `+-|` and `+=|` in ASCII.
  public mutating func drawBox(_ rect: Rect, heavy: Bool = false, role: Role = .border) {
    guard rect.width >= 2, rect.height >= 2 else { return }
    let glyphs: [Character] = Array(heavy ? "━┃┏┓┗┛" : "─│┌┐└┘")
    let style = style(role)
    for x in rect.x + 1..<rect.maxX - 1 {
      set(glyphs[0], x: x, y: rect.y, style: style)
      set(glyphs[0], x: x, y: rect.maxY - 1, style: style)
    }
    for y in rect.y + 1..<rect.maxY - 1 {
      set(glyphs[1], x: rect.x, y: y, style: style)
      set(glyphs[1], x: rect.maxX - 1, y: y, style: style)
    }
    set(glyphs[2], x: rect.x, y: rect.y, style: style)
    set(glyphs[3], x: rect.maxX - 1, y: rect.y, style: style)
    set(glyphs[4], x: rect.x, y: rect.maxY - 1, style: style)
    set(glyphs[5], x: rect.maxX - 1, y: rect.maxY - 1, style: style)
  }

  /// Clears a box in the middle of a rectangle and writes lines into it: help, the palette, errors.
  ///
  /// - Parameters:
  ///   - title: The title of the box.
  ///   - lines: The text.
  ///   - top: The first line shown.
  ///   - note: A short remark at the right of the lower line.
  ///   - width: The columns wanted for text; nil takes what the widest line needs.
  ///   - rect: What the box lies in.
  /// - Returns: Where the lines stand.
  @discardableResult
  public mutating func drawOverlay(
    _ title: String, lines: [StyledLine], top: Int = 0, note: String = "", width: Int? = nil, in rect: Rect
  ) -> Rect {
    let wanted = width ?? max(TerminalText.columns(title) + 4, lines.reduce(0) { max($0, $1.columns) })
    let box = rect.centered(Size(width: wanted + 4, height: lines.count + 2))
    fill(box, role: .overlay)
    let inner = drawPane(title, note: note, in: box, focused: true)
    let text = inner.width > 2 ? inner.inset(1, 0) : inner
    for (row, line) in lines.dropFirst(max(0, top)).prefix(text.height).enumerated() {
      put(line, in: text.row(row))
    }
    return text
  }

  /// Fills the grid with the remark that the terminal is too small.
  public mutating func drawTooSmall(minimum: Size) {
    fill(bounds)
    let lines = ["terminal too small", "\(size), needs \(minimum)", "q quits"]
    let top = max(0, (size.height - lines.count) / 2)
    for (row, line) in lines.enumerated() {
      put(line, in: bounds.row(top + row), role: row == 0 ? .strong : .text, alignment: .center)
    }
  }

  /// Draws a status line: text at the left, text at the right, which goes first when there is little room.
  public mutating func drawStatus(left: StyledLine, right: StyledLine = "", in rect: Rect) {
    let line = rect.row(0)
    fill(line, role: .status)
    let rightWidth = min(right.columns, line.width)
    put(right, in: line, alignment: .right)
    put(left, in: line.dropping(right: rightWidth == 0 ? 0 : rightWidth + 1))
    // Each span keeps its role's colours, on the status line's background.
    restyle(line) { $0.attributes.insert(.reverse) }
  }
}
