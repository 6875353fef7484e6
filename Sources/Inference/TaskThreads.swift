import Foundation

/// Threads for tasks that read and write files and follow the worker.
///
/// The concurrency library's own threads are libdispatch's, which wakes every second for good once it has run one of
/// them. A program that waits for keys must not wake at all.
public final class TaskThreads: TaskExecutor {
  /// Those of the process.
  public static let shared = TaskThreads(count: 4)

  private let jobs = JobQueue()

  private init(count: Int) {
    for number in 1...count {
      let thread = Thread { [jobs] in
        while let job = jobs.next() { job() }
      }
      thread.name = "c3n-task-\(number)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Hands a task on to the next thread that is free.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.append { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
