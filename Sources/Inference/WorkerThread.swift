import Foundation
import Glibc
import Synchronization

/// A serial executor with one thread of its own, so that a long computation holds up no other task.
final class WorkerThread: SerialExecutor {
  private let jobs = JobQueue()

  /// - Parameter niceness: 0 to 19; how far the thread, and those that it starts, stand back behind others.
  init(name: String, niceness: Int = 0) {
    let thread = Thread { [jobs] in
      // On Linux this is the calling thread's alone, and new threads take it over.
      if niceness > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(niceness)) }
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
