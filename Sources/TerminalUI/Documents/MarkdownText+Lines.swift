extension MarkdownText {
  /// The page in lines of at most so many columns, but for code, which is not wrapped.
  ///
  /// - Parameters:
  ///   - columns: the width, at least 20.
  ///   - marksCode: whether code keeps its marks, for output without styles.
  ///   - articles: what stands for a link to an article, by the article's name.
  public func lines(columns: Int, marksCode: Bool = false, articles: [String: String] = [:]) -> [StyledLine] {
    let layout = Layout(marksCode: marksCode, articles: articles)
    return layout.lines(blocks, columns: max(20, columns))
  }

  /// Lays out blocks below each other.
  private struct Layout {
    let marksCode: Bool
    let articles: [String: String]

    func lines(_ blocks: [Block], columns: Int) -> [StyledLine] {
      var lines: [StyledLine] = []
      for (index, block) in blocks.enumerated() {
        if index > 0, !(Self.isTight(blocks[index - 1]) && Self.isList(block)) { lines.append("") }
        lines += self.lines(block, columns: columns)
      }
      return lines
    }

    /// Whether a list follows without a blank line: within an entry.
    private static func isTight(_ block: Block) -> Bool {
      if case .paragraph(let text) = block { return text.hasSuffix(":") }
      return false
    }

    private static func isList(_ block: Block) -> Bool {
      if case .list = block { return true }
      return false
    }

    private func lines(_ block: Block, columns: Int) -> [StyledLine] {
      switch block {
      case .heading(let level, let text):
        let lines = wrapped(text, columns: columns).map { line in
          StyledLine(line.spans.map { Span($0.text, .strong) })
        }
        guard level < 3 else { return lines }
        let width = lines.map(\.columns).max() ?? 0
        return lines + [StyledLine(String(repeating: level == 1 ? "=" : "-", count: width), .faint)]
      case .paragraph(let text): return wrapped(text, columns: columns)
      case .code(let code): return code.map { StyledLine("    " + $0, .key) }
      case .list(let entries): return list(entries, columns: columns)
      case .table(let header, let rows): return table(header, rows, columns: columns)
      case .quote(let blocks):
        return indented(lines(blocks, columns: columns - 2), first: "| ", rest: "| ", role: .faint)
      }
    }

    private func list(_ entries: [Entry], columns: Int) -> [StyledLine] {
      let width = (entries.map { TerminalText.columns($0.mark) }.max() ?? 0) + 1
      var lines: [StyledLine] = []
      for (index, entry) in entries.enumerated() {
        let inner = self.lines(entry.blocks, columns: columns - width)
        if index > 0, entries.contains(where: { $0.blocks.count > 2 }) { lines.append("") }
        let mark = entry.mark + String(repeating: " ", count: width - TerminalText.columns(entry.mark))
        lines += indented(
          inner.isEmpty ? [""] : inner, first: mark, rest: String(repeating: " ", count: width), role: .text)
      }
      return lines
    }

    private func indented(
      _ lines: [StyledLine], first: String, rest: String, role: Role
    ) -> [StyledLine] {
      lines.enumerated().map { index, line in
        StyledLine([Span(index == 0 ? first : rest, role)] + line.spans)
      }
    }

    // MARK: - Tables

    private func table(_ header: [String], _ rows: [[String]], columns: Int) -> [StyledLine] {
      let isNamed = header.contains { !$0.isEmpty }
      let all = (isNamed ? [header] : []) + rows
      let cells = all.map { row in row.map { spans($0) } }
      let natural = header.indices.map { column in
        cells.map { StyledLine($0[column]).columns }.max() ?? 0
      }
      let least = header.indices.map { column in
        cells.flatMap { Self.words($0[column]) }.map { StyledLine($0).columns }.max() ?? 0
      }
      let space = columns - 2 * (header.count - 1)
      guard least.reduce(0, +) <= space else { return records(header, rows, columns: columns) }
      let widths = Self.widths(natural: natural, least: least, space: space)
      var lines: [StyledLine] = []
      let isWrapped = zip(natural, widths).contains { $0 > $1 }
      for (index, row) in cells.enumerated() {
        let isHeader = isNamed && index == 0
        if index > (isNamed ? 1 : 0), isWrapped { lines.append("") }
        let wrapped = zip(row, widths).map { Self.wrapped($0, columns: $1) }
        for line in 0..<max(1, wrapped.map(\.count).max() ?? 0) {
          var spans: [Span] = []
          for column in header.indices {
            let part = line < wrapped[column].count ? wrapped[column][line] : StyledLine([])
            spans += part.spans.map { isHeader ? Span($0.text, .strong) : $0 }
            let blanks = widths[column] - part.columns + 2
            if column < header.count - 1 { spans.append(Span(String(repeating: " ", count: blanks))) }
          }
          lines.append(Self.withoutTrailingBlanks(spans))
        }
        if isHeader {
          let rules = widths.map { String(repeating: "-", count: $0) }
          lines.append(StyledLine(rules.joined(separator: "  "), .faint))
        }
      }
      return lines
    }

    /// Widths between the longest word and the longest cell that fill a space, what is left shared by what is wanted.
    private static func widths(natural: [Int], least: [Int], space: Int) -> [Int] {
      if natural.reduce(0, +) <= space { return natural }
      var widths = least
      var rest = space - least.reduce(0, +)
      while rest > 0 {
        // The column whose longest cell takes the most lines gains most by another column of text.
        let candidates = widths.indices.filter { widths[$0] < natural[$0] }
        let next = candidates.max {
          natural[$0] * max(1, widths[$1]) < natural[$1] * max(1, widths[$0])
        }
        guard let next else { break }
        widths[next] += 1
        rest -= 1
      }
      return widths
    }

    /// A table that is too wide for its words: each row as a list of what its columns say.
    private func records(_ header: [String], _ rows: [[String]], columns: Int) -> [StyledLine] {
      var lines: [StyledLine] = []
      for (index, row) in rows.enumerated() {
        if index > 0 { lines.append("") }
        for (column, cell) in row.enumerated() where !cell.isEmpty {
          let name = header[column].isEmpty ? "" : "\(header[column]): "
          let parts = Self.wrapped(
            spans(column == 0 ? cell : name + cell), columns: columns - (column == 0 ? 0 : 4))
          for (number, part) in parts.enumerated() {
            let indent = column == 0 ? "" : number == 0 ? "  " : "    "
            lines.append(
              StyledLine([Span(indent)] + part.spans.map { column == 0 ? Span($0.text, .strong) : $0 }))
          }
        }
      }
      return lines
    }

    private static func withoutTrailingBlanks(_ spans: [Span]) -> StyledLine {
      var spans = spans
      while let last = spans.last, last.text.allSatisfy({ $0 == " " }) { spans.removeLast() }
      return StyledLine(spans)
    }

    // MARK: - Wrapping

    private func spans(_ text: String) -> [Span] {
      MarkdownSpans(text, marksCode: marksCode, articles: articles).spans
    }

    private func wrapped(_ text: String, columns: Int) -> [StyledLine] {
      Self.wrapped(spans(text), columns: columns)
    }

    /// The words of a text, each of one or more spans without blanks.
    private static func words(_ spans: [Span]) -> [[Span]] {
      var words: [[Span]] = [[]]
      for span in spans {
        for (index, part) in span.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
          if index > 0 { words.append([]) }
          if !part.isEmpty { words[words.count - 1].append(Span(String(part), span.role)) }
        }
      }
      return words.filter { !$0.isEmpty }
    }

    /// Breaks a text at blanks; a word that is longer than a line has a line of its own.
    private static func wrapped(_ spans: [Span], columns: Int) -> [StyledLine] {
      var lines: [StyledLine] = []
      var line = StyledLine([])
      var used = 0
      for word in words(spans) {
        let length = StyledLine(word).columns
        if used > 0, used + 1 + length > columns {
          lines.append(line)
          (line, used) = (StyledLine([]), 0)
        }
        if used > 0 {
          // The blank between two words of one role is of that role, so that code stays one piece.
          let role = line.spans.last?.role == word.first?.role ? word.first?.role ?? .text : .text
          append(Span(" ", role), to: &line)
          used += 1
        }
        for span in word { append(span, to: &line) }
        used += length
      }
      return used > 0 ? lines + [line] : lines
    }

    private static func append(_ span: Span, to line: inout StyledLine) {
      if let last = line.spans.last, last.role == span.role {
        line.spans[line.spans.count - 1].text += span.text
      } else {
        line.spans.append(span)
      }
    }
  }
}
