/// AVSBench-object, S4: `<part>/<split>/<category>/<name>`, listed in `s4_meta_data.csv`.
enum SingleSource {
  static let listName = "s4_meta_data.csv"

  /// Lists the clips: one listing for each category of each split, however many clips there are.
  static func open(_ root: String) throws -> Dataset {
    let folder = try Folder(root)
    guard let frames = folder.part("visual_frames") else {
      throw DatasetError(root, "no visual_frames folder")
    }
    let masks = folder.part("gt_masks")
    let sounds = folder.part("audio_wav")
    let logMels = folder.part("audio_log_mel")
    var warnings: [String] = []
    if masks == nil { warnings.append("\(root): no gt_masks folder: no ground truth") }
    if sounds == nil { warnings.append("\(root): no audio_wav folder: no sound") }

    func clip(_ place: Place) -> Clip {
      Clip(
        id: place.name, category: place.category, split: place.split, layout: .singleSource,
        framesFolder: "\(frames)/\(place.path)", masksFolder: masks.map { "\($0)/\(place.path)" },
        audio: sounds.map { "\($0)/\(place.path).wav" },
        audioLogMel: logMels.map { "\($0)/\(place.path).pkl" })
    }

    let present = try places(in: frames)
    guard let list = MetadataFile.path(listName, near: root) else {
      warnings.append("\(root): no \(listName): the clips are what the folders hold")
      return Dataset(root: root, layout: .singleSource, clips: present.map(clip), warnings: warnings)
    }
    // Looked up by equal text, used in the spelling of the disk: composed and decomposed letters differ there.
    let onDisk = Dictionary(present.map { ($0.path, $0) }) { first, _ in first }
    let wanted = try MetadataFile.read(list, columns: ["split", "category", "name"])
      .map { Place(split: $0[0], category: $0[1], name: $0[2]) }
    let clips = wanted.map { clip(onDisk[$0.path] ?? $0) }
    let paths = Set(wanted.map(\.path))
    warnings += MetadataFile.warnings(
      list: list, missing: wanted.filter { onDisk[$0.path] == nil }.map(\.name),
      unlisted: present.filter { !paths.contains($0.path) }.map(\.name))
    return Dataset(root: root, layout: .singleSource, clips: clips, warnings: warnings)
  }

  private struct Place {
    let split: String
    let category: String
    let name: String
    var path: String { "\(split)/\(category)/\(name)" }
  }

  private static func places(in frames: String) throws -> [Place] {
    let splits = try Folder(frames).folders
    let ordered = splitNames.filter(splits.contains) + splits.filter { !splitNames.contains($0) }
    return try ordered.flatMap { split in
      try Folder("\(frames)/\(split)").folders.flatMap { category in
        try Folder("\(frames)/\(split)/\(category)").folders.map {
          Place(split: split, category: category, name: $0)
        }
      }
    }
  }
}
