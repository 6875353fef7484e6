import Foundation
import GRDB
import Glibc

extension ResultsDatabase {
  /// Why a file cannot be written, or SQLite cannot write its log beside it, such as in a folder of somebody else's; nil where
  /// both can be.
  static func writeProtection(of path: String) -> String? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    // A log that is there already is written like the file.
    for place in [path, hasLog(path) ? path + "-wal" : folder] where access(place, W_OK) != 0 {
      return String(cString: strerror(errno))
    }
    return nil
  }

  private static func hasLog(_ path: String) -> Bool {
    access(path + "-wal", F_OK) == 0 && access(path + "-shm", F_OK) == 0
  }

  /// Opens a file that cannot be written, and makes none beside it, which would be in the way of those who can.
  ///
  /// - Returns: The connection, and what it cannot do.
  static func reading(_ path: String, because reason: String) throws -> (DatabaseQueue, limitation: String) {
    let limitation = "\(path): can only be read (\(reason)): new results are not kept"
    // Somebody has it open, or has left its log.
    if hasLog(path), let queue = try? openForReading(plain(path), path) { return (queue, limitation) }
    // The file alone, taken for one that nobody changes: SQLite needs no files beside it then.
    let queue = try openForReading("file:\(escaped(path))?immutable=1", path)
    var log = stat()
    let hasMore = stat(path + "-wal", &log) == 0 && log.st_size > 0
    return (queue, limitation + (hasMore ? "; those stored last, in \(path)-wal, cannot be read" : ""))
  }

  private static func openForReading(_ name: String, _ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      // Files of programs that did not write the time down have no such table, and none can be made in them.
      guard try !database.tableExists("finished") else { return }
      try database.execute(sql: "CREATE TEMP TABLE finished (clip INTEGER PRIMARY KEY, at INTEGER NOT NULL)")
    }
    let queue = try DatabaseQueue(path: name, configuration: configuration)
    try queue.read { try expectOwn($0, path) }
    return queue
  }

  /// A path as a part of a URI.
  private static func escaped(_ path: String) -> String {
    let whole = URL(fileURLWithPath: path).path
    return whole.addingPercentEncoding(
      withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "/-_.~")))
      ?? whole
  }
}

extension DatabaseError {
  /// Whether a file cannot be opened or written, for whatever reason: rights, a file system that can only be read, a full disk.
  var isOfWriting: Bool {
    let codes: [ResultCode] = [
      .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_AUTH,
    ]
    return codes.contains(resultCode)
  }
}

/// Which file a path means.
struct FileMark: Equatable {
  private let device, number: UInt64

  /// nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}
