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
  /// The signal that ended the loop; nil where the user quit.
  private var signal: Int32?

  private static let drawInterval = Duration.milliseconds(100)

  /// Runs until the user quits.
  static func run(
    _ beginning: Beginning, player: [String]?, database: String, appearance: Appearance
  ) throws {
    // On the screen Ctrl-C is a key, and signals end it in order; before and after it, what has to be written is still written.
    StopRequest.listen()
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
      let isWritten = loop.finish()
      let signal = loop.signal ?? StopRequest.signalNumber
      // The worker may be inside a matrix product, whose library waits for its threads when the process ends
      // in the ordinary way, and may wait for ever.
      fflush(nil)
      _exit(signal.map { 128 + $0 } ?? (isWritten ? 0 : 1))
    } catch .noTerminal {
      StandardError.write("c3n explore needs a terminal; without one, use --snapshot, --replay or c3n run\n")
      throw ExitCode(2)
    } catch {
      StandardError.write("c3n explore: \(TerminalText.escaped("\(error)"))\n")
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
    // One may have come before the screen took the signals over.
    while !isDone, !StopRequest.isMade {
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

  /// Writes what is not written yet and waits for exports, but not for ever. What the last writes have to say, there is no screen
  /// for any more.
  ///
  /// - Returns: Whether everything was written.
  private func finish() -> Bool {
    var problems = runner.finish(state.unwrittenSession)
    let limit = ContinuousClock.now + .seconds(10)
    var last = mailbox.takeAll()
    while mailbox.awaitsAnswer, ContinuousClock.now < limit {
      usleep(1000)
      last += mailbox.takeAll()
    }
    if mailbox.awaitsAnswer { problems.append("what was being written was not finished within 10 s") }
    for event in last {
      switch event {
      case .notice(let text): StandardError.write("c3n: \(TerminalText.escaped(text))\n")
      case .failure(let reason): problems.append(reason)
      default: break
      }
    }
    for problem in problems { StandardError.write("c3n: \(TerminalText.escaped(problem))\n") }
    return problems.isEmpty
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
    case .interrupt: end(by: SIGINT)
    case .terminate: end(by: SIGTERM)
    case .hangup: end(by: SIGHUP)
    case .wake, .deadline: return false
    }
    return true
  }

  private mutating func end(by signal: Int32) {
    isDone = true
    self.signal = self.signal ?? signal
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

/// The log file in the user's state directory, or nil where none can be written: it is no reason not to begin.
private func stateLog() -> String? {
  guard let folder = UserFolder.state(), (try? makeFolder(folder)) != nil else { return nil }
  let path = folder + "/explorer.log"
  let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return nil }
  close(descriptor)
  return path
}
