import Explorer
import Inference

/// Runs what is not the open clip's own run: columns of the comparison, labels ahead, the next clip's files.
final class BackgroundRunner {
  private let worker: InferenceWorker
  private let mailbox: Mailbox
  private var column: Task<Void, Never>?
  private var ahead: Task<Void, Never>?

  init(worker: InferenceWorker, mailbox: Mailbox) {
    self.worker = worker
    self.mailbox = mailbox
  }

  /// Starts an effect; those of other kinds have none here. The state asks for one column and one label at a time.
  func start(_ effect: Effect) {
    switch effect {
    case .analyzeColumn(let generation, let model, let contents, let switches):
      let job = Job(model: model, contents: contents, switches: switches)
      column = Task.detached { [worker, mailbox] in
        do {
          for try await event in worker.run(job) {
            mailbox.post(.column(generation: generation, event))
            if case .analysis(let analysis) = event, analysis.isComplete {
              mailbox.post(.memory(resident: residentMemory()))
            }
          }
        } catch is CancellationError {
          // Asked for by the state, which has gone on.
        } catch {
          mailbox.post(.columnFailed(generation: generation, "\(error)"))
        }
      }
    case .cancelColumn: column?.cancel()
    case .lookAhead(let generation, let model, let contents, let switches):
      let job = Job(model: model, contents: contents, switches: switches)
      ahead = Task.detached { [worker, mailbox] in
        do {
          for try await case .analysis(let analysis) in worker.run(job) where analysis.isComplete {
            mailbox.post(.lookedAhead(generation: generation))
          }
        } catch {
          // Nobody has asked for it yet: a failure is told when somebody does.
        }
      }
    case .cancelLookAhead: ahead?.cancel()
    case .readAhead(let clip):
      Task.detached { [mailbox] in
        if let contents = try? clip.load() { mailbox.post(.neighbour(contents)) }
      }
    default: break
    }
  }
}
