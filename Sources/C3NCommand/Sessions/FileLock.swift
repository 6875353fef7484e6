import Foundation

/// A file that every explorer of a data set holds open and locked while it runs; the system lets go of it with the process,
/// whatever ends that.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Holds the hidden file beside another one; nil where the folder cannot be written.
  init?(beside path: String) {
    let folder = SessionStore.folder(of: path)
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    guard (try? makeFolder(folder)) != nil else { return nil }
    descriptor = open("\(folder)/.\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    flock(descriptor, LOCK_SH)
  }

  deinit { close(descriptor) }

  /// Whether no other process holds the file now.
  var isOnlyHolder: Bool {
    let isAlone = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    // Where that was refused the shared lock may be lost on the way. None has the other kind for longer than this.
    flock(descriptor, LOCK_SH)
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
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return }
      usleep(5000)
    }
  }

  func end() {
    if descriptor >= 0 { close(descriptor) }
  }
}
