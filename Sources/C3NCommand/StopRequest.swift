import ArgumentParser
@preconcurrency import Glibc
import Synchronization

/// What becomes of a signal.
enum SignalDisposition {
  /// Whether whoever started the program wants a signal ignored, as `nohup` does with SIGHUP.
  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// A request to end, by Ctrl-C (SIGINT), by another program (SIGTERM), or by a terminal that was closed (SIGHUP), to a command that
/// first brings to safety what it has done. Its exit status then is that of the signal as shells count it, 128 and the number.
enum StopRequest {
  private static let first = Atomic<Int32>(0)
  private static let endsAtSecondInterrupt = Atomic(false)

  /// From now on these signals are requests, but for those that are ignored already.
  ///
  /// Further signals change nothing: a closing terminal, a shell and a job scheduler may each send one.
  ///
  /// - Parameter endsAtSecondInterrupt: whether a second Ctrl-C ends the process at once, where nothing is lost by that.
  static func listen(endsAtSecondInterrupt: Bool = false) {
    // Set up here, not for the first time inside of a signal's handler.
    self.endsAtSecondInterrupt.store(endsAtSecondInterrupt, ordering: .relaxed)
    _ = first.load(ordering: .relaxed)
    // Whoever started the process may have left signals blocked.
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for number in [SIGINT, SIGTERM, SIGHUP] where !SignalDisposition.isIgnored(number) {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { StopRequest.take($0) }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
      sigaddset(&unblocked, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }

  /// Only calls what is safe in a signal's handler.
  private static func take(_ number: Int32) {
    let (isFirst, _) = first.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    guard !isFirst, number == SIGINT, endsAtSecondInterrupt.load(ordering: .relaxed) else { return }
    signal(SIGINT, SIG_DFL)
    raise(SIGINT)
  }

  /// The first signal that came; nil for none.
  static var signalNumber: Int32? {
    let number = first.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether a signal has come.
  static var isMade: Bool { signalNumber != nil }

  /// What a signal is called.
  static func name(_ number: Int32) -> String {
    switch number {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "signal \(number)"
    }
  }

  /// The status that the process ends with after a request.
  static func status(_ number: Int32) -> ExitCode { ExitCode(128 + number) }
}
