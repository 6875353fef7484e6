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
    let frames = try NumberedImages(in: framesFolder, prefixes: prefixes)
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
    var warnings: [String] = []
    if !frames.ignored.isEmpty {
      warnings.append("other pictures among the frames of \(id): \(listed(frames.ignored))")
    }
    let masks = try masks(of: frames.images, &warnings)
    return ClipFiles(
      frames: frames.images.map(\.path), masks: masks, audio: audio,
      audioLogMel: audioLogMel.flatMap { access($0, F_OK) == 0 ? $0 : nil }, warnings: warnings)
  }

  /// What the names of frames and masks have before their number.
  private var prefixes: [String] { layout == .semantic ? [""] : ["\(id)_", "\(id).mp4_"] }

  /// Whether the data set has the first mask alone, as for training on single sources.
  var trainsOnFirstMask: Bool {
    split == "train" && (layout == .singleSource || layout == .semantic && Semantic.hasOneSource(self))
  }

  /// The mask of each frame by number. Training clips of S4 and v1s have the first alone, which needs no warning.
  private func masks(of frames: [NumberedImages.Image], _ warnings: inout [String]) throws -> [String?] {
    guard let masksFolder else { return frames.map { _ in nil } }
    guard isFolder(masksFolder) else {
      warnings.append("no ground truth for \(id): no folder \(masksFolder)")
      return frames.map { _ in nil }
    }
    guard try !Folder(masksFolder).images.isEmpty else {
      warnings.append("no ground truth for \(id): no pictures in \(masksFolder)")
      return frames.map { _ in nil }
    }
    let found = try NumberedImages(in: masksFolder, prefixes: prefixes).images
    let paths = Dictionary(uniqueKeysWithValues: found.map { ($0.number, $0.path) })
    let masks = frames.map { paths[$0.number] }
    let count = masks.count { $0 != nil }
    let isTrainingOnFirst = trainsOnFirstMask && count == 1 && masks[0] != nil
    if count < frames.count, !isTrainingOnFirst {
      warnings.append("ground truth for \(count) of the \(frames.count) frames of \(id)")
    }
    if count < found.count {
      warnings.append(
        "\(found.count) masks for the \(frames.count) frames of \(id); \(count) belong to a frame")
    }
    return masks
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

  /// What is odd about the folders, a line each.
  public let warnings: [String]
}
