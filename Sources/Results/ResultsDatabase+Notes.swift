import AVSBench
import Foundation
import GRDB

extension ResultsDatabase {
  /// Keeps what is odd about a finished clip's files beside its result, so that it is told again where the result is.
  ///
  /// In a table of its own: programs that do not know it read and write the file as before.
  static func writeNotes(of clip: FinishedClip, _ key: String, in database: Database) throws {
    guard try !clip.notes.isEmpty || database.tableExists("note") else { return }
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS note (
          key TEXT NOT NULL,
          frames_folder TEXT NOT NULL,
          stamp TEXT NOT NULL,
          notes TEXT NOT NULL,
          PRIMARY KEY (key, frames_folder)
        ) STRICT
        """)
    let text = try String(decoding: JSONEncoder().encode(clip.notes), as: UTF8.self)
    try database.execute(
      sql: "INSERT OR REPLACE INTO note (key, frames_folder, stamp, notes) VALUES (?, ?, ?, ?)",
      arguments: [key, clip.framesFolder, clip.stamp, text])
  }

  /// What is odd about the files of a key's finished clips, by the folder of their frames.
  public func notes(for key: ResultKey) throws -> [String: [ClipNote]] {
    try describingErrors(path) {
      try queue.read { database in
        guard try database.tableExists("note") else { return [:] }
        let rows = try Row.fetchAll(
          database, sql: "SELECT frames_folder, notes FROM note WHERE key = ?", arguments: [key.text])
        return rows.reduce(into: [:]) { notes, row in
          let text: String = row[1]
          // Notes of another form are of another version of this program.
          notes[row[0]] = (try? JSONDecoder().decode([ClipNote].self, from: Data(text.utf8))) ?? []
        }
      }
    }
  }
}
