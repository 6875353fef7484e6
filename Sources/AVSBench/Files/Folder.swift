import Glibc
import Media

/// The names in a folder, without hidden ones, sorted.
struct Folder {
  let path: String
  private(set) var folders: [String] = []
  private(set) var files: [String] = []

  /// Lists a folder in one pass: what an entry is, the listing says itself on most file systems.
  init(_ path: String) throws {
    self.path = path
    guard let stream = opendir(path) else { throw DatasetError(path, systemMessage(errno)) }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      switch Int(entry.pointee.d_type) {
      case Int(DT_DIR): folders.append(name)
      case Int(DT_REG): files.append(name)
      default: if isFolder("\(path)/\(name)") { folders.append(name) } else { files.append(name) }
      }
    }
    folders.sort()
    files.sort()
  }

  /// The folder of that name, or the first whose name only adds a suffix, such as `visual_frames_384`.
  func part(_ name: String) -> String? {
    if folders.contains(name) { return "\(path)/\(name)" }
    return folders.first { $0.hasPrefix(name + "_") }.map { "\(path)/\($0)" }
  }

  /// The pictures among the files.
  var images: [String] { files.filter { ["png", "jpg", "jpeg"].contains(fileExtension($0)) } }

  /// The sounds among the files.
  var sounds: [String] { files.filter { ["wav", "flac"].contains(fileExtension($0)) } }
}

/// Whether there is a folder, also at the end of a symbolic link.
func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// What follows the last dot of a file name, in lower case.
func fileExtension(_ name: String) -> String {
  name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
}

/// A file name without its last dot and what follows.
func fileStem(_ name: String) -> Substring {
  name.lastIndex(of: ".").map { name[..<$0] } ?? name[...]
}

/// The last component of a path.
func lastComponent(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// `a, b, c`: the first few names of a list that may be long.
func listed(_ names: [String]) -> String {
  names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
}
