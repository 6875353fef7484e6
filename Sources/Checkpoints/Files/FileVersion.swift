/// A file as it was when it was read: which one, and what tells it from what is there now.
public struct FileVersion: Hashable, Sendable {
  /// The path as it was given.
  public let path: String

  /// The file's state before and after it was read.
  public let stamp: FileStamp

  /// The SHA-256 of the bytes that were read, in lower-case hexadecimal digits; nil where nobody computed it, because the stamp
  /// tells the bytes by itself.
  public let sha256: String?

  /// A version; `sha256` may be left out only for a stamp that was settled when the file was read.
  public init(path: String, stamp: FileStamp, sha256: String?) {
    self.path = path
    self.stamp = stamp
    self.sha256 = sha256
  }

  /// What has become of the file since.
  public enum Change: Hashable, Sendable {
    /// It has other contents, or another file has its name.
    case changed
    /// It cannot be examined any more; what the system says, such as `No such file or directory`.
    case gone(String)
  }

  /// Compares with what is at the path now, without reading it; nil where nothing has changed.
  public var change: Change? {
    do throws(CheckpointError) {
      return try FileStamp(path) == stamp ? nil : .changed
    } catch {
      return .gone(error.problem)
    }
  }

  /// Whether both are the same bytes of the same file, as far as stamps and digests tell.
  public func isSame(as other: FileVersion) -> Bool {
    guard path == other.path, stamp == other.stamp else { return false }
    guard let sha256, let others = other.sha256 else { return true }
    return sha256 == others
  }

  /// Reads a file for its SHA-256, a piece at a time.
  ///
  /// - Throws: ``CheckpointError`` for a file that cannot be read or changes while it is read.
  /// - Returns: The version, and whether its stamp was settled before the first byte was read.
  public static func hashing(
    _ path: String
  ) throws(CheckpointError) -> (version: FileVersion, isSettled: Bool) {
    let file = try OpenFile(path)
    var hash = SHA256()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    var offset = 0
    while offset < file.count {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, file.count - offset)])
      try file.read(part, at: offset)
      hash.update(UnsafeRawBufferPointer(part))
      offset += part.count
    }
    try file.expectUnchanged()
    return (FileVersion(path: path, stamp: file.stamp, sha256: hash.hexadecimal()), file.isSettled)
  }
}
