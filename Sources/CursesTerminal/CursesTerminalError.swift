import Glibc

/// Why there is no full-screen terminal.
public enum CursesTerminalError: Error, Hashable, CustomStringConvertible {
  /// Standard input or output is no terminal.
  case noTerminal
  /// terminfo has no entry of this name.
  case unknownType(String)
  /// The terminal of this name can't place the cursor.
  case noCursorMotion(String)
  /// The log can't be written: its path and the C library's error number.
  case log(String, Int32)
  /// A system call failed: its name and the C library's error number.
  case system(String, Int32)

  /// One line for people.
  public var description: String {
    switch self {
    case .noTerminal:
      "standard input or output is no terminal; a screen without one is printed by --snapshot"
    case .unknownType(let type):
      type.isEmpty
        ? "TERM is not set, expected a terminal's name such as xterm-256color"
        : "TERM=\(type) is in no terminfo database, expected a terminal's name such as xterm-256color"
    case .noCursorMotion(let type):
      "TERM=\(type) cannot place the cursor, expected a terminal such as xterm-256color"
    case .log(let path, let code): "\(path): cannot be written: \(String(cString: strerror(code)))"
    case .system(let call, let code): "\(call) failed: \(String(cString: strerror(code)))"
    }
  }
}
