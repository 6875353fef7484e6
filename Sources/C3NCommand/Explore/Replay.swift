import Dispatch
import Explorer
import Inference
import TerminalUI

/// Plays keys without a terminal: after each key everything that it started is waited for.
struct Replay {
  private var state: ExplorerState
  private let mailbox: Mailbox
  private let runner: EffectRunner
  private let progress: Progress?
  private let bell = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - keepsScores: whether the scores of runs go to the database.
  ///   - progress: where to tell what is being done.
  init(
    _ state: ExplorerState, sessions: SessionOpening, player: [String]?, database: String, keepsScores: Bool,
    progress: Progress? = nil
  ) {
    self.state = state
    self.progress = progress
    mailbox = Mailbox { [bell] in bell.signal() }
    runner = EffectRunner(
      sessions: sessions, keeper: SessionKeeper(store: sessions.store), player: player, database: database,
      keepsScores: keepsScores, mailbox: mailbox)
  }

  /// The state after the last key, or when the keys quit.
  func play(_ keys: [KeyEvent], start: (inout ExplorerState) -> [Effect]) throws -> ExplorerState {
    var session = self
    var isRunning = session.settle(start(&session.state))
    for key in keys where isRunning {
      isRunning = session.settle(session.state.handle(.key(key)))
    }
    let problems = session.runner.finish(nil)
    progress?.clear()
    for problem in problems { showWarning(problem) }
    return session.state
  }

  /// Starts effects and waits until nothing works and exports and sessions are answered; false if the program was asked to end.
  private mutating func settle(_ effects: [Effect]) -> Bool {
    var waiting = effects
    var isQuitting = false
    while true {
      while !waiting.isEmpty {
        let effect = waiting.removeFirst()
        if case .quit = effect {
          isQuitting = true
        } else {
          runner.start(effect)
        }
      }
      guard mailbox.awaitsAnswer || !state.isSettled && !isQuitting else { return !isQuitting }
      bell.wait()
      for answer in mailbox.takeAll() {
        tell(answer)
        waiting += state.handle(answer)
      }
    }
  }

  private func tell(_ answer: ExplorerEvent) {
    guard case .job(_, let event) = answer else { return }
    switch event {
    case .loadingModel: progress?.show("reading weights")
    case .progress(let milestone, let share): progress?.show("\(Int(share * 100)) % \(milestone)")
    case .analysis: break
    }
  }
}
