import Foundation

/// A file that every explorer that goes on with a data set's session holds locked while it runs; the system lets go of it
/// with the process, whatever ends that.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Holds the hidden file beside another one; nil where the folder cannot be written, or has no locks.
  init?(beside path: String) {
    let folder = SessionStore.folder(of: path)
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    guard (try? makeFolder(folder)) != nil else { return nil }
    descriptor = open("\(folder)/.\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0, lock(descriptor, LOCK_SH) else { return nil }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether no other process holds the file now.
  var isOnlyHolder: Bool {
    let isAlone = lock(descriptor, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK
    // Where that was refused the shared lock may be lost on the way. None has the other kind for longer than this.
    _ = lock(descriptor, LOCK_SH)
    return isAlone
  }
}

/// The turn of one process in a folder that several write to.
struct FolderTurn {
  private let descriptor: Int32

  /// Waits for the turn, but not for ever: another process may have been stopped in its turn, and some file systems have no
  /// locks. Then it goes on without.
  init(_ folder: String) throws {
    try makeFolder(folder)
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    for _ in 0..<100 {
      if lock(descriptor, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK { return }
      usleep(5000)
    }
  }

  func end() {
    if descriptor >= 0 { close(descriptor) }
  }
}

/// `flock`, again where a signal came between.
private func lock(_ descriptor: Int32, _ operation: Int32) -> Bool {
  while flock(descriptor, operation) != 0 {
    if errno != EINTR { return false }
  }
  return true
}
