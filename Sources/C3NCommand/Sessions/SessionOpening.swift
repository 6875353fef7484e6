import AVSBench
import Explorer
import Foundation
import Inference
import TerminalUI

/// Finds what sessions and the command line name: data sets, clips, weights.
struct SessionOpening: Sendable {
  let assets: EmbeddedAssets
  let store: SessionStore

  /// A data set as the explorer shows it.
  struct Found {
    let root: String?
    let title: String
    let clips: [Clip]
    let warnings: [String]
  }

  /// Lists the clips of a folder; nil or ``Session/embedded`` for the embedded ones; see ``datasetFolder(named:)``.
  func dataset(_ root: String?) throws -> Found {
    let folder = try root == Session.embedded ? nil : root.map(datasetFolder)
    let datasets = try Dataset.openAll(folder ?? assets.clips)
    // Links and relative paths to one folder are one data set.
    let whole = folder.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return Found(
      root: whole, title: whole.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "embedded clips",
      clips: datasets.flatMap(\.clips), warnings: datasets.flatMap(\.warnings))
  }

  /// Opens a session by name or path.
  ///
  /// - Parameter root: the folder of its data set here, if the one that it names is another machine's.
  func open(_ name: String, root: String? = nil) throws -> OpenedSession {
    let path = try store.find(name)
    let isNamed = !name.contains("/") && !name.hasSuffix(".json")
    return try found(try SessionStore.read(path), name: isNamed ? name : nil, path: path, root: root)
  }

  /// Looks what of a session is here. Without its data set the embedded clips are opened, without its weights the
  /// embedded model.
  func found(_ session: Session, name: String?, path: String, root: String? = nil) throws -> OpenedSession {
    var session = session
    var missing: [String] = []
    var dataset: Found
    var hasDataset = true
    do {
      dataset = try self.dataset(root ?? session.dataset)
    } catch  where root == nil {
      missing.append(
        "\(error); the embedded clips are open instead, and changes are not kept: c3n explore FOLDER --session \(name ?? path)"
      )
      dataset = try self.dataset(nil)
      session.clip = nil
      hasDataset = false
    }
    let absent = session.models[0].files.filter { !FileManager.default.fileExists(atPath: $0) }
    if !absent.isEmpty {
      missing.append("no \(absent.joined(separator: ", ")): the embedded model is used instead")
      session.replaceModel(by: ModelSpecification())
    }
    return OpenedSession(
      session, name: name, path: path, root: dataset.root, dataset: dataset.title, clips: dataset.clips,
      warnings: dataset.warnings, hasDataset: hasDataset, missing: missing)
  }

  /// The session that kept itself, if there is one. One that cannot be read is set aside and told.
  func automatic(for dataset: Found) -> (opened: OpenedSession?, problem: String?) {
    guard let path = store.automatic(for: dataset.root ?? Session.embedded),
      FileManager.default.fileExists(atPath: path)
    else { return (nil, nil) }
    do {
      return (try found(try SessionStore.read(path), name: nil, path: path, root: dataset.root), nil)
    } catch {
      do {
        return (nil, "\(error); kept as \(try SessionStore.setAside(path))")
      } catch let other {
        return (nil, "\(error); \(other)")
      }
    }
  }
}
