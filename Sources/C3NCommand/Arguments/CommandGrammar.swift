import ArgumentParser
import Foundation

/// The options and arguments of a command, as its parser declares them.
struct CommandGrammar {
  /// An option that takes a value, or a flag.
  struct Option {
    /// How it is written in full: `--output`.
    let name: String
    let takesValue: Bool
    /// Whether the argument behind it is its value, whatever it looks like.
    let isUnconditional: Bool
    /// Whether further values may follow.
    let takesSeveral: Bool
  }

  private var options: [String: Option] = [:]

  /// The most arguments that are no option's; `.max` where there may be any number.
  private(set) var positionalCount = 0

  /// Reads what `--experimental-dump-help` prints of a command.
  init(_ command: any ParsableCommand.Type) {
    let dumped = try? JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8))
    for argument in dumped?.command.arguments ?? [] {
      if argument.kind == "positional" {
        positionalCount = argument.isRepeating ? .max : positionalCount == .max ? .max : positionalCount + 1
        continue
      }
      let names = (argument.names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
      let option = Option(
        name: names.first { $0.hasPrefix("--") } ?? names.first ?? "", takesValue: argument.kind == "option",
        isUnconditional: argument.parsingStrategy == "unconditional", takesSeveral: argument.isRepeating)
      for name in names { options[name] = option }
    }
    // Those of the program as a whole.
    for name in ["-h", "--help", "--help-hidden", "--version", "--experimental-dump-help"]
    where options[name] == nil {
      options[name] = Option(name: name, takesValue: false, isUnconditional: false, takesSeveral: false)
    }
    options["--generate-completion-script"] = Option(
      name: "--generate-completion-script", takesValue: true, isUnconditional: false, takesSeveral: false)
  }

  /// The option that an argument is, with or without a value behind `=`; nil for anything else.
  func option(_ argument: String) -> Option? {
    options[argument.firstIndex(of: "=").map { String(argument[..<$0]) } ?? argument]
  }

  private struct Dump: Decodable {
    let command: Command

    struct Command: Decodable {
      let arguments: [Argument]?
    }

    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let parsingStrategy: String?
      let names: [Name]?
    }

    struct Name: Decodable {
      let kind, name: String
    }
  }
}
