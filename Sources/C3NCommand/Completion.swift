import Dispatch
import Inference
import Synchronization

/// Runs a job to its end and waits for it, showing its progress.
///
/// The commands are synchronous, because the screen's loop has to stay on the process' first thread.
///
/// - Parameter observe: told of every event, on another thread.
func complete(
  _ job: Job, on worker: InferenceWorker, progress: Progress,
  observe: @escaping @Sendable (JobEvent) -> Void = { _ in }
) throws -> ClipAnalysis {
  defer { progress.clear() }
  return try waiting {
    var last: ClipAnalysis?
    for try await event in worker.run(job) {
      observe(event)
      switch event {
      case .loadingModel: progress.show("reading weights")
      case .progress(let milestone, let share): progress.show("\(Int(share * 100)) % \(milestone)")
      case .analysis(let analysis): last = analysis
      }
    }
    return last!
  }
}

/// Waits on the calling thread for asynchronous work that runs elsewhere.
func waiting<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
  // Nothing in it throws.
  try! waiting { () async throws -> Value in await body() }
}

/// Waits on the calling thread for asynchronous work that runs elsewhere.
private func waiting<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
  let done = DispatchSemaphore(value: 0)
  let box = ResultBox<Value>()
  Task.detached {
    do {
      box.set(.success(try await body()))
    } catch {
      box.set(.failure(error))
    }
    done.signal()
  }
  done.wait()
  return try box.take().get()
}

/// Carries a result from one thread to another.
private final class ResultBox<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

  func take() -> Result<Value, any Error> { result.withLock { $0! } }
}
