@preconcurrency import Glibc

/// What `print` writes to.
enum StandardOutput {
  /// Writes every line when it is printed, so that a long run whose output goes to a file can be followed there.
  static func writeLinesAtOnce() { setvbuf(stdout, nil, Int32(_IOLBF), 0) }

  /// Writes what is still buffered; what was printed and could not be written is an error.
  static func finish() throws {
    let failed = fflush(stdout) != 0
    guard failed || ferror(stdout) != 0 else { return }
    let reason = failed ? String(cString: strerror(errno)) : "an earlier write failed"
    throw CommandError("standard output: cannot be written: \(reason)")
  }
}
