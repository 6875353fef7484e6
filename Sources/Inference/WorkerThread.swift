import Foundation
import Synchronization

/// A serial executor with one thread of its own, so that a long computation holds up no other task.
final class WorkerThread: SerialExecutor {
  private let jobs = JobQueue()

  init(name: String) {
    let thread = Thread { [jobs] in
      while let job = jobs.next() { job() }
    }
    thread.name = name
    // Records of deep networks are released recursively; the default stack of a secondary thread is small.
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { jobs.close() }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    jobs.append { job.runSynchronously(on: executor) }
  }
}

/// What the thread still has to do; waiting costs nothing.
private final class JobQueue: Sendable {
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
