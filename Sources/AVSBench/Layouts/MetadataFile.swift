import Glibc

/// The list of a data set's clips: a CSV file in the folder of the data, beside it, or one folder above.
enum MetadataFile {
  /// Where the list is; nil if there is none.
  static func path(_ name: String, near folder: String) -> String? {
    [folder, placeOfLink(folder), "\(folder)/..", "\(folder)/../.."].compactMap { $0.map { "\($0)/\(name)" } }
      .first { access($0, F_OK) == 0 }
  }

  /// The folder that a symbolic link is in: the list beside a link comes before the one beside what it leads to.
  private static func placeOfLink(_ path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
    return path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
  }

  /// Reads the list; every field of `columns` must be a file name, since paths are made of them; `text` may be anything.
  static func read(_ path: String, columns: [String], text: [String] = []) throws -> [[String]] {
    try CSVTable(contentsOf: path, columns: columns + text).rows.map { row in
      for (column, field) in zip(columns, row.fields) where !isFileName(field) {
        throw DatasetError(path, "line \(row.line): \(column) is \"\(field)\"; expected the name of a folder")
      }
      return row.fields
    }
  }

  private static func isFileName(_ text: String) -> Bool {
    !text.isEmpty && text != "." && text != ".." && !text.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
  }

  /// What a list and the folders disagree about.
  static func warnings(list: String, missing: [String], unlisted: [String]) -> [String] {
    var warnings: [String] = []
    if !missing.isEmpty {
      warnings.append("\(list): \(missing.count) clips have no frames: \(listed(missing))")
    }
    if !unlisted.isEmpty {
      warnings.append("\(list): \(unlisted.count) clips on disk are not listed: \(listed(unlisted))")
    }
    return warnings
  }
}
