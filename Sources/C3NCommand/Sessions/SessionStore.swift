import Checkpoints
import Explorer
import Foundation
import Inference
import TerminalUI

/// Where sessions are: `Sessions` of the package's checkout when the program is run inside it, else
/// `$XDG_STATE_HOME/c3n/sessions`; those that ship are found from everywhere.
struct SessionStore: Sendable {
  /// The folder that sessions are written to; nil where the user has no place for state.
  let folder: String?

  /// The folders that are searched for a name, that of `folder` first.
  let searched: [String]

  init(
    assets: EmbeddedAssets, environment: [String: String] = ProcessInfo.processInfo.environment,
    workingDirectory: String = FileManager.default.currentDirectoryPath
  ) {
    let shipped = URL(fileURLWithPath: assets.root).deletingLastPathComponent().path + "/Sessions"
    let state = UserFolder.state(environment).map { $0 + "/sessions" }
    folder = Self.checkout(around: workingDirectory) ?? state
    var folders: [String] = []
    for candidate in [folder, state, shipped] {
      if let candidate, !folders.contains(candidate) { folders.append(candidate) }
    }
    searched = folders
  }

  /// `Sessions` of the checkout that a folder is in.
  private static func checkout(around folder: String) -> String? {
    var url = URL(fileURLWithPath: folder).standardizedFileURL
    while url.path != "/" {
      let parts = ["Package.swift", "Sessions", "Assets/Labels/imagenet.csv"]
      if parts.allSatisfy({ FileManager.default.fileExists(atPath: "\(url.path)/\($0)") }) {
        return url.path + "/Sessions"
      }
      url.deleteLastPathComponent()
    }
    return nil
  }

  /// The file of a name, or the name itself if it is a path.
  ///
  /// Throws ``CommandError`` with the names that there are.
  func find(_ name: String) throws -> String {
    let isPath = name.contains("/") || name.hasSuffix(".json")
    let candidates =
      (isPath ? [UserFolder.expanded(name)] : []) + searched.map { "\($0)/\(name)" + (isPath ? "" : ".json") }
    if let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) { return path }
    if isPath { throw CommandError("\(TerminalText.escaped(name)): no such session file") }
    let known = names.isEmpty ? "there is none" : "there are \(names.joined(separator: ", "))"
    throw CommandError(
      "\(searched.joined(separator: ", ")): no session \(TerminalText.escaped(name)); \(known)")
  }

  /// The sessions that were given a name.
  private var names: [String] {
    let files = searched.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
    return Set(files.filter { $0.hasSuffix(".json") && !$0.hasPrefix("autosave-") && !$0.hasPrefix(".") })
      .map { TerminalText.escaped(String($0.dropLast(5))) }.sorted()
  }

  /// The file in which the session of a data set keeps itself; nil where there is no place.
  func automatic(for dataset: String) -> String? {
    guard let folder else { return nil }
    if dataset == Session.embedded { return "\(folder)/autosave-\(dataset).json" }
    let name = URL(fileURLWithPath: dataset).lastPathComponent
    let plain = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }.prefix(40))
    // FNV-1a of the whole path: folders of the same name are different data sets.
    let hash = dataset.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return "\(folder)/autosave-\(plain)-\(String(hash, radix: 16)).json"
  }

  /// Keeps what is in a file beside it, before another session takes its place, unless that has neither bookmarks nor notes.
  ///
  /// - Returns: Where it is now: the first name that is free, or that holds the same bookmarks and notes already.
  static func keepPrevious(_ path: String) throws -> String? {
    guard access(path, F_OK) == 0 else { return nil }
    // What cannot be read, such as a newer version's, may hold notes.
    let notebook = (try? read(path)).map { Notebook(of: $0) }
    if notebook == Notebook() { return nil }
    var number = 1
    var previous: String { "\(path.dropLast(5)).previous-\(number).json" }
    while access(previous, F_OK) == 0 {
      if let notebook, (try? read(previous)).map({ Notebook(of: $0) }) == notebook { return previous }
      number += 1
    }
    do {
      try FileManager.default.copyItem(atPath: path, toPath: previous)
    } catch {
      throw CommandError(
        "\(TerminalText.escaped(path)): cannot be kept beside itself, and is not overwritten: \(error.localizedDescription)"
      )
    }
    return previous
  }

  private static let largest = 8 << 20

  /// Reads a file.
  ///
  /// Throws ``CommandError``: the file, the place in it, what was found and what was expected.
  static func read(_ path: String) throws -> Session {
    let shown = TerminalText.escaped(path)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError("\(shown): cannot be read")
    }
    guard data.count <= largest else {
      throw CommandError("\(shown): \(data.count) bytes, expected a session of at most \(largest)")
    }
    do {
      return try Session(json: data).resolvingPaths(against: folder(of: path))
    } catch {
      throw CommandError("\(shown): \(TerminalText.escaped("\(error)"))")
    }
  }

  /// Renames a file that cannot be read to a name that is not taken.
  static func setAside(_ path: String) throws -> String {
    let aside = free(path, "unread")
    do {
      try FileManager.default.moveItem(atPath: path, toPath: aside)
    } catch {
      throw CommandError(
        "\(TerminalText.escaped(path)): cannot be renamed, and is not overwritten: \(error.localizedDescription)"
      )
    }
    return aside
  }

  /// Replaces a file at once: whoever reads it finds the old session or the new one.
  static func write(_ session: Session, to path: String) throws {
    try makeFolder(folder(of: path))
    let whole = session.resolvingPaths(against: FileManager.default.currentDirectoryPath)
    try ReplacementFile.write(to: path) { file throws(CheckpointError) in try file.append(Array(whole.json)) }
  }

  /// The first name with a word and a number behind that of a file under which there is nothing.
  static func free(_ path: String, _ word: String) -> String {
    (1...).lazy.map { "\(path.dropLast(5)).\(word)-\($0).json" }
      .first { access($0, F_OK) != 0 }!
  }

  /// The folder that a file is in.
  static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }
}

extension Session {
  /// The session with whole paths in place of those that begin at a folder or at the home directory.
  fileprivate func resolvingPaths(against folder: String) -> Session {
    func whole(_ path: String) -> String {
      let expanded = UserFolder.expanded(path)
      return expanded.hasPrefix("/")
        ? expanded
        : URL(fileURLWithPath: expanded, relativeTo: URL(fileURLWithPath: folder + "/")).standardizedFileURL
          .path
    }
    var session = self
    if dataset != Session.embedded { session.dataset = whole(dataset) }
    session.replaceModels { $0.withFiles(whole) }
    return session
  }
}

/// The user's own folders, by the XDG Base Directory Specification: what is no whole path counts as unset.
enum UserFolder {
  /// `c3n` in `XDG_STATE_HOME`, or in `~/.local/state`; nil without either.
  static func state(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    folder("XDG_STATE_HOME", "/.local/state", environment)
  }

  /// `c3n` in `XDG_CONFIG_HOME`, or in `~/.config`; nil without either.
  static func configuration(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    folder("XDG_CONFIG_HOME", "/.config", environment)
  }

  /// A path with the home directory in place of `~/`.
  static func expanded(
    _ path: String, _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    guard path.hasPrefix("~/"), let home = environment["HOME"] else { return path }
    return home + path.dropFirst()
  }

  private static func folder(_ name: String, _ ordinary: String, _ environment: [String: String]) -> String? {
    let given = environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (given ?? environment["HOME"].map { $0 + ordinary }).map { $0 + "/c3n" }
  }
}
