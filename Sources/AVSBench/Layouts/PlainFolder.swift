/// A folder of frames with a sound file, perhaps with masks, or a folder of such folders. The folder's name is the clip's.
///
/// The frames are in the folder itself, or in `frames`, `images` or `visual_frames` inside; the masks in `masks`,
/// `gt_masks` or `labels` beside them, numbered as the frames; the sound beside either, or in `audio` or `audio_wav`.
enum PlainFolder {
  private static let frameFolders = ["frames", "images", "visual_frames"]
  private static let maskFolders = ["masks", "gt_masks", "labels", "labels_semantic"]
  private static let soundFolders = ["audio", "audio_wav"]

  static func holdsClips(_ folder: Folder) -> Bool {
    frames(of: folder) != nil
      || folder.folders.contains { (try? Folder("\(folder.path)/\($0)")).flatMap(clip) != nil }
  }

  /// Whether a folder that has a part `visual_frames` is one clip: pictures are in that folder itself.
  static func isClip(_ folder: Folder, frames: String) -> Bool {
    (try? Folder(frames)).map { !$0.images.isEmpty && $0.folders.isEmpty } == true
  }

  static func open(_ root: String) throws -> Dataset {
    let folder = try Folder(root)
    if let frames = frames(of: folder) {
      let clip = Clip(
        id: lastComponent(root), layout: .plain, framesFolder: frames, masksFolder: masks(of: folder, frames),
        audio: try sound(of: folder, frames))
      return Dataset(
        root: root, layout: .plain, clips: [clip],
        warnings: clip.audio == nil ? ["\(root): no sound file (.wav)"] : [])
    }
    var clips: [Clip] = []
    var warnings: [String] = []
    for inside in folder.folders.compactMap({ try? Folder("\(root)/\($0)") }) {
      if let clip = clip(inside) {
        clips.append(clip)
      } else if let frames = frames(of: inside) {
        do {
          _ = try sound(of: inside, frames)
          warnings.append("\(inside.path): frames and no sound file (.wav); left out")
        } catch {
          warnings.append("\(error); left out")
        }
      }
    }
    return Dataset(root: root, layout: .plain, clips: clips, warnings: warnings)
  }

  /// The clip in a folder; nil if frames or sound are missing.
  private static func clip(_ folder: Folder) -> Clip? {
    guard let frames = frames(of: folder), let audio = try? sound(of: folder, frames) else { return nil }
    return Clip(
      id: lastComponent(folder.path), layout: .plain, framesFolder: frames,
      masksFolder: masks(of: folder, frames), audio: audio)
  }

  /// Where the frames are; nil if there are none.
  private static func frames(of folder: Folder) -> String? {
    if !folder.images.isEmpty { return folder.path }
    return frameFolders.lazy.compactMap { folder.part($0) }.first { path in
      (try? Folder(path)).map { !$0.images.isEmpty } == true
    }
  }

  /// Where the masks are: beside the frames, or inside their folder.
  private static func masks(of folder: Folder, _ frames: String) -> String? {
    maskFolders.lazy.compactMap { folder.part($0) }.first { $0 != frames }
  }

  /// The only sound file of the first folder that has one, or of several the one with the clip's name.
  private static func sound(of folder: Folder, _ frames: String) throws -> String? {
    let others = ([frames] + soundFolders.compactMap { folder.part($0) }).filter { $0 != folder.path }
    for place in [folder] + others.compactMap({ try? Folder($0) }) where !place.sounds.isEmpty {
      let sounds = place.sounds
      let named = sounds.filter { fileStem($0) == lastComponent(folder.path) }
      guard sounds.count == 1 || named.count == 1 else {
        throw DatasetError(place.path, "\(sounds.count) sound files; expected one: \(listed(sounds))")
      }
      return "\(place.path)/\(named.first ?? sounds[0])"
    }
    return nil
  }
}
