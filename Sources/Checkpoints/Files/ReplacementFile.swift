import Glibc
import Tensors

/// A file that grows under a temporary name in the directory of its destination and replaces it at the end.
///
/// Until the rename the destination is untouched; a failure removes the temporary file.
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
      guard fsync(descriptor) == 0 else { throw Self.failure(destination) }
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
