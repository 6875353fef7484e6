import C3N
import Checkpoints
import Foundation
import GRDB
import Inference

extension ResultsDatabase {
  /// The identity of a model whose defaults are written out; see `EmbeddedAssets.resolved(_:)`.
  ///
  /// A file is read once for its SHA-256, which is remembered by path, size and time of change; nil where that would
  /// be needed and `readingFiles` is false. Throws the error of a file that cannot be read.
  public func identity(
    of model: ModelSpecification, readingFiles: Bool = true
  ) throws -> ModelIdentity? {
    let hash = { (file: String) in try self.sha256(of: file, reading: readingFiles) }
    let weights: [String]
    let byDefault: String
    switch try WeightOrigin(arguments: model.weights) {
    case .formula(let seed):
      weights = ["formula:\(seed)"]
      byDefault = weights[0]
    case .files(let files):
      let hashes = try files.map(hash)
      guard !hashes.contains(nil) else { return nil }
      weights = hashes.map { $0! }
      byDefault = ""
    }
    guard let similarity = try model.similarity.map(hash) ?? byDefault else { return nil }
    return ModelIdentity(
      variant: model.variant?.rawValue ?? "", weights: weights, similarity: similarity, options: model.options
    )
  }

  private func sha256(of file: String, reading: Bool) throws -> String? {
    let path = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    let stamp = try FileStamp(path).text
    let remembered = try describingErrors(self.path) {
      try queue.read { database in
        try String.fetchOne(
          database, sql: "SELECT sha256 FROM file WHERE path = ? AND stamp = ?", arguments: [path, stamp])
      }
    }
    if let remembered { return remembered }
    guard reading else { return nil }
    let sha256 = try Checkpoint.open(path).sha256()
    // Only what was whole before and after is remembered.
    if try FileStamp(path).text == stamp {
      // Only a convenience: a full disk, or a database that can only be read, is no reason to end.
      try? queue.write { database in
        try database.execute(
          sql: "INSERT OR REPLACE INTO file (path, stamp, sha256) VALUES (?, ?, ?)",
          arguments: [path, stamp, sha256])
      }
    }
    return sha256
  }
}
