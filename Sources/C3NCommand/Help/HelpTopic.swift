import CDocumentation
import TerminalUI

/// An article of the documentation, which `c3n help TOPIC` prints.
struct HelpTopic {
  /// What it is called by.
  let name: String
  /// The name by which other articles link to it.
  let article: String
  /// The text.
  let page: MarkdownText

  /// All topics, in the order in which they are listed.
  static let all: [HelpTopic] = {
    var count = 0
    guard let articles = c3n_articles(&count) else { return [] }
    return (0..<count).map { index in
      let article = articles[index]
      let bytes = UnsafeBufferPointer(start: article.text, count: article.size)
      return HelpTopic(
        name: String(cString: article.topic), article: String(cString: article.name),
        page: MarkdownText(String(decoding: bytes, as: UTF8.self)))
    }
  }()

  /// What stands for a link to each article.
  static var links: [String: String] {
    Dictionary(uniqueKeysWithValues: all.map { ($0.article, "c3n help \($0.name)") })
  }
}
