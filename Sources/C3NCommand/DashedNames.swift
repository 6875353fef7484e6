/// Names that begin with a dash: ids of clips come from YouTube, and one in 64 does.
///
/// The parser would take `-abc` for the options `-a -b -c`, and one with an `h` in it for a wish for help. This program has
/// no options of one letter but `-h` and `-o`, so whatever is longer is a name.
enum DashedNames {
  /// The arguments with negative numbers joined to the options before them, `--alpha -1` as `--alpha=-1`, so that what is
  /// wrong with a number is told, and nothing of a missing one.
  private static func joiningNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for argument in arguments {
      if argument.hasPrefix("-"), Double(argument) != nil, let option = joined.last, option.hasPrefix("--"),
        option.utf8.count > 2, !option.contains("="), !joined.contains("--")
      {
        joined[joined.count - 1] = "\(option)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  /// The arguments with `run`'s or `figure`'s clip or `import`'s video behind `--`, where the parser takes it as it is.
  ///
  /// Throws ``CommandError`` for such a name in another command: of several files the order may matter.
  static func rearranged(_ arguments: [String]) throws -> [String] {
    let arguments = joiningNumbers(arguments)
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    let dashed = (0..<end).filter { index in
      let (argument, previous) = (arguments[index], index > 0 ? arguments[index - 1] : "")
      guard argument.hasPrefix("-"), !argument.hasPrefix("--"), argument.utf8.count > 2 else { return false }
      // An option that takes its value as it is.
      return previous != "--clip"
    }
    guard let first = dashed.first else { return arguments }
    guard ["run", "figure", "import"].contains(arguments.first), dashed.count == 1, end == arguments.count
    else {
      throw CommandError(
        "\(arguments[first]): no option; a name that begins with a dash goes behind --, after all options")
    }
    var rearranged = arguments
    let name = rearranged.remove(at: first)
    return rearranged + ["--", name]
  }
}
