import AVSBench
import Foundation
import Glibc

/// Size and time of the last change of a file: tells a changed file without reading it.
struct FileStamp: Hashable {
  let size: Int64
  /// Nanoseconds since 1970.
  let modified: Int64

  /// The stamp of the file at `path`, also at the end of a symbolic link. Throws ``ResultsError``.
  init(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ResultsError(path: path, problem: String(cString: strerror(errno)))
    }
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }

  /// `size:nanoseconds`.
  var text: String { "\(size):\(modified)" }
}

extension ClipFiles {
  /// Sizes and times of all files of the clip and the path of its sound, so that a change of any of them shows.
  ///
  /// Throws ``ResultsError`` for a file that is not there.
  public func stamp() throws -> String {
    let frames = try frames.map { try FileStamp($0).text }
    let masks = try masks.map { try $0.map { try FileStamp($0).text } ?? "-" }
    let sound = try FileStamp(audio).text
    return (["frames"] + frames + ["masks"] + masks + ["sound", sound, audio]).joined(separator: " ")
  }
}
