import Glibc
import Media

/// A video clip of a data set: where its frames, masks and sound are. Nothing is read before ``load()``.
public struct Clip: Sendable, Identifiable {
  /// The name of the clip, as its folder is named.
  public let id: String

  /// What sounds in it, where the data set tells.
  public let category: String?

  /// `train`, `val` or `test`, where the data set tells.
  public let split: String?

  /// The arrangement of the data set.
  public let layout: Layout

  /// The folder of the frames.
  public let framesFolder: String

  /// The folder of the ground truth; nil where the data set has none.
  public let masksFolder: String?

  /// The sound file; nil where the data set has none.
  public let audio: String?

  /// The data set's own log-mels of the sound (`audio_log_mel`), a pickled tensor; nil where it has none.
  ///
  /// The file may be missing all the same; ``ClipContents/logMel`` tells.
  public let audioLogMel: String?

  /// A clip from its paths.
  public init(
    id: String, category: String? = nil, split: String? = nil, layout: Layout, framesFolder: String,
    masksFolder: String? = nil, audio: String? = nil, audioLogMel: String? = nil
  ) {
    self.id = id
    self.category = category
    self.split = split
    self.layout = layout
    self.framesFolder = framesFolder
    self.masksFolder = masksFolder
    self.audio = audio
    self.audioLogMel = audioLogMel
  }

  /// Lists the clip's files: frames by rising number, each with its mask if there is one.
  ///
  /// Throws ``DatasetError`` if the folder is missing or empty, a frame is missing among the numbers, or the
  /// clip has no sound file.
  public func files() throws -> ClipFiles {
    let frames = try NumberedImages(
      in: framesFolder, prefixes: prefixes, allowsSuffixes: layout == .plain)
    let first =
      switch layout {
      case .plain: frames.images[0].number
      case .semantic: 0
      case .singleSource, .multipleSources: min(frames.images[0].number, 1)
      }
    if let gap = frames.firstGap(from: first, step: layout == .plain ? frames.evenStep : 1) {
      throw DatasetError(gap, "frame missing in a sequence of \(frames.images.count) others")
    }
    guard let audio else {
      throw DatasetError(framesFolder, "no sound file (.wav); expected one for clip \(id)")
    }
    var notes: [ClipNote] = []
    if !frames.ignored.isEmpty {
      let what = "other pictures among the frames"
      notes.append(
        ClipNote(
          framesFolder, "\(what) of \(id): \(listed(frames.ignored))", isComplete: true, kind: what))
    }
    let masks = try masks(of: frames, &notes)
    return ClipFiles(
      frames: frames.images.map(\.path), masks: masks, audio: audio,
      audioLogMel: audioLogMel.flatMap { access($0, F_OK) == 0 ? $0 : nil }, notes: notes)
  }

  /// What the names of frames and masks have before their number.
  private var prefixes: [String] { layout == .semantic ? [""] : ["\(id)_", "\(id).mp4_"] }

  /// Whether the data set has the first mask alone, as for training on single sources.
  var trainsOnFirstMask: Bool {
    split == "train" && (layout == .singleSource || layout == .semantic && Semantic.hasOneSource(self))
  }

  /// The mask of each frame by number. Training clips of S4 and v1s have the first alone, which needs no note.
  private func masks(of listing: NumberedImages, _ notes: inout [ClipNote]) throws -> [String?] {
    let frames = listing.images
    let none = [String?](repeating: nil, count: frames.count)
    guard let masksFolder else { return none }
    func note(_ text: String, _ kind: String) {
      notes.append(ClipNote(masksFolder, text, isComplete: true, kind: kind))
    }
    guard isFolder(masksFolder) else {
      note("no ground truth for \(id): no folder \(masksFolder)", "no folder of masks: no ground truth")
      return none
    }
    guard try !Folder(masksFolder).images.isEmpty else {
      note(
        "no ground truth for \(id): no pictures in \(masksFolder)",
        "no pictures in the folder of masks: no ground truth")
      return none
    }
    let found = try NumberedImages(
      in: masksFolder, prefixes: prefixes, allowsSuffixes: layout == .plain)
    if !found.ignored.isEmpty, layout == .plain {
      let what = "other pictures among the masks"
      note("\(what) of \(id): \(listed(found.ignored))", what)
    }
    let masks =
      layout == .plain ? plainMasks(found, of: listing, note) : byNumber(found.images, of: frames)
    let count = masks.count { $0 != nil }
    let isTrainingOnFirst = trainsOnFirstMask && count == 1 && masks[0] != nil
    if count < frames.count, !isTrainingOnFirst {
      note(
        "ground truth for \(count) of the \(frames.count) frames of \(id)",
        "ground truth for some frames alone")
    }
    if count < found.images.count {
      note(
        "\(found.images.count) masks for the \(frames.count) frames of \(id); \(count) belong to a frame",
        "masks that belong to no frame")
    }
    return masks
  }

  private func byNumber(_ masks: [NumberedImages.Image], of frames: [NumberedImages.Image]) -> [String?] {
    let paths = Dictionary(uniqueKeysWithValues: masks.map { ($0.number, $0.path) })
    return frames.map { paths[$0.number] }
  }

  /// The masks of a plain folder: by the frames' numbers, or by their names where they have none; as many masks under
  /// other numbers, such as from 0 where the frames count from 1, in order.
  private func plainMasks(
    _ found: NumberedImages, of listing: NumberedImages, _ note: (String, String) -> Void
  ) -> [String?] {
    let (masks, frames) = (found.images, listing.images)
    if !found.isNumbered, !listing.isNumbered, masks.count != frames.count {
      return frames.map { frame in
        let name = fileStem(lastComponent(frame.path))
        let own = masks.first { fileStem(lastComponent($0.path)) == name }
        return (own ?? masks.first { lastComponent($0.path).hasPrefix(name + "_") })?.path
      }
    }
    let (wanted, present) = (frames.map(\.number), masks.map(\.number))
    guard masks.count == frames.count, wanted != present else { return byNumber(masks, of: frames) }
    let what = "masks under other numbers than the frames; taken in order"
    note("masks of \(id) from number \(present[0]), its frames from \(wanted[0]); taken in order", what)
    return masks.map(\.path)
  }
}

/// The files of a clip.
public struct ClipFiles: Sendable, Equatable {
  /// The frames in order of time.
  public let frames: [String]

  /// The ground truth of each frame; nil where there is none.
  public let masks: [String?]

  /// The sound.
  public let audio: String

  /// The data set's own log-mels of the sound; nil where there are none.
  public let audioLogMel: String?

  /// What is odd about the folders.
  public let notes: [ClipNote]

  /// What is odd about the folders, a line each.
  public var warnings: [String] { notes.map(\.description) }
}
