import C3N
import Checkpoints
import Foundation
import GRDB
import Inference

extension ResultsDatabase {
  /// The identity of a model, and the files that it is of.
  public struct Identified: Sendable {
    /// The identity.
    public let model: ModelIdentity

    /// The files, with their digests.
    public let files: ModelFiles
  }

  /// The identity of the files that a model's paths lead to now; its defaults are written out, see `EmbeddedAssets.resolved(_:)`.
  ///
  /// A file is read once for its SHA-256, which is remembered by its path and stamp; nil where that would be needed and
  /// `readingFiles` is false. Throws the error of a file that cannot be read.
  public func identity(of model: ModelSpecification, readingFiles: Bool = true) throws -> Identified? {
    func version(_ path: String) throws -> FileVersion? {
      let now = FileStamp.now
      let stamp = try FileStamp(path)
      if stamp.isSettled(at: now), let known = try remembered(path, stamp) {
        return FileVersion(path: path, stamp: stamp, sha256: known)
      }
      return readingFiles ? try hash(path) : nil
    }
    let similarity = try model.similarity.map(version)
    if case .some(nil) = similarity { return nil }
    var weights: [FileVersion] = []
    if case .files(let paths) = try WeightOrigin(arguments: model.weights) {
      for path in paths {
        guard let version = try version(path) else { return nil }
        weights.append(version)
      }
    }
    return try identified(
      model, ModelFiles(variant: model.variant, weights: weights, similarity: similarity ?? nil))
  }

  /// The identity of a loaded model: that of the bytes that it was made of, whatever its paths lead to now. Of the
  /// specification, formula and options count.
  ///
  /// - Throws: ``ResultsError`` for a file that nobody knows the SHA-256 of and that has changed since it was loaded, and the
  ///   error of one that cannot be read.
  public func identity(of model: ModelSpecification, loadedFrom files: ModelFiles) throws -> Identified {
    func known(_ file: FileVersion) throws -> FileVersion {
      if file.sha256 != nil { return file }
      if let sha256 = try remembered(file.path, file.stamp) {
        return FileVersion(path: file.path, stamp: file.stamp, sha256: sha256)
      }
      let found = try file.change == nil ? hash(file.path) : nil
      guard let found, found.stamp == file.stamp else {
        throw ResultsError(
          path: file.path,
          problem:
            "changed on disk since it was loaded, before its SHA-256 was known; scores of what was loaded "
            + "are not kept")
      }
      return found
    }
    return try identified(
      model,
      ModelFiles(
        variant: files.variant, weights: try files.weights.map(known),
        similarity: try files.similarity.map(known)))
  }

  private func identified(_ model: ModelSpecification, _ files: ModelFiles) throws -> Identified {
    var weights = files.weights.map { $0.sha256! }
    var byDefault = ""
    if case .seeded(let seed) = try ModelSource(arguments: model.weights) {
      weights = ["formula:\(seed)"]
      byDefault = weights[0]
    }
    return Identified(
      model: ModelIdentity(
        variant: files.variant?.rawValue ?? "", weights: weights,
        similarity: files.similarity?.sha256 ?? byDefault, options: model.options),
      files: files)
  }

  // MARK: Remembering

  private func remembered(_ path: String, _ stamp: FileStamp) throws -> String? {
    try describingErrors(self.path) {
      try queue.read { database in
        try String.fetchOne(
          database, sql: "SELECT sha256 FROM file WHERE path = ? AND stamp = ?",
          arguments: [Self.place(of: path), stamp.text])
      }
    }
  }

  /// Reads a file for its SHA-256, which is remembered if another content is certain to have another stamp.
  private func hash(_ path: String) throws -> FileVersion {
    let (version, isSettled) = try FileVersion.hashing(path)
    guard isSettled else { return version }
    // Only a convenience: a full disk, or a database that can only be read, is no reason to end.
    try? queue.write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO file (path, stamp, sha256) VALUES (?, ?, ?)",
        arguments: [Self.place(of: path), version.stamp.text, version.sha256])
    }
    return version
  }

  private static func place(of path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
