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
  private let runs: RunFollower
  var evaluations: [Int: Task<Void, Never>] = [:]
  private let sessions: SessionOpening
  private let keeper: SessionKeeper
  private let player: SoundPlayer
  private let writing = DispatchQueue(label: "c3n-sessions")
  private let background: BackgroundRunner
  private var tasks: [Int: Task<Void, Never>] = [:]

  /// - Parameters:
  ///   - database: the database of results.
  ///   - keepsScores: whether the scores of the user's own runs go there too.
  init(
    sessions: SessionOpening, keeper: SessionKeeper, player: [String]?, database: String,
    keepsScores: Bool = true, mailbox: Mailbox
  ) {
    // Keys are answered first: with 19 instead of 5 the screen waits about half as long for a core while both
    // compute. That holds within the process; other sessions share cores with this one as before, and alone it
    // costs nothing.
    worker = InferenceWorker(assets: sessions.assets, niceness: 19)
    kept = KeptScores(assets: sessions.assets, database: database)
    self.sessions = sessions
    self.keeper = keeper
    self.player = SoundPlayer(command: player) { mailbox.post(.soundEnded(number: $0, $1)) }
    self.mailbox = mailbox
    runs = RunFollower(worker: worker, mailbox: mailbox, kept: keepsScores ? kept : nil)
    background = BackgroundRunner(runs)
  }

  /// Starts an effect; what concerns the terminal itself is left to the loop.
  func start(_ effect: Effect) {
    switch effect {
    case .loadContents(let clip, let generation):
      tasks[generation] = Task.detached(executorPreference: TaskThreads.shared) { [mailbox] in
        do {
          mailbox.post(.contents(generation: generation, try clip.load()))
        } catch {
          mailbox.post(.contentsFailed(generation: generation, "\(error)"))
        }
      }
    case .analyze(let generation, let model, let contents, let switches):
      tasks = tasks.filter { $0.key >= generation - 1 }
      tasks[generation] = runs.follow(Job(model: model, contents: contents, switches: switches)) {
        .job(generation: generation, $0)
      } failed: {
        .jobFailed(generation: generation, $0)
      }
    case .cancel(let generation):
      tasks.removeValue(forKey: generation)?.cancel()
    case .exportText, .exportPNG, .exportJSON, .exportCSV, .exportMatrix, .exportFigure: export(effect)
    case .keepSession(let unwritten): keep(unwritten)
    case .beginSessionApart(let dataset): writing.async { [keeper] in keeper.beginApart(dataset) }
    case .saveSession(let session, let name, let replacing): save(session, name, replacing)
    case .openSession(let name): open(name)
    case .playSound(let number, let samples): player.play(samples, number: number)
    case .stopSound: player.stop()
    case .analyzeColumn, .cancelColumn, .lookAhead, .cancelLookAhead, .readAhead: background.start(effect)
    case .redraw, .suspend, .quit: break
    case .readScores(let query):
      Task.detached(executorPreference: TaskThreads.shared) { [kept, mailbox] in
        mailbox.post(.scores(await kept.read(query)))
      }
    case .evaluate(let number, let clip, let model, let switches):
      // One at a time: those before have ended or were cancelled.
      evaluations = [number: evaluation(number, clip, ScoreSetting(model: model, switches: switches))]
    case .cancelEvaluation(let number): evaluations.removeValue(forKey: number)?.cancel()
    case .loadAgain(let models): loadAgain(models)
    }
  }

  /// Models whose files cannot be read stay as they are.
  private func loadAgain(_ models: [ModelSpecification]) {
    mailbox.expectAnswer()
    Task.detached(executorPreference: TaskThreads.shared) { [worker, mailbox, assets = sessions.assets] in
      do {
        for model in models { try assets.expectParts(of: model) }
        await worker.unloadModels()
        mailbox.answer(.modelsUnloaded)
      } catch {
        mailbox.answer(.failure("\(error); what was loaded stays"))
      }
    }
  }

  /// Writes what has changed since it was last written, and returns once it is.
  func keepNow(_ unwritten: UnwrittenSession?) {
    if let unwritten { keep(unwritten) }
    writing.sync {}
  }

  /// Ends what sounds, and writes what has changed since it was last written, with what could not be written before; returns
  /// once it is written.
  ///
  /// - Returns: What could not be written, a line each.
  func finish(_ unwritten: UnwrittenSession?) -> [String] {
    player.end()
    keepNow(unwritten)
    var problems: [String] = []
    writing.sync {
      do { try keeper.keepRest() } catch { problems.append("the last changes are not saved: \(error)") }
    }
    if let problem = waiting({ [kept] in await kept.keepRest() }) { problems.append(problem) }
    return problems
  }

  /// Writes into the working directory under a name that is not taken.
  private func export(_ effect: Effect) {
    mailbox.expectAnswer()
    Task.detached(executorPreference: TaskThreads.shared) { [mailbox] in
      do {
        mailbox.answer(.exported(path: try ExportFile.write(effect)))
      } catch {
        mailbox.answer(.failure("\(error)"))
      }
    }
  }

  // MARK: Sessions

  /// One after the other, so that an older session never replaces a newer one.
  private func keep(_ unwritten: UnwrittenSession) {
    writing.async { [keeper, mailbox] in
      do {
        let kept = try keeper.keep(unwritten)
        if kept.followsFailure { mailbox.post(.sessionKept) }
        if let notebook = kept.merged {
          mailbox.post(.notebookMerged(notebook, writtenWith: unwritten.session))
        }
        if let notice = kept.notice { mailbox.post(.notice(notice)) }
      } catch {
        mailbox.post(.sessionNotKept("\(error)"))
      }
    }
  }

  private func save(_ session: Session, _ name: String, _ replacing: Bool) {
    mailbox.expectAnswer()
    writing.async { [sessions, mailbox] in
      do {
        guard let folder = sessions.store.folder else {
          throw CommandError("session \(name): neither XDG_STATE_HOME nor HOME is set")
        }
        let path = "\(folder)/\(name).json"
        guard replacing || !FileManager.default.fileExists(atPath: path) else {
          throw CommandError("\(path): there is a session of this name; \(name)! replaces it")
        }
        try SessionStore.write(session, to: path)
        mailbox.answer(.sessionSaved(name: name, path: path))
      } catch {
        mailbox.answer(.failure("\(error)"))
      }
    }
  }

  private func open(_ name: String) {
    mailbox.expectAnswer()
    writing.async { [sessions, mailbox] in
      do {
        mailbox.answer(.sessionOpened(try sessions.open(name)))
      } catch {
        mailbox.answer(.failure("\(error)"))
      }
    }
  }
}

/// Answers on their way to the screen, from any thread, with a bell.
final class Mailbox: Sendable {
  private struct State {
    var events: [ExplorerEvent] = []
    var expected = 0
    var answered = 0
  }

  private let state = Mutex(State())
  private let ring: @Sendable () -> Void

  init(ring: @escaping @Sendable () -> Void) {
    self.ring = ring
  }

  /// Whether something was asked for whose answer was not taken yet.
  var awaitsAnswer: Bool { state.withLock { $0.expected > 0 } }

  /// One ``answer(_:)`` will come.
  func expectAnswer() { state.withLock { $0.expected += 1 } }

  func post(_ event: ExplorerEvent) {
    state.withLock { $0.events.append(event) }
    ring()
  }

  /// Posts what ``expectAnswer()`` announced.
  func answer(_ event: ExplorerEvent) {
    state.withLock {
      $0.events.append(event)
      $0.answered += 1
    }
    ring()
  }

  func takeAll() -> [ExplorerEvent] {
    state.withLock { state in
      defer {
        state.events = []
        state.expected -= state.answered
        state.answered = 0
      }
      return state.events
    }
  }
}

/// The memory of this process that is in RAM, in bytes; 0 where the system does not tell.
func residentMemory() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii) else { return 0 }
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * sysconf(Int32(_SC_PAGESIZE))
}
