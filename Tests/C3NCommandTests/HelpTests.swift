import Foundation
import PseudoTerminal
import TerminalUI
import Testing

/// `c3n help` and the articles that it shows, as a user reads them.
@Suite struct HelpTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let topics = [
    "explorer", "weights-and-data", "evaluating", "training", "demonstration", "network", "extending",
    "speed",
    "interfaces", "contributing", "changes",
  ]

  private func c3n(_ arguments: String..., environment: [String: String] = [:]) throws -> (
    status: Int32, text: String
  ) {
    let output = FileManager.default.temporaryDirectory.appending(path: "c3n-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = try ChildProcess(
      "c3n", arguments, environment: ["LC_ALL": "C.UTF-8"].merging(environment) { $1 }, output: output)
    return (try process.status(), process.text)
  }

  /// The articles in the catalogues, by their paths below `Sources`; pages of symbols are not among them.
  private static func articles() throws -> [(path: String, text: String)] {
    let sources = root.appending(path: "Sources")
    return try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted().flatMap { target in
      let folder = sources.appending(path: "\(target)/\(target).docc")
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return try files.filter { $0.hasSuffix(".md") && $0 != "\(target).md" }.sorted().map {
        (
          "\(target)/\(target).docc/\($0)",
          try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        )
      }
    }
  }

  @Test func topicsAreListedWithWhatTheyAreAbout() throws {
    let (status, text) = try c3n("help", "topics")
    #expect(status == 0)
    for topic in Self.topics {
      #expect(text.contains(try Regex("(?m)^\(topic) +[A-Z]")), "\(topic)")
    }
    #expect(try c3n("help").text.contains("c3n help topics"))
  }

  @Test(arguments: topics) func topicsFitTheScreen(topic: String) throws {
    let (status, text) = try c3n("help", topic)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(status == 0 && lines.count > 10)
    #expect(lines[1].allSatisfy { $0 == "=" } && !lines[1].isEmpty)
    for line in lines {
      #expect(TerminalText.columns(String(line)) <= 80, "\(line)")
      #expect(
        !line.contains("<doc:") && !line.contains("``") && !line.contains("**") && !line.contains("\u{1B}"))
    }
    // A terminal without UTF-8 gets ASCII.
    let plain = try c3n("help", topic, environment: ["LC_ALL": "C"]).text
    #expect(plain.utf8.allSatisfy { $0 < 0x80 } && plain.split(separator: "\n").count > 10)
  }

  /// The catalogues and the program have one text: every article is a topic, and each is the file as it stands.
  @Test func everyArticleIsATopic() throws {
    let articles = try Self.articles()
    #expect(articles.count == Self.topics.count)
    let titles = Set(
      try Self.topics.map { try c3n("help", $0).text.split(separator: "\n").first.map(String.init) })
    for (path, text) in articles {
      let page = MarkdownText(text)
      #expect(titles.contains(page.title), "\(path)")
      #expect(page.abstract != nil, "\(path)")
    }
    let changes = try #require(articles.first { $0.path.hasSuffix("Changes.md") }).text
    let lines = MarkdownText(changes).lines(columns: 80, marksCode: true).map(\.text)
    #expect(try c3n("help", "changes").text == lines.joined(separator: "\n") + "\n")
  }

  /// What articles and README refer to is there: topics, commands, options, files.
  @Test func referencesAreRight() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let commands = try c3n("help").text.matches(of: /(?m)^  ([a-z][a-z-]*)(?: \(default\))? {2,}[A-Z]/).map {
      String($0.1)
    }
    #expect(commands.contains("train-audio") && commands.contains("explore"))
    var options: [String: String] = [:]
    for command in commands { options[command] = try c3n("help", command).text }
    let everyOption = options.values.joined()
    for (path, text) in try Self.articles() + [("README.md", readme)] {
      for match in text.matches(of: /c3n help ([a-z-]+)/) {
        let name = String(match.1)
        #expect((Self.topics + commands + ["topics"]).contains(name), "\(path): c3n help \(name)")
      }
      for match in text.matches(of: /`(--[a-z0-9-]+)/) {
        #expect(everyOption.contains(String(match.1)), "\(path): \(match.1)")
      }
      for match in text.matches(of: /(?m)(?:^|`)c3n ([a-z-]+) [^`\n]*?(--[a-z0-9-]+)/) {
        guard let help = options[String(match.1)] else { continue }
        #expect(help.contains(String(match.2)), "\(path): c3n \(match.1) \(match.2)")
      }
      for match in text.matches(
        of: /\]\(((?:Sources|Assets)[^)]*)\)|`((?:Sources|Tests|Assets|\.ci)\/[A-Za-z0-9_.\/+-]*)`/)
      {
        let file = String(match.1 ?? match.2 ?? "")
        #expect(
          FileManager.default.fileExists(atPath: Self.root.appending(path: file).path), "\(path): \(file)")
      }
    }
    #expect(readme.utf8.count <= 8000)
  }

  @Test func commandsKeepTheirHelp() throws {
    let (status, text) = try c3n("help", "run")
    let asked = try c3n("run", "--help").text
    #expect(status == 0 && text.contains("USAGE: c3n run") && text == asked)
    #expect(try c3n("help", "help").status == 0)
    for name in ["trainig", "Training", "--version=2", "topics.md", ""] {
      let (status, message) = try c3n("help", name)
      guard !name.hasPrefix("-") else { continue }
      #expect(status != 0 && message.contains("neither a command nor a topic"), "\(message)")
      #expect(message.contains("weights-and-data") && message.contains("evaluate"))
    }
    let (several, message) = try c3n("help", "training", "speed")
    #expect(several != 0 && message.contains("expected one command or topic"))
    #expect(try c3n("help", "a\u{1B}[31m").text.contains("a^[[31m"))
  }

  private func onTerminal(_ pager: String?, width: Int = 80, term: String = "xterm-256color") throws
    -> PseudoTerminal
  {
    var environment = ["LC_ALL": "C.UTF-8", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
    environment["PAGER"] = pager
    return try PseudoTerminal(
      program: "c3n", arguments: ["help", "changes"], term: term, environment: environment,
      size: Size(width: width, height: 24))
  }

  @Test func aTerminalGetsStylesThroughThePager() throws {
    let paged = try onTerminal("sed 's/^/> /'")
    try paged.expect("> \u{1B}[1mChanges\u{1B}[0m")
    #expect(try paged.end() == 0)
    // A pager that ends early, one that is not there, and none.
    let early = try onTerminal("head -n 1")
    try early.expect("Changes")
    #expect(try early.end() == 0)
    for pager in ["/nowhere/pager", "", "cat"] {
      let terminal = try onTerminal(pager)
      try terminal.expect("c3n help topics")
      #expect(try terminal.end() == 0, "\(pager)")
    }
    let narrow = try onTerminal("", width: 50, term: "dumb")
    try narrow.expect("version, for users;\r\n")
    #expect(try narrow.end() == 0)
  }
}
