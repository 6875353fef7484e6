import AVSBench
import Explorer
import Inference
import Results

/// Follows the worker's runs that the user asked for: tells what they say, and keeps the scores where `c3n evaluate` keeps
/// its own.
struct RunFollower: Sendable {
  let worker: InferenceWorker
  let mailbox: Mailbox

  /// Where scores are kept; nil keeps none.
  let kept: KeptScores?

  /// Runs a job and posts what it says; cancelling the task ends the job.
  func follow(
    _ job: Job, event: @escaping @Sendable (JobEvent) -> ExplorerEvent,
    failed: @escaping @Sendable (String) -> ExplorerEvent
  ) -> Task<Void, Never> {
    Task.detached(executorPreference: TaskThreads.shared) { [self] in
      do {
        for try await said in worker.run(job) {
          guard case .analysis(let analysis) = said, analysis.isComplete else {
            mailbox.post(event(said))
            continue
          }
          // Whoever waits for answers also waits for the scores to be kept.
          mailbox.expectAnswer()
          mailbox.post(event(said))
          mailbox.post(.modelFiles(job.model, changes: analysis.files.changes))
          await keep(analysis, of: job)
          mailbox.answer(.memory(resident: residentMemory()))
        }
      } catch is CancellationError {
        // Asked for by the state, which has gone on.
      } catch {
        mailbox.post(failed("\(error)"))
      }
    }
  }

  /// Keeps what `c3n evaluate` would have computed: a clip with a ground truth, whose label nobody chose.
  private func keep(_ analysis: ClipAnalysis, of job: Job) async {
    guard let kept, job.switches.forcedLabel == nil else { return }
    let setting = ScoreSetting(model: job.model, switches: job.switches)
    if let problem = await kept.keepQuietly(analysis, of: job.contents, setting) {
      mailbox.post(.failure("scores are not kept: \(problem)"))
    }
  }
}
