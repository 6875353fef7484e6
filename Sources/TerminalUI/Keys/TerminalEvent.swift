/// What happens at a terminal, real or replayed.
public enum TerminalEvent: Hashable, Sendable {
  /// A key. Ctrl-C and Ctrl-Z come as keys too.
  case key(KeyEvent)
  /// The window has a new extent.
  case resize(Size)
  /// Another thread rang the bell: there are results to look at.
  case wake
  /// The deadline has passed.
  case deadline
  /// SIGINT from outside: cancel, then quit.
  case interrupt
  /// SIGTERM: quit.
  case terminate
  /// SIGHUP or the end of input: nobody is there any more.
  case hangup
  /// The process was stopped and continued; the next `present` paints everything.
  case resumed
}
