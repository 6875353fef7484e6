import Explorer
import Foundation
import Inference
import Media
import Synchronization

/// Does what the explorer's state asks for, away from the screen's thread, and puts the answers in the mailbox.
final class EffectRunner {
  let worker: InferenceWorker
  let mailbox: Mailbox
  let kept: KeptScores
  var evaluations: [Int: Task<Void, Never>] = [:]
  private var tasks: [Int: Task<Void, Never>] = [:]

  /// - Parameter database: the database of results.
  init(assets: EmbeddedAssets, mailbox: Mailbox, database: String) {
    // Keys are answered first.
    worker = InferenceWorker(assets: assets, niceness: 5)
    kept = KeptScores(assets: assets, database: database)
    self.mailbox = mailbox
  }

  /// Starts an effect; what concerns the terminal itself is left to the loop.
  func start(_ effect: Effect) {
    switch effect {
    case .loadContents(let clip, let generation):
      tasks[generation] = Task.detached { [mailbox] in
        do {
          mailbox.post(.contents(generation: generation, try clip.load()))
        } catch {
          mailbox.post(.contentsFailed(generation: generation, "\(error)"))
        }
      }
    case .analyze(let generation, let model, let contents, let switches):
      tasks = tasks.filter { $0.key >= generation - 1 }
      tasks[generation] = analysis(
        generation, Job(model: model, contents: contents, switches: switches))
    case .cancel(let generation):
      tasks.removeValue(forKey: generation)?.cancel()
    case .exportText(let name, let text):
      export(name, "txt") {
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: $0), options: .atomic)
      }
    case .exportPNG(let name, let picture): export(name, "png") { try picture.writePNG(to: $0) }
    case .exportJSON(let name, let record):
      export(name, "json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(record).write(to: URL(fileURLWithPath: $0), options: .atomic)
      }
    case .exportFigure(let name, let figure):
      export(name, "svg") {
        try Data(figure.svg.utf8).write(to: URL(fileURLWithPath: $0), options: .atomic)
      }
    case .redraw, .suspend, .quit: break
    case .exportMatrix(let name, let table):
      export(name, "csv") {
        try Data(table.csv.utf8).write(to: URL(fileURLWithPath: $0), options: .atomic)
      }
    case .readScores(let query):
      Task.detached { [kept, mailbox] in mailbox.post(.scores(await kept.read(query))) }
    case .evaluate(let number, let clip, let model, let switches):
      // One at a time: those before have ended or were cancelled.
      evaluations = [number: evaluation(number, clip, ScoreSetting(model: model, switches: switches))]
    case .cancelEvaluation(let number): evaluations.removeValue(forKey: number)?.cancel()
    }
  }

  private func analysis(_ generation: Int, _ job: Job) -> Task<Void, Never> {
    Task.detached { [worker, mailbox] in
      do {
        for try await event in worker.run(job) {
          mailbox.post(.job(generation: generation, event))
          if case .analysis(let analysis) = event, analysis.isComplete {
            mailbox.post(.memory(resident: residentMemory()))
          }
        }
      } catch is CancellationError {
        // Asked for by the state, which has gone on.
      } catch {
        mailbox.post(.jobFailed(generation: generation, "\(error)"))
      }
    }
  }

  /// Writes into the working directory under a name that is not taken.
  private func export(_ name: String, _ suffix: String, _ write: @escaping @Sendable (String) throws -> Void)
  {
    Task.detached { [mailbox] in
      let folder = FileManager.default.currentDirectoryPath
      let names = [name] + (2...999).map { "\(name)-\($0)" }
      let paths = names.map { "\(folder)/\($0).\(suffix)" }
      let path = paths.first { !FileManager.default.fileExists(atPath: $0) } ?? paths[0]
      do {
        try write(path)
        mailbox.post(.exported(path: path))
      } catch {
        mailbox.post(.failure("\(path): cannot be written: \(error.localizedDescription)"))
      }
    }
  }
}

/// Answers on their way to the screen, from any thread, with a bell.
final class Mailbox: Sendable {
  private let events = Mutex<[ExplorerEvent]>([])
  private let ring: @Sendable () -> Void

  init(ring: @escaping @Sendable () -> Void) {
    self.ring = ring
  }

  func post(_ event: ExplorerEvent) {
    events.withLock { $0.append(event) }
    ring()
  }

  func takeAll() -> [ExplorerEvent] {
    events.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// The memory of this process that is in RAM, in bytes; 0 where the system does not tell.
func residentMemory() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii) else { return 0 }
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * sysconf(Int32(_SC_PAGESIZE))
}
