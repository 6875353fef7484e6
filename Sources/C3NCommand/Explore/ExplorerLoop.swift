import ArgumentParser
import CursesTerminal
import Explorer
import Foundation
import Inference
import TerminalUI

/// The screen's loop on the process' first thread: waits for keys and answers, hands them to the state, draws.
///
/// Keys are answered at once; answers of the worker are shown at most ten times a second. When nothing moves, nothing
/// wakes and nothing is written.
struct ExplorerLoop {
  private var state: ExplorerState
  private let terminal: CursesTerminal
  private let runner: EffectRunner
  private let mailbox: Mailbox
  private let beginning = ContinuousClock.now
  private var drawn = ContinuousClock.now
  private var isWaitingToDraw = false
  private var isDone = false

  private static let drawInterval = Duration.milliseconds(100)

  /// Runs until the user quits.
  static func run(
    _ beginning: Beginning, player: [String]?, database: String, appearance: Appearance
  ) throws {
    // On the screen Ctrl-C is a key; after it, what has to be written is still written.
    signal(SIGINT, SIG_IGN)
    do throws(CursesTerminalError) {
      let wakeUp = try WakeUp()
      let terminal = try CursesTerminal(appearance: appearance, log: stateLog(), wakeUp: wakeUp)
      let mailbox = Mailbox { wakeUp.signal() }
      var loop = ExplorerLoop(
        state: beginning.state, terminal: terminal, mailbox: mailbox,
        runner: EffectRunner(
          sessions: beginning.sessions, keeper: beginning.keeper, player: player, database: database,
          mailbox: mailbox))
      loop.run(beginning)
      terminal.restore()
      loop.finish()
      // The worker may be inside a matrix product, whose library waits for its threads when the process ends
      // in the ordinary way, and may wait for ever.
      fflush(nil)
      _exit(0)
    } catch .noTerminal {
      FileHandle.standardError.write(
        Data("c3n explore needs a terminal; without one, use --snapshot, --replay or c3n run\n".utf8))
      throw ExitCode(2)
    } catch {
      FileHandle.standardError.write(Data("c3n explore: \(error)\n".utf8))
      throw ExitCode(2)
    }
  }

  private init(
    state: ExplorerState, terminal: CursesTerminal, mailbox: Mailbox, runner: EffectRunner
  ) {
    self.state = state
    self.terminal = terminal
    self.mailbox = mailbox
    self.runner = runner
  }

  private mutating func run(_ beginning: Beginning) {
    handle(.resize(terminal.size))
    draw()
    state.keepSession(isWritten: true)
    for effect in beginning.start(&state) { perform(effect) }
    if state.keepsSession { state.keepSession(isWritten: beginning.isWritten) }
    draw()
    while !isDone {
      var hasUrgent = false
      for event in terminal.waitForEvents(until: deadline) {
        hasUrgent = take(event) || hasUrgent
      }
      for answer in mailbox.takeAll() {
        handle(.clock(elapsed))
        handle(answer)
        isWaitingToDraw = true
      }
      handle(.clock(elapsed))
      if hasUrgent || drawn + Self.drawInterval <= .now { draw() }
    }
  }

  /// Writes what is not written yet and waits for exports, but not for ever.
  private func finish() {
    runner.finish(state.unwrittenSession)
    let limit = ContinuousClock.now + .seconds(2)
    var last = mailbox.takeAll()
    while mailbox.awaitsAnswer, ContinuousClock.now < limit {
      usleep(1000)
      last += mailbox.takeAll()
    }
    // What the last write has to say, there is no screen for any more.
    for event in last {
      switch event {
      case .notice(let text): FileHandle.standardError.write(Data("c3n: \(text)\n".utf8))
      case .sessionNotKept(let reason):
        FileHandle.standardError.write(Data("c3n: the last changes are not kept: \(reason)\n".utf8))
      default: break
      }
    }
  }

  private var elapsed: Duration { beginning.duration(to: .now) }

  /// When to look again although nothing has happened; nil while nothing moves.
  private var deadline: ContinuousClock.Instant? {
    let due = state.nextDeadline.map { max(beginning + $0, drawn + Self.drawInterval) }
    let pending = isWaitingToDraw ? drawn + Self.drawInterval : nil
    return [due, pending].compactMap { $0 }.min()
  }

  /// Returns whether the event has to be answered on the screen at once.
  private mutating func take(_ event: TerminalEvent) -> Bool {
    handle(.clock(elapsed))
    switch event {
    case .key(let key): handle(.key(key))
    case .resize(let size): handle(.resize(size))
    case .resumed: handle(.resize(terminal.size))
    case .interrupt, .terminate, .hangup: isDone = true
    case .wake, .deadline: return false
    }
    return true
  }

  private mutating func handle(_ event: ExplorerEvent) {
    for effect in state.handle(event) { perform(effect) }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .quit: isDone = true
    case .redraw: terminal.repaint()
    case .suspend:
      // Nobody knows whether a stopped process is ever continued.
      runner.keepNow(state.unwrittenSession)
      terminal.suspend()
      handle(.resize(terminal.size))
    default: runner.start(effect)
    }
  }

  private mutating func draw() {
    var grid = terminal.blankGrid()
    state.draw(in: grid.bounds, on: &grid)
    // What is too much for a tenth of a second waits for the next.
    isWaitingToDraw = !terminal.present(grid)
    drawn = .now
  }
}

/// The log file in the user's state directory, or nil where there is none to write to.
private func stateLog() -> String? {
  guard let folder = UserFolder.state(), (try? makeFolder(folder)) != nil else { return nil }
  return folder + "/explorer.log"
}
