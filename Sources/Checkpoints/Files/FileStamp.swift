import Glibc

/// What the file system says of the state of a file: a file whose stamp is the same as before has the same bytes.
///
/// The time of change (ctime) is what makes that true: the system sets it whenever contents, size, name or times change, and no
/// program can set it back, as it can the time of modification (`cp -p`, `touch -r`). It is as coarse as the system's clock,
/// so that a stamp taken just after a change says nothing of a second change at the same moment; see ``isSettled(at:)``.
public struct FileStamp: Hashable, Sendable {
  /// The file system's number; it may be another one after the file system was mounted anew.
  public let device: UInt64

  /// The file's number within its file system.
  public let inode: UInt64

  /// The size in bytes.
  public let size: Int64

  /// The time of modification in nanoseconds since 1970.
  public let modified: Int64

  /// The time of change in nanoseconds since 1970.
  public let changed: Int64

  /// The stamp of the file at `path`, or at the end of a symbolic link. Throws ``CheckpointError``.
  public init(_ path: String) throws(CheckpointError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw CheckpointError(file: path, problem: "cannot be examined: " + systemMessage())
    }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
    changed = Self.nanoseconds(status.st_ctim)
  }

  /// `inode:size:modified:changed`, for keeping beside the file's path.
  ///
  /// The device is left out: network, overlay and B-tree file systems have another number after each start of the machine.
  public var text: String { "\(inode):\(size):\(modified):\(changed)" }

  /// Whether a change after `now` is certain to make another stamp: the last one is at least two seconds before, which is
  /// the coarsest clock of a file system.
  ///
  /// - Parameter now: nanoseconds since 1970, taken before the file was read.
  public func isSettled(at now: Int64 = FileStamp.now) -> Bool {
    let least: Int64 = 2_000_000_000
    // A modification in the future was set by a program, not by a change at this moment.
    return now - changed >= least && (now - modified >= least || modified > now)
  }

  /// The system's time in nanoseconds since 1970.
  public static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// What the system says about the last failed call.
func systemMessage() -> String { String(cString: strerror(errno)) }
