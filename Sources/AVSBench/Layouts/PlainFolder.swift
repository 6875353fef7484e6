/// A folder of frames with a sound file, or a folder of such folders. The folder's name is the clip's.
enum PlainFolder {
  static func holdsClips(_ folder: Folder) -> Bool {
    !folder.images.isEmpty || folder.folders.contains { clip("\(folder.path)/\($0)") != nil }
  }

  static func open(_ root: String) throws -> Dataset {
    let folder = try Folder(root)
    if !folder.images.isEmpty {
      let clip = Clip(
        id: lastComponent(root), layout: .plain, framesFolder: root, audio: try sound(of: folder))
      return Dataset(
        root: root, layout: .plain, clips: [clip],
        warnings: clip.audio == nil ? ["\(root): no sound file (.wav)"] : [])
    }
    let clips = folder.folders.compactMap { clip("\(root)/\($0)") }
    return Dataset(root: root, layout: .plain, clips: clips, warnings: [])
  }

  /// The clip in a folder; nil if frames or sound are missing.
  private static func clip(_ path: String) -> Clip? {
    guard let folder = try? Folder(path), !folder.images.isEmpty, let audio = try? sound(of: folder) else {
      return nil
    }
    return Clip(id: lastComponent(path), layout: .plain, framesFolder: path, audio: audio)
  }

  /// The only sound file, or of several the one with the folder's name.
  private static func sound(of folder: Folder) throws -> String? {
    let sounds = folder.sounds
    let named = sounds.filter { fileStem($0) == lastComponent(folder.path) }
    guard sounds.count <= 1 || named.count == 1 else {
      throw DatasetError(folder.path, "\(sounds.count) sound files; expected one: \(listed(sounds))")
    }
    return (named.first ?? sounds.first).map { "\(folder.path)/\($0)" }
  }
}
