import TerminalUI

extension ExplorerState {
  func drawOverlay(in rect: Rect, on grid: inout CellGrid) {
    switch overlay {
    case .none, .prompt: break
    case .help(let top): drawHelp(from: top, in: rect, on: &grid)
    case .palette(let field, let selection): drawPalette(field, selection, in: rect, on: &grid)
    case .bookmarks(let selection): drawBookmarks(selection, in: rect, on: &grid)
    }
  }

  private func drawHelp(from top: Int, in rect: Rect, on grid: inout CellGrid) {
    let lines = helpLines(columns: helpColumns)
    let shown = helpHeight(of: lines.count)
    let note =
      lines.count > shown ? "\(top + 1)-\(min(top + shown, lines.count)) of \(lines.count), j k" : "q closes"
    grid.drawOverlay("keys: \(screen.title), \(pane.title)", lines: lines, top: top, note: note, in: rect)
  }

  private func drawPalette(_ field: TextField, _ selection: Int, in rect: Rect, on grid: inout CellGrid) {
    let matches = paletteMatches(field.text)
    let height = max(1, min(16, rect.height - 6))
    let top = max(0, min(selection - height / 2, matches.count - height))
    let width = min(64, rect.width - 8)
    let blank = Array(repeating: StyledLine(""), count: min(height, max(1, matches.count)) + 1)
    let note = matches.isEmpty ? "no command" : "\(selection + 1)/\(matches.count)"
    let text = grid.drawOverlay("commands", lines: blank, note: note, width: width, in: rect)
    grid.drawTextField([Span(": ", .key)], field, in: text.row(0))
    for (row, match) in matches.dropFirst(top).prefix(max(0, text.height - 1)).enumerated() {
      let line = text.row(row + 1)
      let parts = line.columns([.share(1), .fixed(min(16, line.width / 3))], gap: 1)
      grid.put(StyledLine(match.match.spans(of: match.binding.title)), in: parts[0])
      grid.put(match.binding.keyText, in: parts[1], role: .faint, alignment: .right)
      if top + row == selection { grid.restyle(line) { $0.attributes.insert(.reverse) } }
    }
  }
}

extension Pane {
  /// The name in titles.
  var title: String {
    switch self {
    case .table: "clips"
    case .frame: "frame"
    case .time: "frames and sound"
    case .labels: "confidences"
    case .similarity: "similarity"
    case .reweighted: "re-weighted"
    case .stage(let stage): "stage \(stage)"
    case .history: "jobs"
    case .columns: "columns"
    }
  }
}
