import Media
import Tensors

/// A clip's decoded pictures and sound.
public struct ClipContents: Sendable {
  /// The clip.
  public let clip: Clip

  /// Where everything was read from.
  public let files: ClipFiles

  /// The frames as stored.
  public let frames: [RGBImage]

  /// The ground truth of each frame as stored; nil where there is none.
  public let masks: [Mask?]

  /// The sound: a second a frame.
  public let waveform: Waveform

  /// The data set's own log-mels for VGGish, [frames, 96, 64]; nil where there are none or the sound was changed.
  ///
  /// They frame the whole sound into pieces of 0.96 s, which is what the published networks were trained on.
  public let logMel: Tensor?

  /// The sound as it was read, whatever replaced it since: what is odd about it stays.
  let sound: SoundFacts

  /// What is odd about frames, masks and log-mels.
  let fileNotes: [ClipNote]

  /// The state of the files when they were read, the same before and after; see ``ClipFiles/stamp()``.
  public let stamp: String

  /// Tells this reading of the files from every other in the process: files change.
  public let reading = Reading()

  /// The identity of a reading.
  public final class Reading: Sendable, Equatable {
    /// Whether both are the same reading.
    public static func == (left: Reading, right: Reading) -> Bool { left === right }
  }
}

extension Clip {
  /// Reads the clip.
  ///
  /// Throws ``DatasetError`` as ``files()`` does and for files that change while they are read, and `MediaError` for a file that
  /// cannot be decoded.
  public func load() throws -> ClipContents {
    let files = try files()
    return try FileStates.reading(files) { try load(files, stamp: $0) }
  }

  private func load(_ files: ClipFiles, stamp: String) throws -> ClipContents {
    var found: [(path: String, text: String)] = []
    let frames = try files.frames.map { path in
      let (image, notes) = try RGBImage.read(path)
      found += notes.map { (path, $0) }
      return image
    }
    let masks = try files.masks.map { try $0.map(readMask) }
    let waveform = try readWaveform(files.audio, seconds: frames.count)
    let (logMel, problem) = readLogMel(of: files)
    return ClipContents(
      clip: self, files: files, frames: frames, masks: masks, waveform: waveform, logMel: logMel,
      sound: SoundFacts(waveform),
      fileNotes: files.notes + ClipNote.merged(found) + Self.pictureNotes(files, frames, masks)
        + (problem.map { [$0] } ?? []), stamp: stamp)
  }

  /// Reads a mask of this clip: black and white, or AVSBench-semantic's classes, of which any but the background counts.
  ///
  /// Throws `MediaError`.
  public func readMask(_ path: String) throws -> Mask {
    layout == .semantic ? try Mask(classesOf: path) : try Mask(contentsOf: path)
  }

  /// What is odd about the sizes of frames and masks, and about what the masks hold.
  static func pictureNotes(_ files: ClipFiles, _ frames: [RGBImage], _ masks: [Mask?]) -> [ClipNote] {
    var notes: [ClipNote] = []
    if let other = frames.indices.first(where: {
      frames[$0].width != frames[0].width || frames[$0].height != frames[0].height
    }) {
      notes.append(
        ClipNote(
          files.frames[other], "\(size(frames[other])); the first frame is \(size(frames[0]))",
          kind: "frames of several sizes"))
    }
    var found: [(path: String, text: String)] = []
    for (frame, (mask, path)) in zip(frames, zip(masks, files.masks)) {
      guard let mask, let path else { continue }
      if let note = mask.reading.note { found.append((path, note)) }
      if mask.width != frame.width || mask.height != frame.height {
        notes.append(
          ClipNote(
            path, "\(mask.width) x \(mask.height); its frame is \(size(frame))",
            kind: "masks of another size than their frames"))
      }
    }
    return notes + ClipNote.merged(found)
  }

  private static func size(_ image: RGBImage) -> String { "\(image.width) x \(image.height)" }
}
