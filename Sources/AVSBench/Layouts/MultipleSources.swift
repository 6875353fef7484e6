/// AVSBench-object, MS3: `visual_frames/<id>`, other parts `<split>/<id>`, listed in `ms3_meta_data.csv`.
enum MultipleSources {
  static let listName = "ms3_meta_data.csv"

  /// Lists the clips: one listing of the frames, and without a list one of each split.
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

    func clip(_ id: String, _ split: String?) -> Clip {
      Clip(
        id: id, split: split, layout: .multipleSources, framesFolder: "\(frames)/\(id)",
        masksFolder: split.flatMap { split in masks.map { "\($0)/\(split)/\(id)" } },
        audio: split.flatMap { split in sounds.map { "\($0)/\(split)/\(id).wav" } },
        audioLogMel: split.flatMap { split in logMels.map { "\($0)/\(split)/\(id).pkl" } })
    }

    let present = try Folder(frames).folders
    guard let list = MetadataFile.path(listName, near: root) else {
      warnings.append("\(root): no \(listName): the clips are what the folders hold")
      let splits = splits(masks: masks, sounds: sounds)
      let without = present.filter { splits[$0] == nil }
      if !without.isEmpty {
        warnings.append("\(root): \(without.count) clips in no split: \(listed(without))")
      }
      let clips = present.map { clip($0, splits[$0]) }
      return Dataset(root: root, layout: .multipleSources, clips: clips, warnings: warnings)
    }
    // Looked up by equal text, used in the spelling of the disk: composed and decomposed letters differ there.
    let onDisk = Dictionary(present.map { ($0, $0) }) { first, _ in first }
    let wanted = try MetadataFile.read(list, columns: ["video_id", "split"])
    let clips = wanted.map { clip(onDisk[$0[0]] ?? $0[0], $0[1]) }
    let names = Set(wanted.map { $0[0] })
    warnings += MetadataFile.warnings(
      list: list, missing: names.filter { onDisk[$0] == nil }.sorted(),
      unlisted: present.filter { !names.contains($0) })
    return Dataset(root: root, layout: .multipleSources, clips: clips, warnings: warnings)
  }

  /// The split of each clip that has a mask folder or a sound file in one.
  private static func splits(masks: String?, sounds: String?) -> [String: String] {
    var splits: [String: String] = [:]
    for split in splitNames {
      let masked = masks.flatMap { try? Folder("\($0)/\(split)") }?.folders ?? []
      let sounding = sounds.flatMap { try? Folder("\($0)/\(split)") }?.sounds ?? []
      for id in masked + sounding.map({ String(fileStem($0)) }) { splits[id] = split }
    }
    return splits
  }
}
