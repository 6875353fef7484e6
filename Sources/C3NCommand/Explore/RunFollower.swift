import AVSBench
import Explorer
import Inference
import Results
import Synchronization

/// Follows the worker's runs that the user asked for: tells what they say, and keeps the scores where `c3n evaluate` keeps
/// its own.
struct RunFollower: Sendable {
  let worker: InferenceWorker
  let mailbox: Mailbox

  /// Where scores are kept; nil keeps none.
  let kept: KeptScores?

  let readings: ClipReadings

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
    guard let kept, job.switches.forcedLabel == nil, let stamp = readings.stamp(of: job.contents) else {
      return
    }
    let setting = ScoreSetting(model: job.model, switches: job.switches)
    if let problem = await kept.keepQuietly(analysis, of: job.contents, stamp: stamp, setting) {
      mailbox.post(.failure("scores are not kept: \(problem)"))
    }
  }
}

/// Reads clips, and remembers of the last ones what state their files were in before.
final class ClipReadings: Sendable {
  private struct Entry {
    let reading: ClipContents.Reading
    let stamp: String
  }

  /// The open clip and the next one, and some that were left while they ran.
  private static let capacity = 8

  private let entries = Mutex<[Entry]>([])

  /// Reads a clip. Throws what `Clip.load()` throws.
  func load(_ clip: Clip) throws -> ClipContents {
    // Without a stamp there are files missing, which loading tells better.
    let stamp = try? clip.files().stamp()
    let contents = try clip.load()
    if let stamp {
      entries.withLock {
        $0.append(Entry(reading: contents.reading, stamp: stamp))
        $0 = $0.suffix(Self.capacity)
      }
    }
    return contents
  }

  /// The state of the files that a reading was made of; nil for one that is forgotten.
  func stamp(of contents: ClipContents) -> String? {
    entries.withLock { $0.last { $0.reading == contents.reading }?.stamp }
  }
}
