import Glibc

/// A place where a data set was found.
public struct DatasetLocation: Sendable, Equatable {
  /// How its files are arranged.
  public let layout: Layout

  /// The folder of its files.
  public let path: String

  private static let deepest = 3
  private static let mostFolders = 2_000

  /// The data sets in a folder or up to three folders below it, none inside another.
  ///
  /// Throws ``DatasetError`` if `root` cannot be listed. Folders below that cannot are passed over.
  public static func all(under root: String) throws -> [DatasetLocation] {
    let top = try Folder(root)
    var found: [DatasetLocation] = []
    var waiting = [(folder: top, depth: 0)]
    var next = 0
    while next < waiting.count {
      let (folder, depth) = waiting[next]
      next += 1
      if let frames = folder.part("visual_frames"), !PlainFolder.isClip(folder, frames: frames) {
        found.append(DatasetLocation(layout: layout(ofFrames: frames, in: folder), path: folder.path))
      } else if Semantic.isRoot(folder) {
        found.append(DatasetLocation(layout: .semantic, path: folder.path))
      } else if depth < deepest, waiting.count < mostFolders {
        waiting += folder.folders.compactMap { try? Folder("\(folder.path)/\($0)") }.map { ($0, depth + 1) }
      }
    }
    if found.isEmpty, PlainFolder.holdsClips(top) {
      found.append(DatasetLocation(layout: .plain, path: root))
    }
    return found
  }

  /// Lists the clips.
  func open() throws -> Dataset {
    switch layout {
    case .singleSource: try SingleSource.open(path)
    case .multipleSources: try MultipleSources.open(path)
    case .semantic: try Semantic.open(path)
    case .plain: try PlainFolder.open(path)
    }
  }

  /// S4 has its splits in `visual_frames`, MS3 its clips. Where the folder is empty the list beside it tells.
  private static func layout(ofFrames frames: String, in folder: Folder) -> Layout {
    let inside = (try? Folder(frames))?.folders ?? []
    if inside.isEmpty {
      return MetadataFile.path(MultipleSources.listName, near: folder.path) == nil
        ? .singleSource : .multipleSources
    }
    return inside.contains(where: splitNames.contains) ? .singleSource : .multipleSources
  }
}

/// The splits of AVSBench, in their order.
let splitNames = ["train", "val", "test"]
