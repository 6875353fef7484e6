import Checkpoints
import Evaluation
import Explorer
import Foundation
import Media
import TerminalUI

/// Writes exports into the working directory.
enum ExportFile {
  /// Writes an export whole or not at all, under its name or, where that is taken, with the first free number behind.
  ///
  /// - Returns: The path.
  static func write(_ effect: Effect) throws -> String {
    switch effect {
    case .exportText(let name, let text): try write(name, "txt") { try $0.append(text + "\n") }
    case .exportPNG(let name, let picture):
      try write(name, "png") { try picture.writePNG(to: $0.path) }
    case .exportJSON(let name, let record):
      try write(name, "json") { try $0.append(try jsonText(record) + "\n") }
    case .exportCSV(let name, let record):
      try write(name, "csv") { try $0.append(record.table.map { CSVText.line($0) + "\n" }.joined()) }
    case .exportMatrix(let name, let table): try write(name, "csv") { try $0.append(table.csv) }
    case .exportFigure(let name, let figure): try write(name, "svg") { try $0.append(figure.svg) }
    default: preconditionFailure("not an export")
    }
  }

  /// A file under a temporary name.
  private struct Draft {
    let path: String

    func append(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
  }

  private static func write(_ name: String, _ suffix: String, _ fill: (Draft) throws -> Void) throws -> String
  {
    let folder = FileManager.default.currentDirectoryPath
    let draft = Draft(path: "\(folder)/.\(UUID().uuidString).partial")
    defer { unlink(draft.path) }
    do {
      try fill(draft)
    } catch let error as MediaError {
      throw CommandError("\(folder)/\(name).\(suffix): cannot be written: \(error)")
    } catch {
      throw CommandError("\(folder)/\(name).\(suffix): cannot be written: \(error.localizedDescription)")
    }
    for number in 1...999 {
      let path = "\(folder)/\(name)\(number == 1 ? "" : "-\(number)").\(suffix)"
      if try place(draft.path, at: path) { return path }
    }
    throw CommandError("\(folder)/\(name).\(suffix): this and 998 more names are taken")
  }

  /// Gives a file its name; false if the name is taken, even by another process in this moment.
  private static func place(_ draft: String, at path: String) throws -> Bool {
    // A hard link never replaces a file, and a rename would.
    if link(draft, path) == 0 { return true }
    if errno == EEXIST { return false }
    // A file system without hard links: the name is reserved first.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0, errno == EEXIST { return false }
    guard descriptor >= 0, close(descriptor) == 0, rename(draft, path) == 0 else {
      throw CommandError("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
    return true
  }
}
