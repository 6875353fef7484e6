import AVSBench
import Foundation
import Glibc

/// Which clips a run learns from and is scored on: a run goes on with these and no others.
///
/// It holds what the clips are, not where they lie: names, splits and categories in the data set's order, and the names and
/// sizes of their files. A data set that was moved, or copied to another machine, is the same.
public struct TrainingData: Codable, Equatable, Sendable {
  /// The clips of one split.
  public struct Part: Codable, Equatable, Sendable {
    /// The split's name.
    public let split: String
    /// The number of its clips.
    public let clips: Int
    /// FNV-1a (64 bits, hexadecimal) of the clips' names and categories in their order.
    public let names: String
    /// FNV-1a of the names and sizes of the clips' files as well.
    public let files: String
  }

  /// The data set's layout.
  public let layout: String

  /// The clips that are trained on, and those that are scored after an epoch.
  public let training, validation: Part

  /// Where the data set was when the run began; tells people, and is not compared.
  public let root: String

  /// What a configuration takes of a data set. Lists every clip's folders, and reads no file.
  init(_ dataset: Dataset, _ configuration: TrainingConfiguration) {
    layout = dataset.layout.rawValue
    root = dataset.root
    func part(_ split: String) -> Part { Part(split, dataset.clips.filter { $0.split == split }) }
    training = part(configuration.trainingSplit)
    validation = part(configuration.validationSplit)
  }

  /// Whether both are of the same clips with the same files, wherever these are.
  public func isSame(as other: TrainingData) -> Bool {
    (layout, training, validation) == (other.layout, other.training, other.validation)
  }

  /// What a run began with and what was found in its place, in one line.
  func difference(to found: TrainingData) -> String {
    let hasSameNames =
      layout == found.layout && training.names == found.training.names
      && validation.names == found.validation.names
    return "begun with \(description), found \(found.description)"
      + (hasSameNames ? ": clips of the same names, other files" : "")
  }

  private var description: String {
    "\(root) (\(layout), \(training.description) to train on, \(validation.description) to validate on)"
  }
}

extension TrainingData.Part {
  fileprivate init(_ split: String, _ clips: [Clip]) {
    self.split = split
    self.clips = clips.count
    var names = Digest()
    var files = Digest()
    for clip in clips {
      names.add(clip.id)
      names.add(clip.category ?? "")
      for path in Self.paths(of: clip) {
        files.add(URL(fileURLWithPath: path).lastPathComponent)
        var status = stat()
        files.add(stat(path, &status) == 0 ? "\(status.st_size)" : "-")
      }
      files.add("")
    }
    self.names = names.text
    files.add(names.text)
    self.files = files.text
  }

  /// The files of a clip; of one that cannot be listed, those that its data set names.
  private static func paths(of clip: Clip) -> [String] {
    let listed = try? clip.files()
    let pictures = (listed?.frames ?? []) + (listed?.masks ?? []).map { $0 ?? "/none" }
    return pictures + [clip.audio, clip.audioLogMel].compactMap { $0 }
  }

  fileprivate var description: String {
    "\(clips) clip\(clips == 1 ? "" : "s") of '\(split)' \(files.prefix(8))"
  }
}

/// FNV-1a over texts, each with its end.
private struct Digest {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ text: String) {
    // File systems differ in whether letters with accents are one character or two.
    for byte in text.precomposedStringWithCanonicalMapping.utf8 { absorb(byte) }
    absorb(0)
  }

  private mutating func absorb(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
