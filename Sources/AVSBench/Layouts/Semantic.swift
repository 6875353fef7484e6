import Glibc

/// AVSBench-semantic: `<label>/<uid>/frames/0.jpg`, its classes and its sound beside, listed in `metadata.csv`.
enum Semantic {
  static let listName = "metadata.csv"

  /// Short clips of one source and of several, and long clips.
  static let labels = ["v1s", "v1m", "v2"]

  /// Whether the folder has one of the three and a list, or in one of them a clip.
  static func isRoot(_ folder: Folder) -> Bool {
    labels.filter(folder.folders.contains).contains { label in
      if folder.files.contains(listName) { return true }
      guard let inside = try? Folder("\(folder.path)/\(label)") else { return false }
      return inside.folders.prefix(10).contains {
        (try? Folder("\(inside.path)/\($0)"))?.part("frames") != nil
      }
    }
  }

  static func hasOneSource(_ clip: Clip) -> Bool { clip.framesFolder.contains("/v1s/\(clip.id)/") }

  /// Lists the clips: one listing for each of the three folders.
  static func open(_ root: String) throws -> Dataset {
    let folder = try Folder(root)
    let present = try labels.filter(folder.folders.contains).flatMap { label in
      try Folder("\(root)/\(label)").folders.map { Place(label: label, uid: $0) }
    }
    // The parts have the same names in every clip; a copy with another size has a suffix, such as frames_384.
    let sample = present.lazy.compactMap { try? Folder("\(root)/\($0.path)") }.first {
      $0.part("frames") != nil
    }
    let frames = sample?.part("frames").map(lastComponent) ?? "frames"
    let masks = ["labels_semantic", "labels_rgb"].lazy.compactMap { sample?.part($0).map(lastComponent) }
      .first

    func clip(_ place: Place, _ split: String?, _ category: String?) -> Clip {
      let path = "\(root)/\(place.path)"
      return Clip(
        id: place.uid, category: category, split: split, layout: .semantic, framesFolder: "\(path)/\(frames)",
        masksFolder: masks.map { "\(path)/\($0)" }, audio: "\(path)/audio.wav")
    }

    var warnings: [String] = []
    if masks == nil {
      warnings.append("\(root): no labels_semantic and no labels_rgb folders: no ground truth")
    }
    guard let list = MetadataFile.path(listName, near: root) else {
      warnings.append("\(root): no \(listName): the clips are what the folders hold, in no split")
      return Dataset(
        root: root, layout: .semantic, clips: present.map { clip($0, nil, nil) }, warnings: warnings)
    }
    // Looked up by equal text, used in the spelling of the disk: composed and decomposed letters differ there.
    let onDisk = Dictionary(present.map { ($0.path, $0) }) { first, _ in first }
    let rows = try MetadataFile.read(list, columns: ["label", "uid", "split"], text: ["a_obj"])
    let wanted = rows.map { Place(label: $0[0], uid: $0[1]) }
    let clips = zip(rows, wanted).map { clip(onDisk[$1.path] ?? $1, $0[2], $0[3]) }
    let paths = Set(wanted.map(\.path))
    warnings += MetadataFile.warnings(
      list: list, missing: wanted.filter { onDisk[$0.path] == nil }.map(\.uid),
      unlisted: present.filter { !paths.contains($0.path) }.map(\.uid))
    return Dataset(root: root, layout: .semantic, clips: clips, warnings: warnings)
  }

  private struct Place {
    let label: String
    let uid: String
    var path: String { "\(label)/\(uid)" }
  }
}
