import Glibc

/// A regular file that is not empty, open for reading.
package final class RegularFile {
  private let descriptor: Int32
  let size: Int
  private let path: String

  /// Opens a file; a folder, a pipe, an empty or a missing file is an error.
  package init(_ path: String) throws {
    self.path = path
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    let failure = descriptor < 0 || fstat(descriptor, &status) != 0 ? errno : 0
    size = Int(status.st_size)
    guard failure == 0 else { throw MediaError(path, systemMessage(failure)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw MediaError(path, "not a regular file") }
    guard size > 0 else { throw MediaError(path, "the file is empty (0 bytes)") }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// All bytes, at most `limit` of them.
  package func bytes(limit: Int) throws -> [UInt8] {
    guard size <= limit else { throw MediaError(path, "\(size) bytes; expected at most \(limit)") }
    return try bytes(at: 0, count: size)
  }

  /// The bytes from `offset` on, fewer than `count` where the file ends.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    // Open until the last byte is read, whatever else is still to be done with it.
    defer { withExtendedLifetime(self) {} }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, offset + filled)
        guard got >= 0 else { throw MediaError(path, systemMessage(errno)) }
        if got == 0 { break }
        filled += got
      }
    }
  }
}

/// `89 50 4e 47`.
func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

/// The system's words for an error number.
package func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }

/// Writes a file so that it is there completely or not at all: to a temporary name, then renamed.
func writeFile(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
  let partial = "\(path).\(getpid()).partial"
  let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw MediaError(path, systemMessage(errno)) }
  var written = 0
  var failure: Int32 = 0
  while written < bytes.count, failure == 0 {
    let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
    if count < 0 { failure = errno } else { written += count }
  }
  if close(descriptor) != 0, failure == 0 { failure = errno }
  if failure == 0, rename(partial, path) != 0 { failure = errno }
  guard failure == 0 else {
    unlink(partial)
    throw MediaError(path, systemMessage(failure))
  }
}
