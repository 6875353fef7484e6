import Dispatch
import Synchronization

/// What threads still have to do; waiting costs nothing.
final class JobQueue: Sendable {
  private let waiting = Mutex<[@Sendable () -> Void]>([])
  private let ready = DispatchSemaphore(value: 0)

  func append(_ job: @escaping @Sendable () -> Void) {
    waiting.withLock { $0.append(job) }
    ready.signal()
  }

  /// Lets one waiting thread go when nothing is left.
  func close() {
    ready.signal()
  }

  /// The next job, or nil when the queue was closed and is empty.
  func next() -> (@Sendable () -> Void)? {
    ready.wait()
    return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
