import Foundation
import TerminalUI

/// `c3n help TOPIC` and `c3n help topics`; `c3n help COMMAND` is the parser's own.
enum HelpTopics {
  /// The name of the list of topics.
  static let list = "topics"

  /// Prints the topic that the arguments ask for, in the pager where standard output is a terminal.
  ///
  /// - Returns: Whether they ask for one; false leaves them to the parser.
  /// - Throws: ``CommandError`` for a name that is neither a topic nor a command.
  static func print(_ arguments: [String], commands: [String]) throws -> Bool {
    guard arguments.first == "help", arguments.count > 1, !arguments[1].hasPrefix("-"),
      !(commands + ["help"]).contains(arguments[1])
    else { return false }
    let name = arguments[1]
    guard arguments.count == 2 else {
      throw CommandError("help: found \(arguments.count - 1) words, expected one command or topic")
    }
    if name == list {
      Swift.print(listing)
      return true
    }
    guard let topic = HelpTopic.all.first(where: { $0.name == name }) else {
      let topics = HelpTopic.all.map(\.name).joined(separator: ", ")
      throw CommandError(
        "help: \(name): neither a command nor a topic; the commands are \(commands.joined(separator: ", ")); the topics are \(topics)"
      )
    }
    let output = TerminalOutput()
    let lines = topic.page.lines(
      columns: output.columns, marksCode: !output.isTerminal, articles: HelpTopic.links)
    let text = lines.map { $0.text(for: output.appearance, isStyled: output.isTerminal) + "\n" }.joined()
    if !(output.isTerminal && Pager.show(text)) { Swift.print(text, terminator: "") }
    return true
  }

  /// The topics with what they are about.
  private static var listing: String {
    let output = TerminalOutput()
    let rows = HelpTopic.all.map { "| `\($0.name)` | \($0.page.abstract ?? $0.page.title ?? "") |" }
    let page = MarkdownText("| topic | |\n|---|---|\n" + rows.joined(separator: "\n"))
    return page.lines(columns: output.columns).map {
      $0.text(for: output.appearance, isStyled: output.isTerminal)
    }.joined(separator: "\n")
  }
}

/// What standard output can show.
private struct TerminalOutput {
  /// Whether it is a terminal.
  let isTerminal = isatty(STDOUT_FILENO) != 0

  /// At most 80, at least 40; on a terminal its own, if less.
  let columns: Int

  let appearance = Appearance(environment: ProcessInfo.processInfo.environment)

  init() {
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    columns = isKnown ? max(40, min(80, Int(size.ws_col))) : 80
  }
}
