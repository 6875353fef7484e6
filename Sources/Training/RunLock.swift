import Foundation
import Glibc

/// The right of one training at a time to write into a run's folder: a hidden file there that is held by `flock`.
///
/// The system releases it with the process, whatever ends that; a file that a killed process left behind locks nothing. On
/// network file systems the lock counts for all machines as far as the server keeps locks (NFS 4, or NFS 3 with its lock service).
/// Where a file system refuses locks, the training goes on without and ``limitation`` says so.
public final class RunLock {
  /// The file's name in the folder.
  static let name = ".training.lock"

  /// Why nothing is locked, in one line; nil where the lock is held.
  public let limitation: String?

  private let folder, path: String
  private let descriptor: Int32
  private let folderMark: FileMark?

  /// Takes the lock of a folder that is there.
  ///
  /// Throws ``TrainingError`` if another training has it, which is named by its process and machine, or if the folder cannot be
  /// written to.
  public init(_ folder: String) throws {
    self.folder = folder
    path = folder + "/" + Self.name
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw TrainingError("\(folder): cannot be written to: \(String(cString: strerror(errno)))")
      }
      var result: Int32
      repeat { result = flock(descriptor, LOCK_EX | LOCK_NB) } while result != 0 && errno == EINTR
      let number = errno
      if result != 0, number == EWOULDBLOCK {
        let holder = Self.holder(descriptor)
        close(descriptor)
        throw TrainingError(
          "\(folder): another training writes to this folder\(holder); expected one that no training writes to"
        )
      }
      // Its last holder may have removed the file between the opening and the locking.
      guard let held = FileMark(descriptor), held == FileMark(path) else {
        close(descriptor)
        continue
      }
      self.descriptor = descriptor
      folderMark = FileMark(folder)
      limitation =
        result == 0
        ? nil
        : "\(folder): the file system has no locks (\(String(cString: strerror(number)))); expected that no other training writes to "
          + "this folder"
      let text = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n".utf8)
      ftruncate(descriptor, 0)
      _ = pwrite(descriptor, text, text.count, 0)
      return
    }
  }

  deinit {
    // As long as the lock is held nobody else holds a file of this name.
    if isInPlace { unlink(path) }
    close(descriptor)
  }

  /// Whether the lock's file is still the one of that name: not where the folder was removed, moved or replaced.
  var isInPlace: Bool { FileMark(descriptor).map { $0 == FileMark(path) } ?? false }

  /// Whether the folder is the one that was locked.
  var isSameFolder: Bool { folderMark != nil && folderMark == FileMark(folder) }

  /// What the holder wrote about itself.
  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? "" : " (\(text))"
  }

  /// Which file a name or a descriptor means.
  private struct FileMark: Equatable {
    private let device, number: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    init?(_ descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return nil }
      (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
  }
}
