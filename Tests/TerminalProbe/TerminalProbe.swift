import CursesTerminal
import Glibc
import TerminalUI

/// Opens the terminal and does what keys tell, so that tests can watch from the other side of a pseudo-terminal.
/// The log's path is the first argument.
@main struct TerminalProbe {
  static func main() {
    var environment: [String: String] = [:]
    for name in ["TERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "PROBE_COLOR"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    do {
      let wakeUp = try WakeUp()
      let terminal = try CursesTerminal(
        appearance: Appearance(
          environment: environment, choice: environment["PROBE_COLOR"] == nil ? .automatic : .truecolor),
        log: CommandLine.arguments.dropFirst().first,
        wakeUp: wakeUp)
      let status = run(terminal, wakeUp)
      terminal.restore()
      terminal.restore()
      say("status \(status)\n")
      exit(status)
    } catch {
      say("refused: \(error)\n")
      exit(2)
    }
  }

  static func run(_ terminal: CursesTerminal, _ wakeUp: WakeUp) -> Int32 {
    var note = "none"
    var deadline: ContinuousClock.Instant?
    var colorful = false
    var palette = 0
    while true {
      var grid = screen(terminal, note, colorful)
      if palette > 0 { paintPairs(on: &grid, from: palette) }
      // What is too much for a tenth of a second comes with the next.
      while !terminal.present(grid) { usleep(20_000) }
      for event in terminal.waitForEvents(until: deadline) {
        switch event {
        case .key(.character("q")): return 0
        case .key(.character("a")): abort()
        case .key(.character("t")): fatalError("a trap on purpose")
        case .key(.character("o")): note = "\(overflow(1))"
        case .key(.character("n")): say("noise from a library\n")
        case .key(.character("w")): DetachedRing(wakeUp).start()
        case .key(.character("d")): deadline = .now + .milliseconds(20)
        case .key(.character("c")): colorful.toggle()
        case .key(.character("u")): break
        case .key(.character("p")):
          palette += 1
          note = "pairs \(palette)"
        case .key(.control("l")): terminal.repaint()
        case .key(.control("z")):
          terminal.suspend()
          note = "back"
        case .key(let key): note = "key \(key)"
        case .resize: note = "resized"
        case .wake: note = "woken"
        case .deadline:
          deadline = nil
          note = "late"
        case .interrupt: note = "interrupt"
        case .resumed: note = "resumed"
        case .terminate: return 3
        case .hangup: return 4
        }
      }
    }
  }

  static func screen(_ terminal: CursesTerminal, _ note: String, _ colorful: Bool) -> CellGrid {
    var grid = terminal.blankGrid()
    let parts = grid.bounds.rows([.fixed(1), .share(1), .fixed(1)])
    grid.put("probe \(terminal.size) \(terminal.appearance.colors)", in: parts[0], role: .strong)
    let inside = grid.drawPane("犬 pane", in: parts[1], focused: true)
    if colorful {
      let values = (0..<inside.width * inside.height).map { Float($0) }
      let picture = ScalarPicture(width: inside.width, height: inside.height, values: values)
      grid.draw(picture, map: .viridis, range: picture.range, in: inside, fit: .fill)
    }
    grid.drawStatus(left: StyledLine("note: \(note)"), in: parts[2])
    return grid
  }

  /// A pair of colours of its own for each cell, and other ones in each round.
  static func paintPairs(on grid: inout CellGrid, from round: Int) {
    for y in 1..<max(1, grid.size.height - 1) {
      for x in 0..<grid.size.width {
        let index = (round * grid.size.height + y) * grid.size.width + x
        let style = Style(.indexed(UInt8(index & 255)), on: .indexed(UInt8(index >> 8 & 255)))
        grid.set("x", x: x, y: y, style: style)
      }
    }
  }

  /// Calls itself until the stack ends.
  @inline(never) @_optimize(none) static func overflow(_ depth: Int) -> Int {
    var room = [depth, depth + 1]
    room[depth & 1] = depth < 0 ? 0 : overflow(depth + 1)
    return room[0] + room[1]
  }

  static func say(_ text: String) { _ = text.withCString { write(2, $0, strlen($0)) } }
}

/// Rings the bell from another thread.
final class DetachedRing: Sendable {
  let wakeUp: WakeUp
  init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }

  func start() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        Unmanaged<DetachedRing>.fromOpaque(context!).takeRetainedValue().wakeUp.signal()
        return nil
      }, context)
    pthread_detach(thread)
  }
}
