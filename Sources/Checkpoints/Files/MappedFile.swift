import Glibc

/// A file mapped for reading for as long as anything refers to it.
///
/// Whoever shortens a file while it is mapped takes the pages away under the reader: replace checkpoints
/// by renaming, as ``writeSafetensors(_:metadata:as:to:)`` does.
final class MappedFile: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let length: Int

  private init(base: UnsafeMutableRawPointer, length: Int) {
    self.base = base
    self.length = length
  }

  deinit { munmap(base, length) }

  /// Lets go of the pages that are in memory; they come back from the file when they are read again.
  func releasePages() { madvise(base, length, MADV_DONTNEED) }

  /// Lets go of the whole pages between two addresses.
  func releasePages(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) {
    let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let first = max((UInt(bitPattern: start) + page - 1) / page * page, UInt(bitPattern: base))
    let last = UInt(bitPattern: end) / page * page
    guard first < last, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(address, Int(last - first), MADV_DONTNEED)
  }

  /// Maps the regular, non-empty file at `path`.
  static func open(_ path: String) throws(CheckpointError) -> Bytes {
    // Without O_NONBLOCK a named pipe would hold the program until somebody writes to it.
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError(file: path, problem: "cannot be opened: " + systemMessage())
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError(file: path, problem: "cannot be examined: " + systemMessage())
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw CheckpointError(file: path, problem: "is a directory, expected a checkpoint file")
    default: throw CheckpointError(file: path, problem: "is not a regular file, expected a checkpoint file")
    }
    let length = Int(status.st_size)
    guard length > 0 else {
      throw CheckpointError(file: path, problem: "is empty (0 bytes), expected a checkpoint")
    }
    guard let base = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw CheckpointError(file: path, problem: "cannot be mapped: " + systemMessage())
    }
    return Bytes(
      start: UnsafeRawPointer(base), count: length, owner: MappedFile(base: base, length: length))
  }
}

/// What the system says about the last failed call.
func systemMessage() -> String { String(cString: strerror(errno)) }
