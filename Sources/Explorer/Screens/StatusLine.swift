import C3N
import TerminalUI

extension ExplorerState {
  func drawStatus(in rect: Rect, on grid: inout CellGrid) {
    let help: StyledLine = [Span("?", .key), Span(" help ")]
    if case .prompt(let prompt) = overlay { return drawPrompt(prompt, in: rect, on: &grid) }
    if let error = errors.last {
      let more = errors.count > 1 ? " (\(errors.count) errors)" : ""
      let right: StyledLine = [Span("Esc", .key), Span(" dismiss\(more) ")]
      let parts = rect.columns([.share(1), .fixed(right.columns)], gap: 1)
      let columns = parts[0].width - " error: ".count
      let shown =
        Self.beginsWithWords(error)
        ? Self.fitted(error, columns: columns, on: grid) : Self.tail(of: error, columns: columns, on: grid)
      grid.put(" error: \(shown)", in: parts[0], role: .error)
      grid.put(right, in: parts[1])
      return
    }
    if let pending = pendingLine {
      grid.put(pending, in: rect)
    } else if let message = notice ?? message {
      // A remark does not hide that something runs.
      let work = workSeconds.map { briefWork($0, on: grid) } ?? StyledLine("")
      let parts = rect.columns([.share(1), .fixed(work.columns)], gap: work.columns > 0 ? 1 : 0)
      grid.put(" \(Self.fitted(message, columns: parts[0].width - 1, on: grid))", in: parts[0], role: .accent)
      grid.put(work, in: parts[1])
    } else if isWorking, workSeconds != nil {
      drawWork(in: rect, on: &grid)
    } else {
      let parts = rect.columns([.share(1), .fixed(help.columns)], gap: 1)
      grid.put(hints(columns: parts[0].width - 1), in: parts[0].dropping(left: 1))
      grid.put(help, in: parts[1])
    }
  }

  /// A text without so much of its beginning as does not fit: most errors begin with the place, and end with the reason.
  private static func tail(of text: String, columns: Int, on grid: CellGrid) -> String {
    guard TerminalText.columns(text) > columns else { return text }
    var rest = Substring(text)
    while !rest.isEmpty, TerminalText.columns(String(rest)) >= columns { rest.removeFirst() }
    return (grid.appearance.glyphs == .ascii ? "~" : "…") + rest
  }

  /// Whether an error says what it means for the user before it names the place.
  private static func beginsWithWords(_ error: String) -> Bool {
    error.hasPrefix(Keeping.failure) || !error.hasPrefix("/") && error.contains(": /")
  }

  /// A text that keeps what it says before a path, and the tail, the file's name or the reason behind it, where not all of it
  /// fits. Without a path, or where there is no room for both, it is cut at its end.
  private static func fitted(_ text: String, columns: Int, on grid: CellGrid) -> String {
    guard TerminalText.columns(text) > columns, let path = text.firstRange(of: ": /") else { return text }
    let words = text[..<path.lowerBound] + ": "
    guard TerminalText.columns(String(words)) + 8 <= columns else { return text }
    return words
      + tail(
        of: String(text[path.lowerBound...].dropFirst(2)),
        columns: columns - TerminalText.columns(String(words)), on: grid)
  }

  /// The keys pressed of an unfinished sequence and how it may go on.
  private var pendingLine: StyledLine? {
    guard !reader.pending.isEmpty else { return nil }
    let begun = reader.pending.map(\.description).joined()
    var spans = [Span(" \(begun)…", .strong)]
    for row in keyTable.bindings(in: contexts) {
      for keys in row.keys where keys.steps.count > reader.pending.count && keys.description.hasPrefix(begun)
      {
        spans += [Span("  "), Span(keys.description, .key), Span(" \(row.title)")]
      }
    }
    return StyledLine(spans)
  }

  private func drawPrompt(_ prompt: Prompt, in rect: Rect, on grid: inout CellGrid) {
    let words = words(about: prompt)
    let note = prompt.problem ?? words.note
    let parts = rect.columns(
      [.share(1, minimum: 20), .fixed(min(rect.width / 2, TerminalText.columns(note) + 1))], gap: 1)
    let name: StyledLine = [Span(words.name, .key)]
    grid.drawTextField(name, prompt.field, in: parts[0])
    grid.put(note, in: parts[1], role: prompt.problem == nil ? .faint : .warning)
  }

  /// The turning mark, what runs, how far it is and how long it has taken.
  private func drawWork(in rect: Rect, on grid: inout CellGrid) {
    let seconds = workSeconds ?? 0
    let time = "\(decimal(seconds, 1)) s "
    let right: StyledLine = [Span(time), Span("x", .key), Span(" cancel ")]
    let parts = rect.columns([.fixed(3), .share(2), .share(1), .fixed(right.columns)], gap: 1)
    let step = Int(seconds * 10)
    grid.set(grid.spinner(step), x: parts[0].x + 1, y: rect.y, role: .accent)
    grid.put(activityText, in: parts[1])
    if case .running(_, let share) = activity {
      grid.drawProgress(Float(share), text: "\(Int((share * 100).rounded())) %", in: parts[2])
    }
    grid.put(right, in: parts[3])
  }

  /// The turning mark, the share that is done and the time.
  private func briefWork(_ seconds: Double, on grid: CellGrid) -> StyledLine {
    var share = ""
    if case .running(_, let done) = activity { share = "\(Int((done * 100).rounded())) % " }
    return [
      Span("\(grid.spinner(Int(seconds * 10))) ", .accent), Span("\(share)\(decimal(seconds, 1)) s "),
      Span("x", .key), Span(" cancel "),
    ]
  }

  /// What the worker does, in words.
  var activityText: String {
    switch activity {
    case .idle: "idle"
    case .reading: "reading the clip"
    case .waiting: "waiting for the worker"
    case .loadingModel: "loading weights"
    case .running(let milestone, _): milestone.description
    }
  }
}
