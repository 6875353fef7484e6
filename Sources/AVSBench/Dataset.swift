import Glibc
import Media

/// A data set on disk: its clips in the order of its list.
public struct Dataset: Sendable {
  /// The folder that holds the clips' files.
  public let root: String

  /// How they are arranged.
  public let layout: Layout

  /// The clips.
  public let clips: [Clip]

  /// What is odd about the folders and the list, a line each.
  public let warnings: [String]

  private let positions: [String: Int]

  init(root: String, layout: Layout, clips: [Clip], warnings: [String]) {
    self.root = root
    self.layout = layout
    var positions: [String: Int] = [:]
    var kept: [Clip] = []
    var repeated: [String] = []
    for clip in clips {
      guard positions[clip.id] == nil else {
        repeated.append(clip.id)
        continue
      }
      positions[clip.id] = kept.count
      kept.append(clip)
    }
    self.positions = positions
    self.clips = kept
    if repeated.isEmpty {
      self.warnings = warnings
    } else {
      let names = listed(repeated)
      self.warnings = warnings + ["\(root): \(repeated.count) repeated names are left out: \(names)"]
    }
  }

  /// Opens the data set in or below a folder; no picture or sound is read.
  ///
  /// `root` may be the folder of the data, up to three folders above, or a folder of one or more clips inside.
  /// Throws ``DatasetError`` if there is none or more than one, and if its list is damaged.
  public static func open(_ root: String) throws -> Dataset {
    guard let resolved = realpath(root, nil) else { throw DatasetError(root, systemMessage(errno)) }
    defer { free(resolved) }
    let path = String(cString: resolved)
    let components = path.split(separator: "/")
    func above(_ index: Int) -> String { "/" + components[..<index].joined(separator: "/") }
    let part =
      components.lastIndex { $0 == "visual_frames" || $0.hasPrefix("visual_frames_") }
      ?? components.indices.last { index in
        Semantic.labels.contains(String(components[index]))
          && (try? Folder(above(index))).map(Semantic.isRoot) == true
      }
    guard let part else { return try openWhole(path) }

    let whole = try openWhole(above(part))
    let clips = whole.clips.filter { "\($0.framesFolder)/".hasPrefix("\(path)/") }
    guard !clips.isEmpty else { throw DatasetError(root, "no clip of \(whole.root) is in this folder") }
    return Dataset(root: whole.root, layout: whole.layout, clips: clips, warnings: whole.warnings)
  }

  private static func openWhole(_ root: String) throws -> Dataset {
    let locations = try DatasetLocation.all(under: root)
    guard let location = locations.first else {
      throw DatasetError(
        root,
        "no data set: no visual_frames folder (S4, MS3) and no v1s, v1m or v2 with clips (AVSS) here or up to three "
          + "folders below, and no frames with a sound file")
    }
    guard locations.count == 1 else {
      let found = locations.map { "\($0.path) (\($0.layout.rawValue))" }.joined(separator: ", ")
      throw DatasetError(root, "\(locations.count) data sets; open one of them: \(found)")
    }
    return try location.open()
  }

  /// The clip of that name. Throws ``DatasetError`` with the closest names if there is none.
  public func clip(_ id: String) throws -> Clip {
    if let position = positions[id] { return clips[position] }
    let closest = closestNames(to: id, among: clips.map(\.id), count: 3)
    throw DatasetError(
      root,
      "no clip \(id) among \(clips.count)"
        + (closest.isEmpty ? "" : "; closest: \(closest.joined(separator: ", "))"))
  }
}
