import CNcurses
import Glibc
import TerminalUI

/// The terminal as a full screen, by ncurses. The process has one at a time, used by one thread.
///
/// While it is active, the process' own stdout and stderr go to a log, so that nothing a library prints lands on
/// the screen. Signals, a crash included, give the terminal back as it was.
public final class CursesTerminal {
  /// What can be shown: the appearance asked for within the limits of the terminal.
  public let appearance: Appearance
  /// The extent of the window.
  public private(set) var size: Size

  private let wakeUp: WakeUp?
  private var shown: CellGrid?
  private var pairs: PairCache
  // For terminals like xterm: what they show, nil when that is not known.
  private let writesItself: Bool
  private var writer: ScreenWriter?
  private var allowance = ByteAllowance()
  private var isPasting = false
  private var isActive = true

  /// Takes over the terminal.
  ///
  /// - Parameters:
  ///   - wanted: The colours and glyphs to use as far as the terminal has them.
  ///   - log: The file that stdout and stderr are appended to meanwhile; nil drops what is written there.
  ///   - wakeUp: The bell that ends waiting.
  ///   - input: The terminal's descriptor for keys.
  ///   - output: The terminal's descriptor for the screen.
  /// - Throws: `CursesTerminalError`; the terminal then is as before.
  public init(
    appearance wanted: Appearance, log: String? = nil, wakeUp: WakeUp? = nil, input: Int32 = 0,
    output: Int32 = 1
  ) throws(CursesTerminalError) {
    let result = terminal_start(input, output, log, wanted.colors > .monochrome, wanted.glyphs > .ascii)
    let code = errno
    let type = getenv("TERM").map { String(cString: $0) } ?? ""
    switch result {
    case TERMINAL_STARTED: break
    case TERMINAL_NO_TTY: throw .noTerminal
    case TERMINAL_UNKNOWN_TYPE: throw .unknownType(type)
    case TERMINAL_NO_CURSOR_MOTION: throw .noCursorMotion(type)
    case TERMINAL_LOG_FAILED: throw .log(log ?? "/dev/null", code)
    default: throw .system("newterm", code)
    }
    let depth: ColorDepth =
      switch terminal_colors() {
      case ..<8: .monochrome
      case ..<256: .ansi8
      // It is used only where somebody asks for it, which is as good as terminfo's word.
      default: terminal_has_direct_color() || terminal_is_like_xterm() ? .truecolor : .indexed256
      }
    let glyphs: GlyphSet = terminal_has_unicode() ? .quadrants : .ascii
    appearance = wanted.limited(to: Appearance(colors: depth, glyphs: glyphs))
    pairs = PairCache(limit: terminal_pair_limit(), direct: terminal_has_direct_color())
    writesItself = terminal_is_like_xterm()
    self.wakeUp = wakeUp
    size = Self.measure()
  }

  deinit { restore() }

  /// Gives the terminal back as it was. Later calls do nothing.
  public func restore() {
    guard isActive else { return }
    isActive = false
    terminal_stop()
  }

  /// Gives the terminal back from any thread, for a process that ends at once: nothing but the terminal's state is cared for.
  public static func giveBackAtOnce() { terminal_give_back() }

  /// A blank grid of the window's extent.
  public func blankGrid() -> CellGrid { CellGrid(size: size, appearance: appearance) }

  /// Shows a grid. Only cells that differ from what is shown are sent; an unchanged grid sends nothing.
  ///
  /// On terminals like xterm not more than eight bytes a cell go out in a tenth of a second: tmux drops what is above.
  ///
  /// - Returns: Whether all of it is shown now; otherwise the rest waits for the next call, a tenth of a second later.
  @discardableResult
  public func present(_ grid: CellGrid) -> Bool {
    // A grid of another extent was drawn before the event that tells the extent.
    guard isActive, grid.size == size else { return true }
    if writesItself { return write(grid) }
    if grid != shown { putAll(grid) }
    return true
  }

  private func write(_ grid: CellGrid) -> Bool {
    let limit = 8 * size.width * size.height
    let room = limit - allowance.used()
    if writer == nil {
      // A screen that is cleared but not drawn would flicker.
      if room < limit / 2 { return false }
      // curses believes in an empty screen for ever: it clears it, and after a stop takes it again.
      terminal_erase()
      terminal_repaint()
      terminal_flush()
      writer = ScreenWriter(blank: size, colors: appearance.colors, knows: Self.knows)
    }
    // The row that changes least is written all the same: a key is answered at once, and there is room left for that.
    let row = ScreenWriter.mostBytes(appearance.colors) * size.width * 4 / 5
    let update = writer!.update(to: grid, limit: max(1, room - row))
    terminal_send(update.bytes, Int32(update.bytes.count))
    allowance.use(update.bytes.count)
    return update.isComplete
  }

  private func putAll(_ grid: CellGrid) {
    if pairs.isNearlyFull(cells: size.width * size.height) {
      pairs.removeAll()
      terminal_forget_pairs()
      shown = nil
    }
    let before = shown
    if before == nil { terminal_erase() }
    let blank = Cell()
    for y in 0..<size.height {
      for x in 0..<size.width {
        let index = y * grid.size.width + x
        let cell = grid.cells[index]
        if cell == (before?.cells[index] ?? blank) || cell.isContinuation { continue }
        put(cell, x: x, y: y)
      }
    }
    terminal_flush()
    shown = grid
  }

  /// Paints everything anew at the next `present`: Ctrl-L.
  public func repaint() {
    shown = nil
    writer = nil
    terminal_repaint()
  }

  /// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again once continued. The
  /// window may have a new extent then.
  public func suspend() {
    guard isActive else { return }
    terminal_suspend()
    remeasure()
  }

  /// Waits for something to happen: without a deadline as long as it takes, using no time.
  ///
  /// - Returns: At least one event, in the order they came.
  public func waitForEvents(until deadline: ContinuousClock.Instant? = nil) -> [TerminalEvent] {
    guard isActive else { return [.hangup] }
    while true {
      var sources = [
        pollfd(fd: terminal_input(), events: Int16(POLLIN), revents: 0),
        pollfd(fd: terminal_signals(), events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeUp?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&sources, nfds_t(sources.count), Self.milliseconds(until: deadline))
      if ready < 0 && errno != EINTR { return [.hangup] }
      var events: [TerminalEvent] = []
      if ready > 0 {
        if sources[1].revents != 0 { events += readSignals() }
        if sources[0].revents != 0 { events += readKeys() }
        if sources[2].revents != 0, let wakeUp {
          wakeUp.clear()
          events.append(.wake)
        }
      }
      if let deadline, ContinuousClock.now >= deadline { events.append(.deadline) }
      if !events.isEmpty { return events }
    }
  }

  private func put(_ cell: Cell, x: Int, y: Int) {
    let pair = pairs.pair(cell.style)
    var attributes = UInt32(cell.style.attributes.rawValue)
    if pair.reversed { attributes ^= UInt32(Attributes.reverse.rawValue) }
    Self.withScalars(of: cell) { scalars, count in
      terminal_put(
        Int32(y), Int32(x), scalars, count, Int32(cell.columns), attributes, pair.number)
    }
  }

  private static func knows(_ cell: Cell) -> Bool {
    withScalars(of: cell) { terminal_measures($0, $1, Int32(cell.columns)) }
  }

  private static func withScalars<Result>(
    of cell: Cell, _ body: (UnsafePointer<UInt32>, Int32) -> Result
  ) -> Result {
    var scalars: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    var count: Int32 = 0
    return withUnsafeMutableBytes(of: &scalars) { bytes in
      let values = bytes.assumingMemoryBound(to: UInt32.self)
      for scalar in cell.glyph.unicodeScalars.prefix(4) {
        values[Int(count)] = scalar.value
        count += 1
      }
      return body(values.baseAddress!, count)
    }
  }

  private func readSignals() -> [TerminalEvent] {
    var numbers = [UInt8](repeating: 0, count: 256)
    let count = read(terminal_signals(), &numbers, numbers.count)
    guard count > 0 else { return [] }
    var events: [TerminalEvent] = []
    var resized = false
    for number in numbers[..<count] {
      switch Int32(number) {
      case SIGWINCH: resized = true
      case SIGINT: events.append(.interrupt)
      case SIGTERM: events.append(.terminate)
      case SIGHUP: events.append(.hangup)
      case SIGTSTP:
        suspend()
        events.append(.resumed)
        resized = true
      case SIGCONT:
        terminal_reenter()
        events.append(.resumed)
        resized = true
      default: break
      }
    }
    // However often it was dragged, only the last extent counts.
    if resized && remeasure() { events.append(.resize(size)) }
    return events
  }

  private func readKeys() -> [TerminalEvent] {
    if terminal_input_ended() { return [.hangup] }
    var events: [TerminalEvent] = []
    var value: UInt32 = 0
    while true {
      let kind = terminal_read_key(&value)
      guard kind != 0 else { return events }
      if kind == 2
        && (value == TERMINAL_KEY_PASTE_BEGINS.rawValue || value == TERMINAL_KEY_PASTE_ENDS.rawValue)
      {
        isPasting = value == TERMINAL_KEY_PASTE_BEGINS.rawValue
        continue
      }
      guard let key = KeyEvent(curses: value, isNamed: kind == 2) else { continue }
      // Pasted text would be taken for commands. Esc ends a paste whose end got lost.
      if isPasting {
        isPasting = key != .named(.escape)
      } else {
        events.append(.key(key))
      }
    }
  }

  // Whether the extent changed. The screen is painted anew either way: terminals move text when they resize.
  @discardableResult
  private func remeasure() -> Bool {
    let before = size
    size = Self.measure()
    terminal_resize(Int32(size.height), Int32(size.width))
    shown = nil
    writer = nil
    return size != before
  }

  private static func measure() -> Size {
    var rows: Int32 = 0
    var columns: Int32 = 0
    terminal_size(&rows, &columns)
    return Size(width: Int(columns), height: Int(rows))
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
    guard let deadline else { return -1 }
    let (seconds, attoseconds) = (deadline - .now).components
    if seconds < 0 || attoseconds < 0 { return 0 }
    // Rounded up, otherwise the last millisecond would be spent spinning.
    let milliseconds =
      min(seconds, 1_000_000) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(milliseconds)
  }
}
