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

  /// What is odd about the files, a line each.
  public let warnings: [String]

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
    let frames = try files.frames.map(RGBImage.init(contentsOf:))
    let masks = try files.masks.map { try $0.map(readMask) }
    let waveform = try readWaveform(files.audio, seconds: frames.count)
    let (logMel, problem) = readLogMel(of: files)
    let warnings =
      files.warnings + Self.oddities(files, frames, masks, waveform) + (problem.map { [$0] } ?? [])
    return ClipContents(
      clip: self, files: files, frames: frames, masks: masks, waveform: waveform, logMel: logMel,
      warnings: warnings, stamp: stamp)
  }

  /// Reads a mask of this clip: black and white, or AVSBench-semantic's classes, of which any but the background counts.
  ///
  /// Throws `MediaError`.
  public func readMask(_ path: String) throws -> Mask {
    layout == .semantic ? try Mask(classesOf: path) : try Mask(contentsOf: path)
  }

  static func oddities(
    _ files: ClipFiles, _ frames: [RGBImage], _ masks: [Mask?], _ waveform: Waveform
  ) -> [String] {
    var warnings: [String] = []
    if let other = frames.indices.first(where: {
      frames[$0].width != frames[0].width || frames[$0].height != frames[0].height
    }) {
      warnings.append("\(files.frames[other]): \(size(frames[other])); the first frame is \(size(frames[0]))")
    }
    for (frame, (mask, path)) in zip(frames, zip(masks, files.masks)) {
      guard let mask, let path else { continue }
      if mask.hadOtherValues {
        warnings.append("\(path): other values than black and white; cut at half of the maximum")
      }
      if mask.width != frame.width || mask.height != frame.height {
        warnings.append("\(path): \(mask.width) x \(mask.height); its frame is \(size(frame))")
      }
    }
    if waveform.paddedDuration >= 0.05 {
      let seconds = (waveform.sourceDuration * 100).rounded() / 100
      warnings.append("\(files.audio): \(seconds) s of sound for \(frames.count) frames; padded with silence")
    }
    if waveform.isSilent { warnings.append("\(files.audio): silent") }
    return warnings
  }

  private static func size(_ image: RGBImage) -> String { "\(image.width) x \(image.height)" }
}
