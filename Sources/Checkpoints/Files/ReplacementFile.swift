import Glibc
import Tensors

/// A file that grows under a temporary name in the directory of its destination and replaces it at the end.
///
/// Until the rename the destination is untouched; a failure removes the temporary file. A destination that is no regular file, such
/// as a device, a pipe or `/dev/stdout`, is written to as it is: a rename would put a file in its place. Of a symbolic link the file at
/// its end is replaced.
package struct ReplacementFile {
  private let descriptor: Int32
  private let destination: String

  private init(descriptor: Int32, destination: String) {
    self.descriptor = descriptor
    self.destination = destination
  }

  /// Lets `body` write the contents of `path`, then makes them durable and puts them in place.
  package static func write(
    to path: String, _ body: (ReplacementFile) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    if isStream(path) {
      let descriptor =
        ownDescriptor(path).map { fcntl($0, F_DUPFD_CLOEXEC, 3) } ?? open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Self.failure(path) }
      return try ReplacementFile(descriptor: descriptor, destination: path).fill(body)
    }
    var end = [CChar](repeating: 0, count: Int(PATH_MAX))
    if readlink(path, &end, end.count) > 0, realpath(path, &end) != nil {
      let target = String(decoding: end.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return try replace(target, body)
    }
    try replace(path, body)
  }

  private static func replace(
    _ path: String, _ body: (ReplacementFile) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    var directory = "./"
    if let slash = path.lastIndex(of: "/") { directory = String(path[...slash]) }
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    let temporary = "\(directory).\(digits).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    let file = ReplacementFile(descriptor: descriptor, destination: path)
    do throws(CheckpointError) {
      try file.fill(body)
      guard rename(temporary, path) == 0 else { throw Self.failure(path) }
    } catch {
      unlink(temporary)
      throw error
    }
    Self.synchronise(directory)
  }

  /// Whether something is there that is neither a regular file nor a directory, which a rename refuses to replace by itself.
  package static func isStream(_ path: String) -> Bool {
    if ownDescriptor(path) != nil { return true }
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The descriptor of this process that a path means, whatever it leads to.
  private static func ownDescriptor(_ path: String) -> Int32? {
    if path == "/dev/stdout" { return STDOUT_FILENO }
    if path == "/dev/stderr" { return STDERR_FILENO }
    let folder = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
    return folder.flatMap { Int32(path.dropFirst($0.count)) }
  }

  /// Appends `bytes`.
  package func append(_ bytes: [UInt8]) throws(CheckpointError) {
    guard bytes.withUnsafeBytes({ accepts($0) }) else { throw Self.failure(destination) }
  }

  /// Appends the elements of `tensor`, little-endian.
  func append(_ tensor: Tensor) throws(CheckpointError) {
    let isWritten = tensor.read { elements in
      accepts(UnsafeRawBufferPointer(start: elements, count: tensor.count * MemoryLayout<Float>.stride))
    }
    guard isWritten else { throw Self.failure(destination) }
  }

  /// Whether the system took all of `bytes`.
  private func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    var position = 0
    while position < bytes.count {
      let written = Glibc.write(descriptor, base + position, bytes.count - position)
      if written >= 0 {
        position += written
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  private func fill(
    _ body: (ReplacementFile) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    do throws(CheckpointError) {
      try body(self)
      // What is no file cannot be synchronised.
      guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
        throw Self.failure(destination)
      }
    } catch {
      close(descriptor)
      throw error
    }
    // Network file systems report a full disk here.
    guard close(descriptor) == 0 else { throw Self.failure(destination) }
  }

  /// Makes the rename durable; a directory that cannot be synchronised is not worth a failure.
  private static func synchronise(_ directory: String) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ path: String) -> CheckpointError {
    CheckpointError(file: path, problem: "cannot be written: " + systemMessage())
  }
}
