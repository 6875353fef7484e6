import Evaluation
import Foundation
import GRDB
import Inference

extension ResultsDatabase {
  /// Keeps a finished clip, in place of an earlier result of the same key and clip. It is on disk on return.
  ///
  /// Throws ``ResultsError``, also where there is a ``limitation``, and where the file was deleted or replaced.
  public func store(_ result: FinishedClip, for key: ResultKey) throws {
    if let limitation { throw ResultsError(path: path, problem: limitation) }
    try write(result, for: key)
    guard isInPlace else {
      throw ResultsError(
        path: path, problem: "the database of results was deleted or replaced while it was open")
    }
  }

  private func write(_ result: FinishedClip, for key: ResultKey) throws {
    let score = result.score(id: "", category: nil)
    try describingErrors(path) {
      try queue.write { database in
        let text = key.text
        try database.execute(
          sql: "INSERT INTO setting (key) VALUES (?) ON CONFLICT (key) DO NOTHING", arguments: [text])
        let setting = try Int64.fetchOne(
          database, sql: "SELECT id FROM setting WHERE key = ?", arguments: [text])
        try database.execute(
          sql: "DELETE FROM clip WHERE setting = ? AND frames_folder = ?",
          arguments: [setting, result.framesFolder])
        try database.execute(
          sql: """
            INSERT INTO clip (setting, frames_folder, stamp, iou, f, seconds) VALUES (?, ?, ?, ?, ?, ?)
            """,
          arguments: [setting, result.framesFolder, result.stamp, score.iou, score.f, result.seconds])
        let clip = database.lastInsertedRowID
        try database.execute(
          sql: "INSERT OR REPLACE INTO finished (clip, at) VALUES (?, ?)",
          arguments: [clip, Int64(Date().timeIntervalSince1970)])
        for frame in result.frames {
          try database.execute(
            sql: "INSERT INTO frame (clip, position, iou, f_curve) VALUES (?, ?, ?, ?)",
            arguments: [clip, frame.index, frame.score.iou, frame.score.fCurve.map(CurveBytes.encode)])
        }
        try Self.writeNotes(of: result, text, in: database)
      }
    }
  }

  /// The finished clips of a key by the folder of their frames, also those whose files have changed since.
  public func results(for key: ResultKey) throws -> [String: FinishedClip] {
    try describingErrors(path) {
      try queue.read { database in
        let rows = try Row.fetchCursor(
          database,
          sql: """
            SELECT clip.frames_folder, clip.stamp, clip.seconds, frame.position, frame.iou, frame.f_curve
            FROM setting JOIN clip ON clip.setting = setting.id JOIN frame ON frame.clip = clip.id
            WHERE setting.key = ? ORDER BY clip.id, frame.position
            """, arguments: [key.text])
        var results: [String: FinishedClip] = [:]
        while let row = try rows.next() {
          let folder: String = row[0]
          let bytes: Data? = row[5]
          let curve = try bytes.map { try CurveBytes.decode($0, path) }
          let frame = ScoredFrame(index: row[3], score: FrameScore(iou: row[4], fCurve: curve))
          results[folder] = FinishedClip(
            framesFolder: folder, stamp: row[1], frames: (results[folder]?.frames ?? []) + [frame],
            seconds: row[2])
        }
        return results
      }
    }
  }

  /// The finished clips of a key in short, by the folder of their frames.
  public func summaries(for key: ResultKey) throws -> [ClipSummary] {
    try describingErrors(path) {
      try queue.read { database in
        try Row.fetchAll(
          database,
          sql: """
            SELECT frames_folder, stamp, iou, f, seconds, finished.at
            FROM setting JOIN clip ON clip.setting = setting.id LEFT JOIN finished ON finished.clip = clip.id
            WHERE setting.key = ? ORDER BY frames_folder
            """, arguments: [key.text]
        ).map { row in
          ClipSummary(
            framesFolder: row[0], stamp: row[1], iou: row[2], f: row[3], seconds: row[4],
            finished: (row[5] as Int64?).map { Date(timeIntervalSince1970: Double($0)) })
        }
      }
    }
  }
}

/// An F curve as 64-bit little-endian numbers: what is read is bit for bit what was stored.
enum CurveBytes {
  static func encode(_ curve: [Double]) -> Data {
    Data(curve.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) } })
  }

  static func decode(_ bytes: Data, _ path: String) throws -> [Double] {
    let expected = FrameScore.thresholds.count * 8
    guard bytes.count == expected else {
      throw ResultsError(
        path: path,
        problem: "an F curve of \(bytes.count) bytes; expected \(expected); \(ResultsError.advice)")
    }
    return bytes.withUnsafeBytes { bytes in
      FrameScore.thresholds.indices.map { i in
        Double(
          bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)))
      }
    }
  }
}
