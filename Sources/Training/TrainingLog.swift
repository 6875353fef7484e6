import Checkpoints
import Foundation
import Glibc

/// The CSV file of a run: a row a step, a row a validation.
public struct TrainingLog {
  /// One row; what does not apply is nil.
  public struct Row: Equatable, Sendable {
    /// `train` or `val`.
    public var kind: String
    /// Steps made so far, and the epoch, counted from 1.
    public var step, epoch: Int
    /// The batch's loss and its two terms.
    public var loss, entropy, dice: Double?
    /// Adam's learning rate.
    public var learningRate: Double?
    /// Clips a second, and seconds since the beginning of the run, pauses not counted.
    public var clipsPerSecond, seconds: Double?
    /// The resident memory in MB.
    public var memory: Double?
    /// The mean IoU and the mean best F of the validation clips.
    public var meanIoU, f: Double?

    init(
      kind: String, step: Int, epoch: Int, loss: SegmentationLoss? = nil, learningRate: Float? = nil,
      clipsPerSecond: Double? = nil, seconds: Double? = nil, meanIoU: Double? = nil, f: Double? = nil
    ) {
      self.kind = kind
      self.step = step
      self.epoch = epoch
      self.loss = loss?.total
      entropy = loss?.entropy
      dice = loss?.dice
      self.learningRate = learningRate.map { Double($0) }
      self.clipsPerSecond = clipsPerSecond
      self.seconds = seconds
      memory = residentMegabytes()
      self.meanIoU = meanIoU
      self.f = f
    }

    /// Reads a line; nil if it is none of this file's.
    init?(_ line: Substring) {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == TrainingLog.columns.count, let step = Int(fields[1]), let epoch = Int(fields[2])
      else { return nil }
      kind = String(fields[0])
      self.step = step
      self.epoch = epoch
      let numbers = fields[3...].map { Double($0) }
      (loss, entropy, dice, learningRate) = (numbers[0], numbers[1], numbers[2], numbers[3])
      (clipsPerSecond, seconds, memory) = (numbers[4], numbers[5], numbers[6])
      (meanIoU, f) = (numbers[7], numbers[8])
    }

    var line: String {
      func text(_ value: Double?, _ format: String = "%.6g") -> String {
        value.map { String(format: format, $0) } ?? ""
      }
      return [
        kind, "\(step)", "\(epoch)", text(loss, "%.9g"), text(entropy), text(dice), text(learningRate),
        text(clipsPerSecond, "%.3f"), text(seconds, "%.1f"), text(memory, "%.0f"), text(meanIoU), text(f),
      ].joined(separator: ",") + "\n"
    }
  }

  /// The header's names.
  public static let columns = [
    "kind", "step", "epoch", "loss", "bce", "dice", "lr", "clips_per_s", "seconds", "rss_mb", "miou", "f",
  ]

  private let path: String

  /// Begins the file anew; if a run goes on, with those rows of the file that is there which its checkpoint knows of.
  ///
  /// The others belong to steps, or to the validation of an epoch, that will be made again.
  init(_ path: String, goingOnAt state: TrainingState?) throws {
    self.path = path
    var text = Self.columns.joined(separator: ",") + "\n"
    if let state, let rows = try? Self.read(path) {
      text += rows.filter { row in
        // A checkpoint between an epoch's last step and its validation has not counted the epoch yet.
        row.step < state.step || row.step == state.step && (row.kind != "val" || state.batch == 0)
      }.map(\.line).joined()
    }
    try ReplacementFile.write(to: path) { (file) throws(CheckpointError) in try file.append(Array(text.utf8))
    }
  }

  /// Appends rows, all or none of them.
  func append(_ rows: [Row]) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { close(descriptor) }
    let before = lseek(descriptor, 0, SEEK_END)
    let text = (before == 0 ? Self.columns.joined(separator: ",") + "\n" : "") + rows.map(\.line).joined()
    let bytes = Array(text.utf8)
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + position, bytes.count - position)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = Self.failure(path)
        // Half a line would be damage once another one follows it.
        ftruncate(descriptor, before)
        throw error
      }
      position += count
    }
  }

  /// Every row of a file. A last line that is still being written is left out.
  public static func read(_ path: String) throws -> [Row] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError("\(path): cannot be read, expected the CSV log of a training")
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    guard lines.first.map(String.init) == columns.joined(separator: ",") else {
      throw TrainingError(
        "\(path): no log of a training, expected the header \(columns.joined(separator: ","))")
    }
    return lines.dropFirst().compactMap(Row.init)
  }

  private static func failure(_ path: String) -> TrainingError {
    TrainingError("\(path): cannot be written: \(String(cString: strerror(errno)))")
  }
}

/// The memory of this process that is in use, in MB.
public func residentMegabytes() -> Double {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
  else { return 0 }
  return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
}
