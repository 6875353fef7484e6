import Foundation
import GRDB
import Glibc

/// Finished clips in a SQLite file, each kept the moment it is finished.
///
/// Several processes may use the file at once (write-ahead log); whoever finds it locked waits. A process that is
/// killed loses nothing that it has stored.
public struct ResultsDatabase: Sendable {
  /// The file.
  public let path: String

  /// Why nothing can be stored, in one line; nil where it can.
  public let limitation: String?

  let queue: DatabaseQueue

  /// The file that was opened; nil for none.
  private let file: FileMark?

  /// `c3nr` in ASCII: marks the file as ours (`PRAGMA application_id`).
  private static let application: Int32 = 0x6333_6e72

  /// The arrangement of the tables (`PRAGMA user_version`).
  private static let version: Int32 = 1

  /// `c3n/results.sqlite` in `XDG_STATE_HOME`, or in `~/.local/state`.
  public static func defaultPath(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (state ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state") + "/c3n/results.sqlite"
  }

  /// Opens the file, or makes it and the folders above it. One that cannot be written is read, and ``limitation`` says so.
  ///
  /// Throws ``ResultsError`` for a file that is something else, damaged or of a newer version, and leaves it alone; and for one
  /// that is not there and cannot be made.
  public init(opening path: String) throws {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0 && status.st_size > 0
    if !isThere { try Self.makeFolder(of: path) }
    do {
      if isThere, let reason = Self.writeProtection(of: path) {
        (queue, limitation) = try Self.reading(path, because: reason)
      } else {
        try Self.examine(path)
        queue = try Self.connect(path)
        limitation = nil
      }
    } catch let error as DatabaseError where isThere && error.isOfWriting {
      (queue, limitation) = try describingErrors(path) {
        try Self.reading(path, because: error.message ?? "error \(error.resultCode.rawValue)")
      }
    } catch let error as DatabaseError {
      throw ResultsError(path: path, error, cannotBeMade: !isThere && error.isOfWriting)
    }
    file = FileMark(path)
  }

  /// A database that ends with the process, for results that there is no file for.
  ///
  /// - Parameters:
  ///   - path: the file that cannot be made.
  ///   - reason: why; it becomes the ``limitation``.
  public init(inMemoryInsteadOf path: String, because reason: String) throws {
    self.path = path
    limitation = reason
    file = nil
    queue = try describingErrors(path) {
      let queue = try DatabaseQueue()
      try queue.write { try Self.makeMissingTables($0) }
      return queue
    }
  }

  /// Whether the file is still the one of its name: what is stored in one that was deleted or replaced is lost.
  public var isInPlace: Bool { file == nil || file == FileMark(path) }

  private static func makeFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    var missing: [String] = []
    var url = folder
    while access(url.path, F_OK) != 0, url.path != "/" {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    for place in missing.reversed() where mkdir(place, 0o777) != 0 && errno != EEXIST {
      throw ResultsError(
        path: folder.path, problem: "the folder cannot be made: \(String(cString: strerror(errno)))",
        cannotBeMade: true)
    }
  }

  /// Opens the file if there is one; a reader asks with this, and makes nothing.
  public static func existing(_ path: String) throws -> ResultsDatabase? {
    access(path, F_OK) == 0 ? try ResultsDatabase(opening: path) : nil
  }

  /// Looks at a file without changing it: nothing may be written before it is known to be ours.
  private static func examine(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_size > 0 else { return }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(30)
    let queue = try DatabaseQueue(path: plain(path), configuration: configuration)
    defer {
      try? queue.close()
      // Closed, but not released: libdispatch destroys what belongs to a queue on its global queues, and wakes every
      // second for good once it ran anything there. The explorer must not wake at rest.
      _ = Unmanaged.passRetained(queue)
    }
    try queue.read { try expectOwn($0, path) }
  }

  /// Throws ``ResultsError`` for the database of another program or version.
  static func expectOwn(_ database: Database, _ path: String) throws {
    let mark = try Self.mark(of: database)
    let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    if mark != application && (mark != 0 || tables > 0) {
      throw ResultsError(
        path: path,
        problem: "a SQLite database of another program, with \(tables) tables; \(ResultsError.advice)")
    }
    if mark == application && version != Self.version {
      throw ResultsError(
        path: path,
        problem: "results of version \(version); expected \(Self.version); \(ResultsError.advice)")
    }
  }

  /// A path that SQLite does not take for a URI.
  static func plain(_ path: String) -> String { path.hasPrefix("file:") ? "./\(path)" : path }

  private static func mark(of database: Database) throws -> Int32 {
    try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
  }

  private static func connect(_ path: String) throws -> DatabaseQueue {
    let queue = try openForWriting(plain(path))
    try queue.write { try makeMissingTables($0) }
    return queue
  }

  private static func makeMissingTables(_ database: Database) throws {
    // Another process may have made the tables since the file was examined.
    if try Self.mark(of: database) == 0 { try Self.makeTables(database) }
    // A table of its own: programs that do not know it read and write the file as before.
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS finished (
          clip INTEGER PRIMARY KEY REFERENCES clip (id) ON DELETE CASCADE,
          at INTEGER NOT NULL
        ) STRICT
        """)
  }

  private static func openForWriting(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { database in
      // Not through `journalMode`, which writes to the file whenever it is opened.
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      // A finished clip survives a power failure too; a commit a clip costs little beside computing it.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    // Turning a new file to the write-ahead log does not wait for another process that does the same.
    for _ in 0..<200 {
      do {
        return try DatabaseQueue(path: path, configuration: configuration)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        usleep(50_000)
      }
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static func makeTables(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE setting (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE clip (
          id INTEGER PRIMARY KEY,
          setting INTEGER NOT NULL REFERENCES setting (id),
          frames_folder TEXT NOT NULL,
          stamp TEXT NOT NULL,
          iou REAL NOT NULL,
          f REAL,
          seconds REAL NOT NULL,
          UNIQUE (setting, frames_folder)
        ) STRICT;
        CREATE TABLE frame (
          clip INTEGER NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
          position INTEGER NOT NULL,
          iou REAL NOT NULL,
          f_curve BLOB,
          PRIMARY KEY (clip, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE file (
          path TEXT PRIMARY KEY,
          stamp TEXT NOT NULL,
          sha256 TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        PRAGMA application_id = \(application);
        PRAGMA user_version = \(version);
        """)
  }
}
