import Foundation

/// The user's pager.
enum Pager {
  /// Shows a text page by page: in `$PAGER`, which `sh` runs, or in `less -R` where that is installed.
  ///
  /// Less shows styles (`LESS` is set to `-R` unless the user has set it). A pager that cannot be started, an empty
  /// `$PAGER` and a terminal that cannot move its cursor leave the text to the caller.
  ///
  /// - Returns: Whether the text was shown.
  static func show(
    _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    guard let command = command(environment) else { return false }
    setenv("LESS", "-R", 0)
    guard let pipe = popen(command, "w") else { return false }
    // The pager decides what Ctrl-C does, and may end before it has read everything.
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    _ = text.withCString { fputs($0, pipe) }
    let status = pclose(pipe)
    let code = status >> 8 & 0xFF
    // 126 and 127 are sh's: the command could not be run or found.
    return status & 0x7F != 0 || (code != 126 && code != 127)
  }

  private static func command(_ environment: [String: String]) -> String? {
    if ["", "dumb", "unknown"].contains(environment["TERM"] ?? "") { return nil }
    if let pager = environment["PAGER"] {
      return pager.allSatisfy(\.isWhitespace) || pager == "cat" ? nil : pager
    }
    return Executable.path(of: "less") == nil ? nil : "less -R"
  }
}
