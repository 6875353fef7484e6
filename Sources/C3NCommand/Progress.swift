import Glibc

/// One line on standard error that says what is being done; nothing when standard error is no terminal.
struct Progress {
  private let isVisible = isatty(STDERR_FILENO) != 0

  /// Replaces the line.
  func show(_ text: String) {
    guard isVisible else { return }
    write("\r\u{1B}[K" + text)
  }

  /// Removes the line, before anything else is printed.
  func clear() {
    guard isVisible else { return }
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) { StandardError.write(text) }
}
