import Explorer
import Inference

/// Runs what is not the open clip's own run: columns of the comparison, labels ahead, the next clip's files.
final class BackgroundRunner {
  private let runs: RunFollower
  private var column: Task<Void, Never>?
  private var ahead: Task<Void, Never>?

  init(_ runs: RunFollower) {
    self.runs = runs
  }

  /// Starts an effect; those of other kinds have none here. The state asks for one column and one label at a time.
  func start(_ effect: Effect) {
    switch effect {
    case .analyzeColumn(let generation, let model, let contents, let switches):
      let job = Job(model: model, contents: contents, switches: switches)
      column = runs.follow(job) {
        .column(generation: generation, $0)
      } failed: {
        .columnFailed(generation: generation, $0)
      }
    case .cancelColumn: column?.cancel()
    case .lookAhead(let generation, let model, let contents, let switches):
      let job = Job(model: model, contents: contents, switches: switches)
      ahead = Task.detached(executorPreference: TaskThreads.shared) { [runs] in
        do {
          for try await case .analysis(let analysis) in runs.worker.run(job) where analysis.isComplete {
            runs.mailbox.post(.lookedAhead(generation: generation))
          }
        } catch {
          // Nobody has asked for it yet: a failure is told when somebody does.
        }
      }
    case .cancelLookAhead: ahead?.cancel()
    case .readAhead(let clip):
      Task.detached(executorPreference: TaskThreads.shared) { [runs] in
        if let contents = try? clip.load() { runs.mailbox.post(.neighbour(contents)) }
      }
    default: break
    }
  }
}
