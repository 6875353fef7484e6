import Dispatch
import Explorer
import Inference
import TerminalUI

/// Plays keys without a terminal: after each key everything that it started is waited for.
struct Replay {
  private var state: ExplorerState
  private let mailbox: Mailbox
  private let runner: EffectRunner
  private let bell = DispatchSemaphore(value: 0)

  init(_ state: ExplorerState, assets: EmbeddedAssets, database: String) {
    self.state = state
    mailbox = Mailbox { [bell] in bell.signal() }
    runner = EffectRunner(assets: assets, mailbox: mailbox, database: database)
  }

  /// The state after the last key, or when the keys quit.
  func play(_ keys: [KeyEvent], start: (inout ExplorerState) -> [Effect]) throws -> ExplorerState {
    var session = self
    var isRunning = session.settle(start(&session.state))
    for key in keys where isRunning {
      isRunning = session.settle(session.state.handle(.key(key)))
    }
    return session.state
  }

  /// Starts effects and waits until nothing works; false if the program was asked to end.
  private mutating func settle(_ effects: [Effect]) -> Bool {
    var waiting = effects
    while true {
      while !waiting.isEmpty {
        let effect = waiting.removeFirst()
        if case .quit = effect { return false }
        runner.start(effect)
      }
      guard !state.isSettled else { return true }
      bell.wait()
      for answer in mailbox.takeAll() { waiting += state.handle(answer) }
    }
  }
}
