/// The text of a paragraph, a heading or a cell, in pieces of one role each.
struct MarkdownSpans {
  private(set) var spans: [Span] = []

  private let characters: [Character]
  private let marksCode: Bool
  private let articles: [String: String]
  private var position = 0

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - markdown: the text; line ends count as blanks.
  ///   - marksCode: whether code keeps its marks, for output without styles.
  ///   - articles: what stands for a link to an article, by the article's name.
  init(_ markdown: String, marksCode: Bool = false, articles: [String: String] = [:]) {
    characters = Array(markdown)
    self.marksCode = marksCode
    self.articles = articles
    while position < characters.count { step() }
  }

  private mutating func step() {
    let character = characters[position]
    switch character {
    case "`": if code() { return }
    case "*": if emphasis() { return }
    case "[": if link(isPicture: false) { return }
    case "!": if link(isPicture: true) { return }
    case "<": if reference() { return }
    case "\\":
      if let next = self.character(at: position + 1), next.isPunctuation || next.isSymbol {
        append(String(next), .text)
        position += 2
        return
      }
    default: break
    }
    append(String(character), .text)
    position += 1
  }

  private func character(at index: Int) -> Character? {
    characters.indices.contains(index) ? characters[index] : nil
  }

  private mutating func append(_ text: String, _ role: Role) {
    if let last = spans.last, last.role == role {
      spans[spans.count - 1].text += text
    } else {
      spans.append(Span(text, role))
    }
  }

  private mutating func appendCode(_ text: String) {
    append(marksCode ? "`\(text)`" : text, .key)
  }

  /// Takes code or, between two marks each, the name of a symbol, of which the last part is shown.
  private mutating func code() -> Bool {
    let count = characters[position...].prefix { $0 == "`" }.count
    var end = position + count
    while end < characters.count {
      let run = characters[end...].prefix { $0 == "`" }.count
      if run == count {
        let text = String(characters[(position + count)..<end])
        appendCode(count == 2 ? String(text.split(separator: "/").last ?? "") : text)
        position = end + count
        return true
      }
      end += max(1, run)
    }
    return false
  }

  private mutating func emphasis() -> Bool {
    let count = min(2, characters[position...].prefix { $0 == "*" }.count)
    guard let first = self.character(at: position + count), !first.isWhitespace else { return false }
    let before = character(at: position - 1)
    if let before, before.isLetter || before.isNumber { return false }
    var end = position + count + 1
    while end < characters.count {
      if characters[end] == "\\" {
        end += 2
        continue
      }
      let run = characters[end...].prefix { $0 == "*" }.count
      if run == count, !characters[end - 1].isWhitespace {
        let inner = MarkdownSpans(
          String(characters[(position + count)..<end]), marksCode: marksCode, articles: articles)
        for span in inner.spans { append(span.text, span.role == .text ? .strong : span.role) }
        position = end + count
        return true
      }
      end += max(1, run)
    }
    return false
  }

  /// Takes `[text](target)`, or with a mark before it a picture.
  private mutating func link(isPicture: Bool) -> Bool {
    let open = position + (isPicture ? 1 : 0)
    guard character(at: open) == "[", let middle = closing("]", from: open + 1),
      character(at: middle + 1) == "(", let end = closing(")", from: middle + 2)
    else { return false }
    let text = String(characters[(open + 1)..<middle])
    let target = String(characters[(middle + 2)..<end])
    if isPicture {
      append("[picture: \(text)]", .faint)
    } else {
      let inner = MarkdownSpans(text, marksCode: marksCode, articles: articles)
      for span in inner.spans { append(span.text, span.role) }
      if target.hasPrefix("doc:") {
        append(" (", .text)
        appendCode(article(target))
        append(")", .text)
      } else if !target.hasPrefix("#"), target != text {
        append(" <\(target)>", .text)
      }
    }
    position = end + 1
    return true
  }

  /// Takes `<doc:Article>` or an address.
  private mutating func reference() -> Bool {
    guard let end = closing(">", from: position + 1) else { return false }
    let target = String(characters[(position + 1)..<end])
    if target.hasPrefix("doc:") {
      appendCode(article(target))
    } else if target.hasPrefix("http://") || target.hasPrefix("https://") {
      append("<\(target)>", .text)
    } else {
      return false
    }
    position = end + 1
    return true
  }

  private func article(_ target: String) -> String {
    let name = String(target.dropFirst(4).split(separator: "/").last ?? "")
    return articles[name] ?? name
  }

  private func closing(_ mark: Character, from start: Int) -> Int? {
    characters[min(start, characters.count)...].firstIndex(of: mark)
  }
}
