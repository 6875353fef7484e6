extension CellGrid {
  /// Draws the command palette over a rectangle: what was typed, and what was found with its keys at the right.
  ///
  /// - Returns: The rows that show matches, which moves of the selection need.
  @discardableResult
  public mutating func drawPalette<Command, Context>(
    _ title: String, field: TextField, matches: [PaletteMatch<Command, Context>], state: ListState,
    in rect: Rect
  ) -> Int {
    let width = min(rect.width, 64)
    let height = min(rect.height, 16)
    let box = Rect(x: rect.x + (rect.width - width) / 2, y: rect.y, width: width, height: height)
    fill(box, role: .overlay)
    let note =
      matches.isEmpty ? "nothing found" : "\(min(state.selection, matches.count - 1) + 1)/\(matches.count)"
    let inside = drawPane(title, note: note, in: box, focused: true)
    drawTextField([Span(":", .key)], field, in: inside.row(0))
    let list = inside.dropping(top: 1)
    var state = state
    state.clamp(count: matches.count, height: list.height)
    for row in state.visible(count: matches.count, height: list.height) {
      let line = list.row(row - state.top)
      let binding = matches[row].binding
      let keys = put(binding.keyText, in: line, role: .faint, alignment: .right)
      put(StyledLine(matches[row].match.spans(of: binding.title)), in: line.dropping(right: keys + 1))
      if row == state.selection { restyle(line) { $0.attributes.insert(.reverse) } }
    }
    return list.height
  }
}
