import Glibc

/// A regular file that is not empty, open for reading, with its stamp before the first byte is read.
final class OpenFile {
  let path: String
  let stamp: FileStamp

  /// Whether the stamp was settled when the file was opened; see ``FileStamp/isSettled(at:)``.
  let isSettled: Bool

  private let descriptor: Int32

  /// The size in bytes.
  var count: Int { Int(stamp.size) }

  init(_ path: String) throws(CheckpointError) {
    let now = FileStamp.now
    // Without O_NONBLOCK a named pipe would hold the program until somebody writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError(file: path, problem: "cannot be opened: " + systemMessage())
    }
    var status = stat()
    var problem: String?
    if fstat(descriptor, &status) != 0 {
      problem = "cannot be examined: " + systemMessage()
    } else {
      switch status.st_mode & S_IFMT {
      case S_IFREG: problem = status.st_size > 0 ? nil : "is empty (0 bytes), expected a checkpoint"
      case S_IFDIR: problem = "is a directory, expected a checkpoint file"
      default: problem = "is not a regular file, expected a checkpoint file"
      }
    }
    if let problem {
      close(descriptor)
      throw CheckpointError(file: path, problem: problem)
    }
    self.path = path
    self.descriptor = descriptor
    stamp = FileStamp(status)
    isSettled = stamp.isSettled(at: now)
  }

  deinit { close(descriptor) }

  /// Reads all of the bytes from `offset` on that `target` has room for.
  func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(CheckpointError) {
    var done = 0
    while done < target.count {
      let got = pread(descriptor, target.baseAddress! + done, target.count - done, offset + done)
      if got > 0 {
        done += got
      } else if got == 0 {
        throw changed("ended after \(offset + done) of its \(count) bytes")
      } else if errno != EINTR {
        throw CheckpointError(
          file: path, place: "byte \(offset + done)", problem: "cannot be read: " + systemMessage())
      }
    }
  }

  /// Throws where the file is not what it was before the first byte was read.
  func expectUnchanged() throws(CheckpointError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError(file: path, problem: "cannot be examined: " + systemMessage())
    }
    let now = FileStamp(status)
    guard now != stamp else { return }
    throw changed(
      now.size == stamp.size ? "was written to" : "had \(stamp.size) bytes, now \(now.size)")
  }

  private func changed(_ how: String) -> CheckpointError {
    CheckpointError(
      file: path, problem: "changed while it was read: \(how); expected a file that nobody is writing")
  }
}
