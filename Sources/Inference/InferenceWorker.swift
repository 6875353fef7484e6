import AVSBench
import C3N
import Synchronization
import Tensors

/// Runs jobs one after another on a thread of its own, away from whoever asks.
///
/// The only thread that computes, and so the only one that calls BLAS. A job's events arrive as a stream; ending the
/// stream early (by cancelling the task that reads it) stops the job at its next milestone.
public actor InferenceWorker {
  private let thread: WorkerThread
  private let assets: EmbeddedAssets
  private var model: (specification: ModelSpecification, model: C3NModel)?
  private var computation: (reading: ClipContents.Reading, model: ModelSpecification, ClipComputation)?

  private var frameCount = 0

  /// The worker's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// A worker that finds the embedded default in `assets`.
  ///
  /// - Parameter niceness: 0 to 19; how far computing stands back behind the process' other threads, such as a screen's.
  public init(assets: EmbeddedAssets, niceness: Int = 0) {
    self.assets = assets
    thread = WorkerThread(name: "c3n-worker", niceness: niceness)
  }

  /// Runs a job after those before it; the stream ends with its complete analysis or with an error.
  public nonisolated func run(_ job: Job) -> AsyncThrowingStream<JobEvent, any Error> {
    AsyncThrowingStream { continuation in
      let cancellation = Cancellation()
      continuation.onTermination = { _ in cancellation.cancel() }
      Task {
        do {
          try await self.perform(job, cancellation) { continuation.yield($0) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  private func perform(
    _ job: Job, _ cancellation: Cancellation, _ publish: (JobEvent) -> Void
  ) throws {
    try cancellation.check()
    let model = try model(job.model, publish)
    try cancellation.check()
    let computation = computation(model, job)
    let counts = model.milestoneCounts(job.switches)
    let total = Double(counts.values.reduce(0, +))
    var passed = 0
    var skipped: Set<Milestone.Part> = []
    let observe: Observer = { milestone, _ in
      passed += 1
      publish(.progress(milestone, share: min(1, Double(passed) / total)))
      try cancellation.check()
    }
    try computation.analyze(job.switches, observe: observe) { analysis in
      for part in analysis.reused where skipped.insert(part).inserted { passed += counts[part] ?? 0 }
      publish(.analysis(analysis))
      try cancellation.check()
    }
  }

  private func model(_ specification: ModelSpecification, _ publish: (JobEvent) -> Void) throws -> C3NModel {
    if let model, model.specification == specification { return model.model }
    // The old model goes before the new one comes, so that two never share the memory.
    model = nil
    computation = nil
    publish(.loadingModel)
    let loaded = try assets.load(specification)
    model = (specification, loaded)
    return loaded
  }

  private func computation(_ model: C3NModel, _ job: Job) -> ClipComputation {
    let reading = job.contents.reading
    if let computation, computation.reading == reading, computation.model == job.model {
      return computation.2
    }
    // The features of one clip are hundreds of megabytes: only the current clip's are kept. A clip of another
    // length needs blocks of other sizes.
    computation = nil
    if frameCount != job.contents.frames.count { StoragePool.shared.trim() }
    frameCount = job.contents.frames.count
    let fresh = ClipComputation(model, job.contents)
    computation = (reading, job.model, fresh)
    return fresh
  }
}

/// Whether a job should stop; set by one thread, asked by another.
private final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func check() throws {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }
}
