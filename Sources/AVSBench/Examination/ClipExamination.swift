import Glibc
import Media

/// What one clip's files are really like: every file is decoded, and one damaged file hides no other.
public struct ClipExamination: Sendable {
  /// Files that should be there, each a line that begins with its path.
  public private(set) var missing: [String] = []

  /// Files that are there and cannot be read, each a line that begins with its path.
  public private(set) var damaged: [String] = []

  /// What is odd and does no harm: what a run of the clip tells too.
  public private(set) var notes: [ClipNote] = []

  /// Properties of the files that can be read, to be counted: what they are of, and their values.
  public private(set) var properties: [Property: [String]] = [:]

  /// What is counted over all clips.
  public enum Property: String, Sendable, CaseIterable {
    case frames = "frames a clip"
    case masks = "masks a clip"
    case frameSize = "frames"
    case maskSize = "masks"
    case maskValues = "mask values"
    case sound = "sound"
    case soundLength = "sound length"
    case logMels = "log-mels"
  }

  /// Decodes everything that the clip has.
  public init(of clip: Clip) {
    let files: ClipFiles
    do {
      files = try clip.files()
    } catch {
      missing.append("\(error)")
      if let audio = clip.audio, access(audio, F_OK) != 0 { missing.append("\(audio): no sound file") }
      return
    }
    notes = files.notes
    count(.frames, "\(files.frames.count)")
    var found: [(path: String, text: String)] = []
    let frames = files.frames.map { path in
      read(path) { path in
        let (image, notes) = try RGBImage.read(path)
        found += notes.map { (path, $0) }
        return image
      }
    }
    notes += ClipNote.merged(found)
    for case let frame? in frames { count(.frameSize, "\(frame.width) x \(frame.height)") }
    let masks = files.masks.map { path in
      path.flatMap { path -> Mask? in read(path) { try clip.readMask($0) } }
    }
    examine(masks, files, clip)
    let sound = read(files.audio) { try readWaveform($0, seconds: files.frames.count) }
    if let sound {
      count(.sound, "\(sound.sourceRate) Hz \(Self.channels(sound.sourceChannels))")
      count(.soundLength, "\((sound.sourceDuration * 10).rounded() / 10) s")
    }
    if let logMel = clip.audioLogMel {
      if read(logMel, { try clip.readLogMel($0, frames: files.frames.count) }) != nil {
        count(.logMels, "readable")
      }
    }
    if frames.allSatisfy({ $0 != nil }) {
      notes += Clip.pictureNotes(files, frames.compactMap { $0 }, masks)
    }
    if let sound { notes += soundNotes(SoundFacts(sound), files.audio, files.frames.count, nil) }
  }

  private mutating func examine(_ masks: [Mask?], _ files: ClipFiles, _ clip: Clip) {
    guard let folder = clip.masksFolder else { return }
    count(.masks, "\(files.masks.count { $0 != nil })")
    for case let mask? in masks {
      count(.maskSize, "\(mask.width) x \(mask.height)")
      if clip.layout != .semantic {
        count(.maskValues, mask.reading.title)
      }
    }
    guard isFolder(folder) else { return missing.append("\(folder): no folder of masks") }
    guard !clip.trainsOnFirstMask || files.masks[0] == nil else { return }
    for index in files.masks.indices where files.masks[index] == nil {
      let name = clip.layout == .semantic ? "\(index).png" : "\(clip.id)_\(index + 1).png"
      missing.append("\(folder)/\(name): no mask of this frame")
    }
  }

  /// Reads a file and keeps what is wrong with it.
  private mutating func read<Value>(_ path: String, _ body: (String) throws -> Value) -> Value? {
    do {
      return try body(path)
    } catch {
      if access(path, F_OK) == 0 { damaged.append("\(error)") } else { missing.append("\(error)") }
      return nil
    }
  }

  private mutating func count(_ property: Property, _ value: String) {
    properties[property, default: []].append(value)
  }

  private static func channels(_ count: Int) -> String {
    switch count {
    case 1: "mono"
    case 2: "stereo"
    default: "\(count) channels"
    }
  }
}
