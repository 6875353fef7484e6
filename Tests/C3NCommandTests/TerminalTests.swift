import Explorer
import Foundation
import Glibc
import PseudoTerminal
import TerminalUI
import Testing

/// The explorer as a user runs it: the real program on a real terminal with the embedded model.
@Suite(.serialized) struct TerminalTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets").path

  /// The explorer in a folder of its own, which is its home too.
  private func explorer(_ size: Size = Size(width: 120, height: 40)) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      program: "c3n", arguments: ["explore"],
      environment: [
        "LC_ALL": "C.UTF-8", "C3N_ASSETS": Self.assets,
      ].merging(
        ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS") || $0.key == "PATH" }
      ) {
        own, _ in own
      }, size: size)
    try terminal.expect("Clips")
    return terminal
  }

  /// Presses a key and repaints until the whole screen shows a text.
  private func press(_ keys: String, _ terminal: PseudoTerminal, until text: String) throws {
    terminal.type(keys)
    for attempt in 1...60 {
      terminal.type("\u{C}")
      _ = terminal.bytes(within: 100, first: 1000)
      if terminal.text.contains(text) { return }
      if attempt == 60 { try terminal.expect(text, within: 1) }
    }
  }

  @Test func aClipIsOpenedRunSteppedAndLeft() throws {
    let terminal = try explorer()
    #expect(terminal.text.contains("\u{1B}[?1049h") && terminal.modes != terminal.modesBefore)
    try press("\r", terminal, until: "precision")
    #expect(terminal.text.contains("frame 1/5") && terminal.text.contains("unified label"))
    try press(".", terminal, until: "frame 2/5")
    try press("oo", terminal, until: "sigmoid > 0.5")
    try press("3", terminal, until: "label similarity")
    try press("4", terminal, until: "stage 4")
    try press("a", terminal, until: "0.05")
    // The embedded model compares rows of Table II; the last of three columns has come to its end.
    try press("5", terminal, until: "CC-V")
    try press("", terminal, until: "vs ref")
    try press("1", terminal, until: "this session")
    terminal.resize(to: Size(width: 80, height: 24))
    try press("6", terminal, until: "resident")
    terminal.type("et")
    try terminal.expect("written:")
    #expect(try FileManager.default.contentsOfDirectory(atPath: terminal.folder.path).contains("jobs.txt"))
    terminal.type("qq")
    #expect(try terminal.end() == 0)
    #expect(terminal.text.contains("\u{1B}[?1049l") && terminal.text.contains("\u{1B}[?25h"))
    #expect(terminal.modes == terminal.modesBefore)
  }

  /// Neither the threads of the screen nor those that read, write and compute: nothing wakes while nothing happens.
  @Test func nothingWakesAtRest() throws {
    let terminal = try explorer()
    try press("\r", terminal, until: "precision")
    // What was started is done and kept by then; libdispatch's threads leave after five seconds, once.
    _ = terminal.bytes(within: 7000)
    func wakeUps() throws -> [String: Int] {
      let folder = "/proc/\(terminal.process)/task"
      let tasks = try FileManager.default.contentsOfDirectory(atPath: folder)
      return try Dictionary(
        uniqueKeysWithValues: tasks.map { task in
          let status = try String(contentsOfFile: "\(folder)/\(task)/status", encoding: .utf8)
          let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }
          return (task, Int(line?.split(separator: "\t").last ?? "") ?? -1)
        })
    }
    let before = try wakeUps()
    #expect(!before.values.contains(-1))
    #expect(terminal.bytes(within: 2500) == 0)
    #expect(try wakeUps() == before)
    terminal.type("qq")
    #expect(try terminal.end() == 0)
  }

  @Test func aRunThatIsLeftInTheMiddleEndsAtOnce() throws {
    let terminal = try explorer()
    terminal.type("\r")
    try terminal.expect("Inspect")
    kill(terminal.process, SIGTERM)
    #expect(try terminal.end() == 128 + SIGTERM)
    #expect(terminal.modes == terminal.modesBefore)
  }

  /// As a shell counts signals; the last change is saved, and the terminal is as before.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsItInOrder(_ signal: Int32) throws {
    let terminal = try explorer()
    _ = terminal.bytes(within: 300, first: 1000)
    terminal.type("mk")
    _ = terminal.bytes(within: 100, first: 1000)
    kill(terminal.process, signal)
    #expect(try terminal.end() == 128 + signal)
    #expect(terminal.text.contains("\u{1B}[?1049l") && terminal.modes == terminal.modesBefore)
    #expect(try bookmarks(terminal) == ["k"])
  }

  @Test func aWindowThatIsClosedEndsItInOrder() throws {
    let terminal = try explorer()
    _ = terminal.bytes(within: 300, first: 1000)
    terminal.type("mk")
    _ = terminal.bytes(within: 100, first: 1000)
    terminal.hangUp()
    #expect(try terminal.end() == 128 + SIGHUP)
    #expect(try bookmarks(terminal) == ["k"])
  }

  /// The bookmarks of the session that kept itself in the terminal's home.
  private func bookmarks(_ terminal: PseudoTerminal) throws -> [String] {
    let path = terminal.folder.appending(path: ".local/state/c3n/sessions/autosave-embedded.json")
    return try Session(json: Data(contentsOf: path)).bookmarks.keys.sorted()
  }

  /// Two hundred keys while jobs run and the window changes; `Tests/Terminal/soak.py` presses ten thousand.
  @Test(arguments: [1, 2] as [UInt64]) func randomKeysNeitherCrashNorStickNorKeepTheTerminal(
    _ seed: UInt64
  ) throws {
    var random = Generator(state: seed)
    let frequent = "12345.,][hjklo\r\tarAbxuwtvzc".map(String.init) + ["et", "ej", "ef", "eg", "gg"]
    let rare =
      (0x20..<0x7F).map { String(UnicodeScalar(UInt8($0))) } + [
        "\u{1B}[A", "\u{1B}[B", "\u{1B}[6~", "\u{1B}[Z", "é",
      ]
      + (1...26).map { String(UnicodeScalar(UInt8($0))) } + ["\u{1B}"]
    let sizes = [(120, 40), (80, 24), (200, 60), (40, 12), (39, 11), (1, 1)].map {
      Size(width: $0.0, height: $0.1)
    }
    var terminal = try explorer()
    // Quitting is one of the keys' meanings.
    func goOnIfEnded() throws {
      guard terminal.hasEnded else { return }
      #expect(try terminal.end() == 0)
      #expect(terminal.modes == terminal.modesBefore)
      terminal = try explorer()
    }
    for step in 0..<200 {
      terminal.type(
        Bool.random(using: &random)
          ? frequent.randomElement(using: &random)! : rare.randomElement(using: &random)!)
      if step % 20 == 19 { terminal.resize(to: sizes.randomElement(using: &random)!) }
      _ = terminal.bytes(within: 1, first: step % 10 == 0 ? 30 : 1)
      try goOnIfEnded()
    }
    // A busy machine answers the last keys later, and one of them may be to quit.
    for _ in 0..<20 where terminal.bytes(within: 40, first: 300) == 0 { break }
    try goOnIfEnded()
    terminal.resize(to: Size(width: 120, height: 40))
    // Whatever is open is closed, all clips are shown again, and the first is run.
    for keys in ["\u{1B}", "\u{1B}", "\u{1B}", "\u{1B}", "_", "R", "1", "f", "\u{15}", "\r", "gg", "\r"] {
      terminal.type(keys)
      _ = terminal.bytes(within: 60)
    }
    try press("2", terminal, until: "precision")
    kill(terminal.process, SIGTERM)
    #expect(try terminal.end() == 128 + SIGTERM)
    #expect(terminal.modes == terminal.modesBefore)
  }
}

/// Marsaglia's xorshift, so that a seed always presses the same keys.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
