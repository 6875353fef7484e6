import Explorer
import Foundation
import PseudoTerminal
import TerminalUI
import Testing

/// What the explorer cannot write, as on a disk that is full for a while: sessions, scores, the log.
@Suite(.serialized) final class UnsavedTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets").path
  private let folder = FileManager.default.temporaryDirectory.appending(path: "unsaved-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private var automatic: URL { folder.appending(path: "state/c3n/sessions/autosave-embedded.json") }
  private var previous: URL { folder.appending(path: "state/c3n/sessions/autosave-embedded.previous-1.json") }

  private func terminal(_ arguments: [String] = []) throws -> PseudoTerminal {
    try PseudoTerminal(
      program: "c3n", arguments: ["explore"] + arguments,
      environment: [
        "C3N_ASSETS": Self.assets, "HOME": folder.path,
        "XDG_STATE_HOME": folder.appending(path: "state").path,
        "LC_ALL": "C.UTF-8",
      ].merging(
        ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS") || $0.key == "PATH" }
      ) { own, _ in own }, size: Size(width: 120, height: 40), in: folder)
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  /// Waits for what another process writes.
  private func session(where isWanted: (Session) -> Bool) throws -> Session? {
    let limit = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < limit {
      if let session = try (try? Data(contentsOf: automatic)).map({ try Session(json: $0) }),
        isWanted(session)
      {
        return session
      }
      usleep(20_000)
    }
    return nil
  }

  /// Makes every write of the session fail, for whoever runs the test: something else is in the place of its folder.
  private func withoutSessions(_ body: () throws -> Void) throws {
    let place = automatic.deletingLastPathComponent()
    let aside = folder.appending(path: "aside")
    if FileManager.default.fileExists(atPath: place.path) {
      try FileManager.default.moveItem(at: place, to: aside)
    } else {
      try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try Data().write(to: place)
    try body()
    try FileManager.default.removeItem(at: place)
    try FileManager.default.moveItem(at: aside, to: place)
  }

  @Test func whatCouldNotBeSavedIsSavedLater() throws {
    do {
      let before = try terminal()
      try before.expect("clips")
      before.type(";cbefore\rq")
      #expect(try before.end() == 0)
    }
    let terminal = try terminal()
    try terminal.expect("--fresh starts without")
    try withoutSessions {
      terminal.type("j;cfirst\r")
      try terminal.expect("changes not saved yet: ")
      terminal.type("jmk")
      _ = terminal.bytes(within: 900)
    }
    #expect(try Session(json: Data(contentsOf: automatic)).notes.map(\.text) == ["before"])
    terminal.type("j;csecond\r")
    try terminal.expect("saved again")
    let saved = try session { $0.notes.count == 3 }
    #expect(
      saved.map { Set($0.notes.map(\.text)) } == ["before", "first", "second"], "nothing is taken for deleted"
    )
    #expect(saved?.bookmarks.keys.sorted() == ["k"])
    terminal.type("q")
    #expect(try terminal.end() == 0)
  }

  @Test func whatCouldNotBeSavedIsSavedAtTheEnd() throws {
    let terminal = try terminal()
    try terminal.expect("clips")
    try withoutSessions {
      terminal.type(";cprecious\r")
      try terminal.expect("changes not saved yet: ")
    }
    terminal.type("q")
    #expect(try terminal.end() == 0)
    #expect(try Session(json: Data(contentsOf: automatic)).notes.map(\.text) == ["precious"])
  }

  @Test func whatCannotBeSavedAtTheEndIsTold() throws {
    try withoutSessions {
      let terminal = try terminal()
      try terminal.expect("clips")
      terminal.type(";cprecious\rq")
      #expect(try terminal.end() == 1)
      #expect(
        terminal.text.contains("c3n: the last changes are not saved: \(folder.path)/state/c3n/sessions"),
        "\(terminal.text)")
      // Without changes nothing is lost.
      let idle = try self.terminal()
      try idle.expect("clips")
      idle.type("q")
      #expect(try idle.end() == 0)
    }
  }

  /// Another session of the same clips takes the place of one that could not be written.
  @Test func aSessionThatWasLeftUnsavedIsNotLost() throws {
    try write(
      #"{"format": "c3n-session", "version": 1, "notes": [{"clip": "dog_c3n_001", "text": "other"}]}"#,
      "other.json")
    let terminal = try terminal()
    try terminal.expect("clips")
    try withoutSessions {
      terminal.type(";cprecious\r")
      try terminal.expect("changes not saved yet: ")
      terminal.type("\u{1B}Zo\(folder.path)/other.json\r")
      _ = terminal.bytes(within: 900, first: 2000)
    }
    terminal.type("mk")
    _ = terminal.bytes(within: 900, first: 2000)
    terminal.type("q")
    #expect(try terminal.end() == 0)
    let session = try Session(json: Data(contentsOf: automatic))
    #expect(session.notes.map(\.text) == ["other"] && session.bookmarks.keys.sorted() == ["k"])
    #expect(try Session(json: Data(contentsOf: previous)).notes.map(\.text) == ["precious"])
  }

  /// Scores and exports, too; and a log that cannot be written is no reason not to begin.
  @Test func otherThingsThatCannotBeWrittenAreTold() throws {
    let state = folder.appending(path: "state/c3n")
    for name in ["explorer.log", "results.sqlite"] {
      try FileManager.default.createDirectory(
        at: state.appending(path: name), withIntermediateDirectories: true)
    }
    let terminal = try terminal(["--clip", "dog_c3n_001"])
    try terminal.expect("precision")
    try terminal.expect("scores are not kept: ")
    terminal.type("\u{1B}qq")
    #expect(try terminal.end() == 1)
    #expect(
      terminal.text.contains("c3n: scores of 1 run are not kept: \(state.path)/results.sqlite"),
      "\(terminal.text)")
  }
}
