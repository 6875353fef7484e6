/// Names that begin with a dash: ids of clips come from YouTube, and one in 64 does.
///
/// The parser would take `-abc` for the options `-a -b -c`, and one with an `h` in it for a wish for help. This program has
/// no options of one letter but `-h` and `-o`, so everything else is a name.
enum DashedNames {
  /// Options before which a negative number is a value; ids of clips may be numbers too.
  private static let numeric: Set = [
    "--alpha", "--beta", "--label", "--frame", "--noise-audio", "--noise-frames", "--start", "--seconds",
    "--limit",
    "--stage", "--epochs", "--batch", "--micro-batch", "--learning-rate", "--final-learning-rate",
    "--backbone-learning-rate", "--ema", "--negative-audio",
    "--steady-epochs",
    "--stochastic-depth", "--width", "--frames-per-clip", "--seconds-per-clip", "--validate-every",
    "--threads", "--seed",
    "--save-every", "--noise-seed", "--mixing", "--clips", "--runs",
  ]

  /// The arguments with negative numbers joined to the options before them, `--alpha -1` as `--alpha=-1`, so that what is
  /// wrong with a number is told, and nothing of a missing one.
  private static func joiningNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for argument in arguments {
      if argument.hasPrefix("-"), Double(argument) != nil, let option = joined.last, numeric.contains(option),
        !joined.contains("--")
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
      guard argument.hasPrefix("-"), !argument.hasPrefix("--"), !["-", "-h", "-o"].contains(argument) else {
        return false
      }
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
