import CNcurses
import Glibc

/// A bell that any thread may ring to end the terminal's waiting.
public final class WakeUp: Sendable {
  let descriptor: Int32

  /// A silent bell.
  ///
  /// - Throws: `CursesTerminalError.system` when the process has no file descriptor left.
  public init() throws(CursesTerminalError) {
    descriptor = terminal_wake_open()
    guard descriptor >= 0 else { throw .system("eventfd", errno) }
  }

  deinit { close(descriptor) }

  /// Rings; several rings before the terminal looks are one.
  public func signal() { terminal_wake(descriptor) }

  func clear() { terminal_wake_clear(descriptor) }
}
