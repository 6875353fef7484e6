import ArgumentParser
import Glibc

/// Names that begin with a dash: ids of clips come from YouTube, and one in 64 does, some with two.
///
/// The parser would take `-abc` for the options `-a -b -c`, one with an `h` in it for a wish for help, and `--abc` for an
/// unknown option. What is none of the command's own options is a name here: of a file that is there, or of a clip. Names
/// that equal an option are the option; behind `--` nothing is.
enum DashedNames {
  /// Commands that take a clip's id, or a video called by one.
  private static let takingIDs = ["run", "figure", "import"]

  /// The arguments as the parser takes them: names with a dash behind `--`, with all others that are no option's, and
  /// values with a dash joined to their options, `--alpha -1` as `--alpha=-1`.
  ///
  /// Throws ``CommandError`` for a name that may be a mistaken option, where the parser would not say so.
  static func rearranged(_ arguments: [String]) throws -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    guard arguments[..<end].contains(where: isDashed) else { return arguments }
    let (command, start) = command(of: arguments)
    guard let command else { return arguments }
    let sorted = SortedArguments(Array(arguments[start..<end]), CommandGrammar(command))
    let head = Array(arguments[..<start])
    let (before, rest) = (head + sorted.joined, Array(arguments[end...]))
    let unknown = sorted.names.filter(isDashed)
    guard !unknown.isEmpty else { return before + rest }

    let takesIDs = takingIDs.contains(command._commandName)
    let isName = unknown.allSatisfy { name in
      access(name, F_OK) == 0 || takesIDs && (!name.hasPrefix("--") || !looksLikeOption(name))
    }
    guard isName, sorted.names.count + max(rest.count - 1, 0) <= sorted.grammar.positionalCount else {
      // The parser knows what else may have been meant by a long one, unless it misses the clip before.
      let isLacking = takesIDs && sorted.names.count - unknown.count < sorted.grammar.positionalCount
      guard let name = unknown.first(where: { isLacking || !$0.hasPrefix("--") }) else {
        return before + rest
      }
      throw CommandError(
        "\(name): no option; a name that begins with a dash goes behind --, after all options")
    }
    return head + sorted.options + ["--"] + sorted.names + rest.dropFirst()
  }

  /// The command that arguments are for, and where its own begin; nil where the program as a whole is asked.
  private static func command(of arguments: [String]) -> (type: (any ParsableCommand.Type)?, start: Int) {
    guard let first = arguments.first, first != "help" else { return (nil, 0) }
    if let named = C3NCommand.configuration.subcommands.first(where: { $0._commandName == first }) {
      return (named, 1)
    }
    return (C3NCommand.configuration.defaultSubcommand, 0)
  }

  fileprivate static func isDashed(_ argument: String) -> Bool {
    argument.hasPrefix("-") && argument != "-" && argument != "--"
  }

  /// Whether a name with two dashes is more likely a mistaken option: small letters alone, or with a value.
  private static func looksLikeOption(_ name: String) -> Bool {
    let text = name.dropFirst(2)
    return text.contains("=") || text.allSatisfy { $0 == "-" || ("a"..."z").contains($0) }
  }
}

/// Arguments told apart: options with their values, and names.
private struct SortedArguments {
  let grammar: CommandGrammar

  /// Options and their values, in order.
  private(set) var options: [String] = []

  /// Everything else, in order.
  private(set) var names: [String] = []

  /// All in order, with values that begin with a dash joined to their options.
  private(set) var joined: [String] = []

  init(_ arguments: [String], _ grammar: CommandGrammar) {
    self.grammar = grammar
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard let option = grammar.option(argument) else {
        names.append(argument)
        joined.append(argument)
        continue
      }
      guard option.takesValue, !argument.contains("="), let value = rest.first else {
        take([argument])
        continue
      }
      if option.isUnconditional {
        rest.removeFirst()
        take([argument, value])
        continue
      }
      guard grammar.option(value) == nil else {
        take([argument])
        continue
      }
      rest.removeFirst()
      // The parser takes no value with a dash unless it is joined, and then none behind it.
      let needsJoining = DashedNames.isDashed(value)
      take(needsJoining ? ["\(option.name)=\(value)"] : [argument, value])
      while option.takesSeveral, let next = rest.first, !DashedNames.isDashed(next) {
        rest.removeFirst()
        take(needsJoining ? ["\(option.name)=\(next)"] : [next])
      }
    }
  }

  private mutating func take(_ parts: [String]) {
    options += parts
    joined += parts
  }
}
