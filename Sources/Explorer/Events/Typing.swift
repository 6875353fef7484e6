import TerminalUI

extension ExplorerState {
  mutating func prompt(_ purpose: Prompt.Purpose) {
    overlay = .prompt(
      Prompt(
        purpose: purpose, field: TextField(purpose == .filter ? filter.text : ""), filterBefore: filter,
        clipBefore: rows.indices.contains(table.selection) ? rows[table.selection] : nil))
  }

  /// Gives a key to the line being typed; false where there is none or it has no use for the key.
  mutating func type(_ key: KeyEvent) -> Bool {
    switch overlay {
    case .none, .help: return false
    case .palette(var field, _):
      let used = field.handle(key)
      if used { overlay = .palette(field, selection: 0) }
      return used
    case .prompt(var prompt):
      let used = prompt.field.handle(key)
      if used { preview(&prompt) }
      return used
    }
  }

  /// Shows what the line does while it is typed.
  private mutating func preview(_ prompt: inout Prompt) {
    prompt.problem = nil
    switch prompt.purpose {
    case .search:
      searchText = prompt.field.text
      let start = prompt.clipBefore.flatMap { rows.firstIndex(of: $0) } ?? 0
      if let row = firstMatch(from: start, step: 1) {
        table.select(row, count: rows.count, height: tableHeight)
      } else {
        prompt.problem = "not found"
      }
    case .filter:
      do throws(ClipFilter.Problem) {
        filter = try ClipFilter(prompt.field.text)
        arrangeRows(selecting: prompt.clipBefore)
      } catch {
        prompt.problem = "expected \(error.expected)"
      }
    case .labels: previewLabelSearch(&prompt)
    }
    overlay = .prompt(prompt)
  }

  mutating func accept() -> [Effect] {
    switch overlay {
    case .prompt(let prompt):
      // A filter that cannot be read stays open for correction.
      if prompt.purpose == .filter, prompt.problem != nil { return [] }
      overlay = .none
      return []
    case .palette(let field, let selection):
      overlay = .none
      let matches = paletteMatches(field.text)
      return matches.indices.contains(selection) ? perform(matches[selection].binding.command) : []
    case .none, .help: return []
    }
  }

  mutating func close() {
    if case .prompt(let prompt) = overlay {
      filter = prompt.filterBefore
      if prompt.purpose == .search { searchText = "" }
      if prompt.purpose == .labels { closeLabelSearch() }
      arrangeRows(selecting: prompt.clipBefore)
    }
    overlay = .none
  }

  /// The commands that the palette offers for a query.
  func paletteMatches(_ query: String) -> [PaletteMatch<Command, KeyContext>] {
    Self.keys.search(query, in: screenContexts).filter { $0.binding.command != .palette }
  }
}
