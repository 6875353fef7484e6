import Dispatch
import Synchronization

/// What threads still have to do; waiting costs nothing.
final class JobQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let ready = DispatchSemaphore(value: 0)

  func append(_ job: @escaping @Sendable () -> Void) {
    state.withLock { $0.waiting.append(job) }
    ready.signal()
  }

  /// Lets one waiting thread go when nothing is left.
  func close() {
    state.withLock { $0.isClosed = true }
    ready.signal()
  }

  /// The next job, or nil when the queue was closed and is empty.
  func next() -> (@Sendable () -> Void)? {
    ready.wait()
    return state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }
}
