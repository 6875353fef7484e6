/// An article in Markdown, as DocC catalogues have it, for terminals.
///
/// Understood are headings, paragraphs, lists, fenced code, tables, quotes and asides, emphasis, code, links, links to
/// symbols and to articles, and pictures, which are named. DocC's directives, comments and the list of topics at the end
/// of a page are left out. Everything else is text.
public struct MarkdownText: Hashable, Sendable {
  /// An entry of a list.
  public struct Entry: Hashable, Sendable {
    /// What stands before the first line: a bullet, or a number with a point.
    public let mark: String
    /// What the entry holds.
    public let blocks: [Block]
  }

  /// A piece of a page.
  public enum Block: Hashable, Sendable {
    /// A heading; the title has level 1.
    case heading(level: Int, String)
    /// Text that is wrapped.
    case paragraph(String)
    /// Lines as they are.
    case code([String])
    /// Entries one below the other.
    case list([Entry])
    /// Columns of text; rows have as many cells as the header.
    case table(header: [String], rows: [[String]])
    /// A quotation or an aside.
    case quote([Block])
  }

  /// The pieces from top to bottom.
  public let blocks: [Block]

  /// Reads a page.
  public init(_ markdown: String) {
    let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasSuffix("\r") ? $0.dropLast() : $0
    }
    blocks = Self.withoutTopics(Self.parse(lines[...]))
  }

  /// The text of the first heading; nil where there is none.
  public var title: String? {
    for case .heading(1, let title) in blocks { return Self.plain(title) }
    return nil
  }

  /// The first paragraph, which says what the page is about; nil where there is none.
  public var abstract: String? {
    for case .paragraph(let text) in blocks { return Self.plain(text) }
    return nil
  }

  private static func plain(_ markdown: String) -> String {
    MarkdownSpans(markdown).spans.map(\.text).joined()
  }

  // MARK: - Blocks

  private static func parse(_ source: ArraySlice<Substring>) -> [Block] {
    var lines = source
    var blocks: [Block] = []
    var paragraph: [Substring] = []
    func closed() -> [Block] {
      paragraph.isEmpty ? [] : [.paragraph(paragraph.map { trimmed($0) }.joined(separator: " "))]
    }
    while let line = lines.first {
      let text = trimmed(line)
      if let block = special(&lines, text, afterText: !paragraph.isEmpty) {
        blocks += closed()
        paragraph = []
        blocks += block
      } else {
        paragraph.append(line)
        lines.removeFirst()
      }
    }
    return blocks + closed()
  }

  /// Takes the block that begins with the first line, which is none of a paragraph's; nil, and takes nothing, where it is.
  private static func special(
    _ lines: inout ArraySlice<Substring>, _ text: String, afterText: Bool
  ) -> [Block]? {
    if text.isEmpty {
      lines.removeFirst()
      return []
    }
    if text.hasPrefix("```") { return [fenced(&lines)] }
    if text.hasPrefix("<!--") {
      while let line = lines.popFirst(), !line.contains("-->") {}
      return []
    }
    if text.first == "@", !afterText {
      skipDirective(&lines)
      return []
    }
    let level = text.prefix { $0 == "#" }.count
    if (1...6).contains(level), text.dropFirst(level).first == " " {
      lines.removeFirst()
      return [.heading(level: level, trimmed(text.dropFirst(level)))]
    }
    if text.first == ">" {
      let quoted = lines.prefix { trimmed($0).first == ">" }
      lines = lines.dropFirst(quoted.count)
      let inner = quoted.map { line in
        let rest = line.drop { $0 == " " }.dropFirst()
        return rest.first == " " ? rest.dropFirst() : rest
      }
      return [.quote(parse(inner[...]))]
    }
    if text.first == "|", lines.count > 1, isRule(lines[lines.startIndex + 1]) { return [table(&lines)] }
    if mark(lines[lines.startIndex]) != nil { return [list(&lines)] }
    return nil
  }

  private static func fenced(_ lines: inout ArraySlice<Substring>) -> Block {
    let indent = lines.removeFirst().prefix { $0 == " " }.count
    var code: [String] = []
    while let line = lines.popFirst(), !trimmed(line).hasPrefix("```") {
      code.append(String(line.dropFirst(min(indent, line.prefix { $0 == " " }.count))))
    }
    return .code(code)
  }

  private static func skipDirective(_ lines: inout ArraySlice<Substring>) {
    var depth = 0
    while let line = lines.popFirst() {
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
      if depth <= 0 { return }
    }
  }

  private static func table(_ lines: inout ArraySlice<Substring>) -> Block {
    let header = cells(lines.removeFirst())
    lines.removeFirst()
    var rows: [[String]] = []
    while let line = lines.first, trimmed(line).first == "|" {
      let found = cells(line)
      rows.append((0..<header.count).map { $0 < found.count ? found[$0] : "" })
      lines.removeFirst()
    }
    return .table(header: header, rows: rows)
  }

  /// The texts between bars; a bar within is written `\|`.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var isEscaped = false
    for character in trimmed(line).dropFirst() {
      if isEscaped {
        cells[cells.count - 1] += character == "|" ? "|" : "\\\(character)"
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "|" {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    if cells.last?.allSatisfy({ $0 == " " }) == true { cells.removeLast() }
    return cells.map { trimmed($0[...]) }
  }

  /// Whether a line parts a table's header from its rows.
  private static func isRule(_ line: Substring) -> Bool {
    let text = trimmed(line)
    return text.contains("-") && text.allSatisfy { "|-: ".contains($0) }
  }

  /// The mark of a list's entry and the column where its text begins; nil for other lines.
  private static func mark(_ line: Substring) -> (mark: String, text: Int)? {
    let indent = line.prefix { $0 == " " }.count
    let rest = line.dropFirst(indent)
    if let first = rest.first, "-*+".contains(first), rest.dropFirst().first == " " {
      return ("•", indent + 2)
    }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard (1...3).contains(digits.count), rest.dropFirst(digits.count).hasPrefix(". ") else { return nil }
    return ("\(digits).", indent + digits.count + 2)
  }

  private static func list(_ lines: inout ArraySlice<Substring>) -> Block {
    var entries: [Entry] = []
    while let line = lines.first, let (mark, column) = mark(line) {
      var inner = [lines.removeFirst().dropFirst(column)]
      while let line = lines.first {
        let indent = line.prefix { $0 == " " }.count
        if trimmed(line).isEmpty {
          // A blank line ends the entry, unless the next one belongs to it.
          guard let next = lines.dropFirst().first, next.prefix(while: { $0 == " " }).count >= column,
            !trimmed(next).isEmpty
          else { break }
        } else if indent < column && (Self.mark(line) != nil || isBlockStart(line)) {
          break
        }
        inner.append(line.dropFirst(min(indent, column)))
        lines.removeFirst()
      }
      entries.append(Entry(mark: mark, blocks: parse(inner[...])))
    }
    return .list(entries)
  }

  private static func isBlockStart(_ line: Substring) -> Bool {
    let text = trimmed(line)
    return text.hasPrefix("#") || text.hasPrefix("```") || text.hasPrefix("|") || text.hasPrefix(">")
  }

  /// The pieces without the section `Topics`, which is DocC's table of contents.
  private static func withoutTopics(_ blocks: [Block]) -> [Block] {
    var kept: [Block] = []
    var isTopics = false
    for block in blocks {
      if case .heading(let level, let text) = block, level <= 2 { isTopics = level == 2 && text == "Topics" }
      if !isTopics { kept.append(block) }
    }
    return kept
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop { $0 == " " || $0 == "\t" }
    return String(String(start).reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
