extension KeyTable {
  /// Help for contexts as lines of at most so many columns, in two columns where there is room.
  public func help(in contexts: [Context], columns: Int) -> [StyledLine] {
    let rows = bindings(in: contexts).filter { !$0.keys.isEmpty }
    guard columns > 0, !rows.isEmpty else { return [] }
    let keyWidth = min(columns / 2, rows.reduce(0) { max($0, TerminalText.columns($1.keyText)) })
    let titleWidth = rows.reduce(0) { max($0, TerminalText.columns($1.title)) }
    let entry = keyWidth + 2 + titleWidth
    let twoColumns = 2 * entry + 3 <= columns
    let entries = rows.map { row -> [Span] in
      let keys = TerminalText.truncated(row.keyText, columns: keyWidth)
      let padding = String(repeating: " ", count: keyWidth - TerminalText.columns(keys) + 2)
      let title = TerminalText.truncated(row.title, columns: columns - keyWidth - 2)
      return [Span(keys, .key), Span(padding), Span(title)]
    }
    guard twoColumns else { return entries.map(StyledLine.init) }
    // Down the first column, then down the second.
    let half = (entries.count + 1) / 2
    return (0..<half).map { index in
      var spans = entries[index]
      if index + half < entries.count {
        let used = StyledLine(spans).columns
        spans.append(Span(String(repeating: " ", count: entry - used + 3)))
        spans += entries[index + half]
      }
      return StyledLine(spans)
    }
  }

  /// One line of the most useful keys for the lower edge: `j down  k up  ? help`, as many as fit.
  public func hints(in contexts: [Context], columns: Int) -> StyledLine {
    var spans: [Span] = []
    var used = 0
    for row in bindings(in: contexts) {
      guard let key = row.keys.first?.description else { continue }
      let length = TerminalText.columns(key) + 1 + TerminalText.columns(row.title) + (spans.isEmpty ? 0 : 2)
      if used + length > columns { break }
      if !spans.isEmpty { spans.append(Span("  ")) }
      spans += [Span(key, .key), Span(" " + row.title, .faint)]
      used += length
    }
    return StyledLine(spans)
  }

  /// The rows whose title contains a query's letters in order, the best first; all rows for an empty query.
  public func search(_ query: String, in contexts: [Context]) -> [PaletteMatch<Command, Context>] {
    bindings(in: contexts).enumerated().compactMap { index, row -> (Int, PaletteMatch<Command, Context>)? in
      guard let match = FuzzyMatch(query, in: row.title) else { return nil }
      return (index, PaletteMatch(binding: row, match: match))
    }.sorted { left, right in
      (right.1.match.score, left.0) < (left.1.match.score, right.0)
    }.map(\.1)
  }
}

/// A command found by the palette.
public struct PaletteMatch<Command: Sendable, Context: Hashable & Sendable>: Sendable {
  /// The row found.
  public let binding: KeyBinding<Command, Context>
  /// Where its title matches.
  public let match: FuzzyMatch

  /// The title with the matching characters marked, and the keys.
  public var line: StyledLine {
    StyledLine(match.spans(of: binding.title) + [Span("  " + binding.keyText, .faint)])
  }
}

/// How a query's letters stand in a text.
public struct FuzzyMatch: Hashable, Sendable {
  /// Larger is better: letters in a row and at beginnings of words count most.
  public let score: Int
  /// Which characters match, counted from 0.
  public let positions: [Int]

  /// Finds the letters of a query in order, in any case; blanks in the query are skipped.
  ///
  /// - Returns: nil when a letter is missing.
  public init?(_ query: String, in text: String) {
    let letters = Array(query.lowercased().filter { !$0.isWhitespace })
    let characters = Array(text.lowercased())
    // Lower-casing may change the number of characters in rare scripts; then only whole texts are compared.
    guard characters.count == text.count else { return nil }
    var best: (score: Int, positions: [Int])?
    for start in characters.indices where letters.isEmpty || characters[start] == letters[0] {
      guard let candidate = Self.greedy(letters, in: characters, from: start) else { continue }
      if best == nil || candidate.score > best!.score { best = candidate }
      if letters.isEmpty { break }
    }
    if best == nil && letters.isEmpty { best = (0, []) }
    guard let best else { return nil }
    score = best.score
    positions = best.positions
  }

  /// A text with the matching characters marked.
  public func spans(of text: String) -> [Span] {
    var spans: [Span] = []
    let marked = Set(positions)
    for (index, character) in text.enumerated() {
      let role = marked.contains(index) ? Role.match : .text
      if spans.last?.role == role {
        spans[spans.count - 1].text.append(character)
      } else {
        spans.append(Span(String(character), role))
      }
    }
    return spans
  }

  private static func greedy(
    _ letters: [Character], in characters: [Character], from start: Int
  ) -> (score: Int, positions: [Int])? {
    var positions: [Int] = []
    var score = 0
    var next = start
    for letter in letters {
      guard let found = characters[next...].firstIndex(of: letter) else { return nil }
      let begins = found == 0 || !(characters[found - 1].isLetter || characters[found - 1].isNumber)
      if begins { score += 8 }
      if let last = positions.last { score += found == last + 1 ? 5 : -min(3, found - last - 1) }
      positions.append(found)
      next = found + 1
    }
    return (score - start / 4, positions)
  }
}
