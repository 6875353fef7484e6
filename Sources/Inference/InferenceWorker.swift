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
  private let store: WhatIfStore
  private var models: LoadedModels

  /// The open clip in the models that it was given to.
  private var computations: [ModelSpecification: ClipComputation] = [:]
  private var reading: ClipContents.Reading?

  private var frameCount = 0

  private let available: @Sendable () -> AvailableMemory?
  private let budget: Int

  /// The worker's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// A worker that finds the embedded default in `assets`.
  ///
  /// - Parameters:
  ///   - assets: what models take that name no files.
  ///   - memory: the most that earlier results of the open clip may take beside what the latest run uses, in bytes; nil
  ///     for 1 GiB, or a quarter of the machine's memory if that is less.
  ///   - modelMemory: the most that the weights of all loaded models may take, in bytes; nil for 2 GiB, or a quarter of
  ///     the machine's memory. The latest model stays whatever it takes.
  ///   - available: tells how much memory there is; a job that does not fit ends with a ``MemoryError`` before anything is
  ///     loaded or computed.
  ///   - niceness: 0 to 19; how far computing stands back behind the process' other threads, such as a screen's.
  public init(
    assets: EmbeddedAssets, memory: Int? = nil, modelMemory: Int? = nil,
    available: @escaping @Sendable () -> AvailableMemory? = { .now() }, niceness: Int = 0
  ) {
    self.assets = assets
    self.available = available
    thread = WorkerThread(name: "c3n-worker", niceness: niceness)
    budget = memory ?? WhatIfStore.defaultBudget
    store = WhatIfStore(budget: budget)
    models = LoadedModels(budget: modelMemory ?? LoadedModels.defaultBudget)
  }

  /// Runs a job after those before it; the stream ends with its complete analysis or with an error.
  public nonisolated func run(_ job: Job) -> AsyncThrowingStream<JobEvent, any Error> {
    AsyncThrowingStream { continuation in
      let cancellation = Cancellation()
      continuation.onTermination = { _ in cancellation.cancel() }
      Task(executorPreference: TaskThreads.shared) {
        do {
          try await self.perform(job, cancellation) { continuation.yield($0) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  /// Lets go of all loaded models and of what was computed with them; the next job loads its model again. Waits for the job
  /// at hand.
  public func unloadModels() {
    models = models.emptied
    computations = [:]
    StoragePool.shared.trim()
  }

  private func perform(
    _ job: Job, _ cancellation: Cancellation, _ publish: (JobEvent) -> Void
  ) throws {
    try cancellation.check()
    open(job)
    let model = try model(job, publish)
    try cancellation.check()
    let computation = try computation(model, job)
    let counts = computation.milestoneCounts(job.switches)
    let total = Double(counts.values.reduce(0, +))
    var passed = 0
    var skipped: Set<Milestone.Part> = []
    let observe: Observer = { milestone, _ in
      // Frames of a part whose results are there may be computed again for another part's sake.
      if !skipped.contains(milestone.part) { passed += 1 }
      publish(.progress(milestone, share: min(1, Double(passed) / total)))
      try cancellation.check()
    }
    try computation.analyze(job.switches, observe: observe) { analysis in
      for part in analysis.reused where skipped.insert(part).inserted { passed += counts[part] ?? 0 }
      publish(.analysis(analysis))
      try cancellation.check()
    }
  }

  private func model(_ job: Job, _ publish: (JobEvent) -> Void) throws -> C3NModel {
    let specification = job.model
    if let model = models.take(specification) { return model }
    // Room is made before the new model comes, so that it does not share the memory with those that have to go.
    for old in models.makeRoom() { computations[old] = nil }
    if let variant = specification.expectedVariant {
      let clip = ClipExtent(job.contents)
      _ = try MemoryNeed.fitting(
        job.contents.clip.framesFolder, budget: 0, available: available(), .init(contents: true)
      ) { MemoryNeed(variant, nil, clip, framesAtATime: $0, budget: $1) }
    }
    publish(.loadingModel)
    let loaded = try assets.load(specification)
    for old in models.keep(loaded, as: specification) { computations[old] = nil }
    return loaded
  }

  /// Lets go of the results of another clip than the job's, unless that is only in passing.
  private func open(_ job: Job) {
    guard reading != job.contents.reading, !job.isInPassing else { return }
    // The features of one clip are hundreds of megabytes: only the current clip's are kept. A clip of another
    // length needs blocks of other sizes.
    computations = [:]
    reading = job.contents.reading
    if frameCount != job.contents.frames.count { StoragePool.shared.trim() }
    frameCount = job.contents.frames.count
  }

  private func computation(_ model: C3NModel, _ job: Job) throws -> ClipComputation {
    let isOpen = reading == job.contents.reading
    let clip = ClipExtent(job.contents)
    let (need, allowed) = try MemoryNeed.fitting(
      job.contents.clip.framesFolder, budget: isOpen ? budget : 0, available: available(),
      .init(model: true, contents: true, earlier: isOpen ? store.bytes : 0)
    ) { MemoryNeed(model, clip, framesAtATime: $0, budget: $1) }
    guard isOpen else {
      return ClipComputation(
        model, job.contents, store: WhatIfStore(budget: 0), framesAtATime: need.framesAtATime)
    }
    store.budget = allowed
    if let computation = computations[job.model] { return computation }
    let fresh = ClipComputation(model, job.contents, store: store, framesAtATime: need.framesAtATime)
    computations[job.model] = fresh
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
