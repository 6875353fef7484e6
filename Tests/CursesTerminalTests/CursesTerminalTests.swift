import CursesTerminal
import Foundation
import PseudoTerminal
import TerminalUI
import Testing

@Suite(.serialized) struct CursesTerminalTests {
  let leavesScreen = "\u{1B}[?1049l"
  let showsCursor = "\u{1B}[?25h"

  func started(_ term: String = "xterm-256color", _ environment: [String: String] = ["LC_ALL": "C.UTF-8"])
    throws
    -> PseudoTerminal
  {
    let terminal = try PseudoTerminal(term: term, environment: environment)
    try terminal.expect("note: none")
    return terminal
  }

  @Test func drawsAndQuits() throws {
    let terminal = try started()
    #expect(terminal.text.contains("\u{1B}[?1049h"))
    #expect(terminal.text.contains("probe 80x24 indexed256"))
    // After a glyph that terminals may measure otherwise the cursor is placed anew.
    #expect(terminal.text.contains("犬\u{1B}[2;6H pane"))
    #expect(terminal.modes != terminal.modesBefore)
    terminal.type("q")
    #expect(try terminal.end() == 0)
    #expect(terminal.text.contains(leavesScreen))
    #expect(terminal.text.contains(showsCursor))
    #expect(terminal.text.components(separatedBy: leavesScreen).count == 2)
    #expect(terminal.text.hasSuffix("status 0\r\n"))
    #expect(terminal.modes == terminal.modesBefore)
  }

  @Test func keysArrive() throws {
    let terminal = try started()
    let keys = [
      ("x", "key x"), ("\u{1B}[A", "key Up"), ("\u{1B}OB", "key Down"), ("\u{1B}[6~", "key PgDn"),
      ("\u{1B}[Z", "key S-Tab"), ("\t", "key Tab"), ("\r", "key Enter"), ("\u{3}", "key Ctrl-c"),
      (" ", "key Space"), ("\u{1B}", "key Esc"), ("\u{7F}", "key Backspace"), ("é", "key é"),
      ("\u{4}", "key Ctrl-d"),
      ("\u{1B}OP", "key F1"),
    ]
    for (bytes, note) in keys {
      // Curses sends only what changes, so what was there before must differ in every character.
      terminal.type("0")
      try terminal.expect("0")
      terminal.type("\u{C}")
      try terminal.expect("note: key 0")
      terminal.type(bytes)
      terminal.type("\u{C}")
      try terminal.expect("note: \(note)")
    }
  }

  @Test func pastesAreNoCommands() throws {
    let terminal = try started()
    terminal.type("\u{1B}[200~qat\u{1B}[201~x")
    terminal.type("\u{C}")
    try terminal.expect("note: key x")
  }

  @Test func resizes() throws {
    let terminal = try started()
    terminal.resize(to: Size(width: 100, height: 30))
    try terminal.expect("probe 100x30")
    terminal.resize(to: Size(width: 20, height: 5))
    try terminal.expect("probe 20x5")
    terminal.resize(to: Size(width: 1, height: 1))
    try terminal.expect("…")
    terminal.resize(to: Size(width: 80, height: 24))
    try terminal.expect("note: resized")
  }

  @Test func nothingToShowSendsNothing() throws {
    let terminal = try started()
    _ = terminal.bytes(within: 50)
    #expect(terminal.bytes(within: 1000) == 0)
    terminal.type("u")
    #expect(terminal.bytes(within: 300) == 0)
    terminal.type("x")
    let few = terminal.bytes(within: 300, first: 10_000)
    #expect(few > 0 && few < 60)
  }

  @Test func idleUsesNoTime() throws {
    let terminal = try started()
    _ = terminal.bytes(within: 50)
    func switches() throws -> String {
      let status = try String(contentsOfFile: "/proc/\(terminal.process)/status", encoding: .utf8)
      return status.split(separator: "\n").filter { $0.contains("ctxt_switches") }.joined()
    }
    let before = try switches()
    #expect(terminal.bytes(within: 1000) == 0)
    #expect(try switches() == before)
  }

  @Test func bellAndDeadlineWake() throws {
    let terminal = try started()
    terminal.type("w")
    try terminal.expect("woken")
    terminal.type("d")
    try terminal.expect("late")
    kill(terminal.process, SIGINT)
    try terminal.expect("interrupt")
  }

  @Test func printedTextGoesToTheLog() throws {
    let terminal = try started()
    terminal.type("nq")
    #expect(try terminal.end() == 0)
    #expect(!terminal.text.contains("noise"))
    #expect(try String(contentsOf: terminal.log, encoding: .utf8) == "noise from a library\n")
  }

  static let endings: [(signal: Int32, status: Int32)] = [
    (SIGTERM, 3), (SIGHUP, 4), (SIGABRT, -SIGABRT), (SIGSEGV, -SIGSEGV), (SIGBUS, -SIGBUS),
    (SIGQUIT, -SIGQUIT),
  ]

  @Test(arguments: endings)
  func signalsGiveTheTerminalBack(_ signal: Int32, _ status: Int32) throws {
    let terminal = try started()
    kill(terminal.process, signal)
    #expect(try terminal.end() == status)
    #expect(terminal.text.contains(leavesScreen))
    #expect(terminal.text.contains(showsCursor))
    #expect(terminal.modes == terminal.modesBefore)
  }

  @Test(arguments: ["a", "t", "o"]) func crashesGiveTheTerminalBack(_ key: String) throws {
    let terminal = try started()
    terminal.type(key)
    let status = try terminal.end()
    #expect([-SIGABRT, -SIGILL, -SIGTRAP, -SIGSEGV].contains(status))
    #expect(terminal.text.contains(leavesScreen))
    #expect(terminal.text.contains(showsCursor))
    #expect(terminal.modes == terminal.modesBefore)
    #expect(!terminal.text.contains("on purpose"))
  }

  // The leader of a session can't be stopped by SIGTSTP: it leaves the screen and comes back at once.
  @Test func suspensionLeavesAndComesBack() throws {
    let terminal = try started()
    terminal.type("\u{1A}")
    try terminal.expect("note: back")
    let left = try #require(terminal.text.range(of: leavesScreen))
    let back = try #require(terminal.text.range(of: "\u{1B}[?1049h"))
    #expect(left.lowerBound < back.lowerBound)
    kill(terminal.process, SIGSTOP)
    kill(terminal.process, SIGCONT)
    try terminal.expect("note: resumed")
    kill(terminal.process, SIGSTOP)
    terminal.setLineMode()
    terminal.type("\u{13}")
    kill(terminal.process, SIGCONT)
    // Ctrl-S outside does not keep the screen dark.
    try terminal.expect("note: resumed")
    terminal.type("q")
    #expect(try terminal.end() == 0)
    #expect(terminal.modes == terminal.modesBefore)
  }

  @Test(arguments: [
    ("xterm", "ansi8"), ("screen", "ansi8"), ("linux", "ansi8"), ("vt100", "monochrome"),
    ("xterm-256color", "indexed256"),
  ]) func drawsOnEveryTerminal(_ term: String, _ depth: String) throws {
    let terminal = try PseudoTerminal(term: term)
    try terminal.expect("probe 80x24 \(depth)")
    terminal.type("c")
    #expect(terminal.bytes(within: 300, first: 10_000) > 0)
    terminal.type("q")
    #expect(try terminal.end() == 0)
    #expect(terminal.modes == terminal.modesBefore)
  }

  // 80 x 22 pairs a round: more than eight colours have, and in sum more than 256 colours have. `linux` goes by curses and
  // its 64 pairs.
  @Test(arguments: [("linux", 3), ("xterm", 3), ("xterm-256color", 24)]) func pairsNeverRunOut(
    _ term: String, _ rounds: Int
  ) throws {
    let terminal = try started(term)
    for round in 1...rounds {
      terminal.type("p")
      terminal.type("\u{C}")
      try terminal.expect("note: pairs \(round)")
    }
    if term == "xterm-256color" {
      // The last cell above the status line.
      let index = (rounds * 24 + 22) * 80 + 79
      #expect(terminal.text.contains("38;5;\(index & 255)"))
      #expect(terminal.text.contains("48;5;\(index >> 8 & 255)m"))
    }
    terminal.type("q")
    #expect(try terminal.end() == 0)
  }

  /// Who asks for 24-bit colour gets it from the program's own writer, whose bytes are limited; by curses there would be
  /// none of it on a terminal that terminfo gives 256 colours.
  @Test(arguments: [("xterm-256color", "truecolor"), ("linux", "ansi8")])
  func truecolorIsWrittenWhereAskedFor(
    _ term: String, _ depth: String
  ) throws {
    let terminal = try started(term, ["LC_ALL": "C.UTF-8", "PROBE_COLOR": "1"])
    #expect(terminal.text.contains("probe 80x24 \(depth)"))
    terminal.type("c")
    #expect(terminal.bytes(within: 300, first: 10_000) > 1000)
    #expect(terminal.text.contains("8;2;") == (depth == "truecolor"))
    terminal.type("q")
    #expect(try terminal.end() == 0)
  }

  @Test func withoutColourNoColourIsSent() throws {
    let terminal = try started("xterm-256color", ["LC_ALL": "C.UTF-8", "NO_COLOR": "1"])
    terminal.type("c\u{C}")
    try terminal.expect("@@")
    #expect(!terminal.text.contains("38;5") && !terminal.text.contains("48;5"))
    #expect(terminal.text.range(of: "\u{1B}\\[3[0-79]m", options: .regularExpression) == nil)
  }

  @Test func withoutUnicodeOnlyASCIIIsSent() throws {
    let terminal = try started("xterm-256color", ["LC_ALL": "C"])
    terminal.type("c\u{C}")
    try terminal.expect("note: none")
    #expect(terminal.output.allSatisfy { $0 < 0x80 })
  }

  @Test(arguments: [
    ("no-such-terminal", "TERM=no-such-terminal is in no terminfo database"),
    ("dumb", "cannot place the cursor"),
    ("", "TERM is not set"),
  ]) func refusesClearly(_ term: String, _ message: String) throws {
    let terminal = try PseudoTerminal(term: term)
    #expect(try terminal.end() == 2)
    #expect(terminal.text.hasPrefix("refused: "))
    #expect(terminal.text.contains(message))
    #expect(terminal.modes == terminal.modesBefore)
  }

  @Test func aClosedWindowEndsIt() throws {
    let terminal = try started()
    terminal.hangUp()
    #expect(try terminal.end() == 4)
  }

  @Test func filesAreNoTerminals() throws {
    let file = open("/dev/null", O_RDWR)
    defer { close(file) }
    #expect(throws: CursesTerminalError.noTerminal) {
      try CursesTerminal(
        appearance: Appearance(colors: .ansi8, glyphs: .ascii), input: file, output: file)
    }
  }
}
