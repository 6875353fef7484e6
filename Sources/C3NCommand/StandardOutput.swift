@preconcurrency import Glibc

/// What `print` writes to.
enum StandardOutput {
  /// Writes what is still buffered; what was printed and could not be written is an error.
  static func finish() throws {
    let failed = fflush(stdout) != 0
    guard failed || ferror(stdout) != 0 else { return }
    let reason = failed ? String(cString: strerror(errno)) : "an earlier write failed"
    throw CommandError("standard output: cannot be written: \(reason)")
  }
}
