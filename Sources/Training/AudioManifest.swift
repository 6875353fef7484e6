import Foundation
import Media

/// The sounds of an audio training: a CSV file `path,labels,split`.
///
/// Paths are relative to the file's folder. Labels are AudioSet's class indices 0 to 526 joined by `|`, or nothing for
/// background. The split `train` is trained on; everything else is held out.
public struct AudioManifest: Sendable {
  /// A sound file and what it is.
  public struct Sound: Sendable {
    /// The file.
    public let path: String
    /// AudioSet class indices; empty for background.
    public let labels: [Int]
    /// Whether it is trained on.
    public let isTraining: Bool
    /// Mono samples at 16 kHz.
    let samples: [Float]
  }

  /// The sounds in the file's order.
  public let sounds: [Sound]

  /// The classes of the training sounds, rising.
  public let classes: [Int]

  /// Longer sounds are cut.
  static let longest = 60

  /// Reads the list and every sound in it.
  public init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError("\(path): cannot be read, expected a list path,labels,split")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard lines.first == "path,labels,split" else {
      throw TrainingError("\(path): line 1 is '\(lines.first ?? "")', expected path,labels,split")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    sounds = try lines.dropFirst().enumerated().map { index, line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let labels = fields.count == 3 ? fields[1].split(separator: "|").map { Int($0) } : [nil]
      let known = labels.compactMap { $0 }.filter { (0..<527).contains($0) }
      guard fields.count == 3, known.count == labels.count else {
        throw TrainingError(
          "\(path): line \(index + 2) is '\(line)', expected path,labels,split with labels 0 to 526 joined by |"
        )
      }
      let file = URL(fileURLWithPath: String(fields[0]), relativeTo: folder).path
      return Sound(
        path: file, labels: known, isTraining: fields[2] == "train", samples: try Self.samples(file))
    }
    classes = Set(sounds.filter(\.isTraining).flatMap(\.labels)).sorted()
    guard classes.count >= 2 else {
      throw TrainingError("\(path): \(classes.count) classes in the split train, expected at least 2")
    }
  }

  private static func samples(_ path: String) throws -> [Float] {
    let waveform = try readWaveform(path, seconds: longest)
    let count = min(longest * Waveform.sampleRate, Int(waveform.sourceDuration * Double(Waveform.sampleRate)))
    return Array(waveform.samples.values.prefix(max(count, 1)))
  }
}

extension AudioManifest.Sound {
  /// One second whose first sample is at `start`, played `speed` times as fast; zeros after the end.
  func second(at start: Int, speed: Float = 1) -> [Float] {
    (0..<Waveform.sampleRate).map { i in
      let position = Float(i) * speed
      let low = start + Int(position)
      guard low + 1 < samples.count else { return low < samples.count ? samples[low] : 0 }
      let share = position - position.rounded(.down)
      return samples[low] + share * (samples[low + 1] - samples[low])
    }
  }

  /// Where seconds begin, a quarter apart, that are not much quieter than the loudest.
  var loudSeconds: [Int] {
    let hop = Waveform.sampleRate / 4
    let starts = Array(stride(from: 0, through: max(0, samples.count - Waveform.sampleRate), by: hop))
    let levels = starts.map { start in
      samples[start..<min(start + Waveform.sampleRate, samples.count)].reduce(0) { $0 + $1 * $1 }
    }
    let threshold = levels.max()! / 100
    return zip(starts, levels).filter { $1 >= threshold }.map(\.0)
  }
}
