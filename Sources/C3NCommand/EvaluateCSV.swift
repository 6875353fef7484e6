import Checkpoints
import Evaluation
import Foundation
import Media
import TerminalUI

/// CSV files of one row a clip.
enum CSVFile {
  /// Says before hours of computing, not after, that there is no place for the file.
  static func expectPlace(for path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if ReplacementFile.isStream(path) { return }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw CommandError("\(TerminalText.escaped(path)): cannot be written: no folder to write to")
    }
  }

  /// Writes the file completely or not at all. Throws `CheckpointError`.
  static func write(_ header: [String], _ lines: [String], to path: String) throws {
    let text = ([CSVText.line(header)] + lines).joined(separator: "\n") + "\n"
    try ReplacementFile.write(to: path) { (file) throws(CheckpointError) in try file.append(Array(text.utf8))
    }
  }
}

/// Two evaluations of the same clips, clip by clip. The property names are the JSON keys: keep them stable.
struct EvaluationDifference: Encodable {
  let a, b: String
  let clips: [Line]
  let meanIoU, meanF: Means?
  let onlyInA, onlyInB: [String]

  struct Line: Encodable {
    let clip: String
    let iouA, iouB: Double
    let fA, fB: Double?
    var difference: Double { iouB - iouA }
  }

  /// Means over the clips of both files; of F over those where both have one.
  struct Means: Encodable {
    let a, b: Double
  }

  private struct Scores {
    let name: String
    let iou: Double
    let f: Double?
  }

  init(_ pathA: String, _ pathB: String) throws {
    let (scoresA, scoresB) = (try Self.read(pathA), try Self.read(pathB))
    let byName = Dictionary(uniqueKeysWithValues: scoresB.map { ($0.name, $0) })
    let namesA = Set(scoresA.map(\.name))
    (a, b) = (pathA, pathB)
    clips = scoresA.compactMap { own in
      byName[own.name].map { Line(clip: own.name, iouA: own.iou, iouB: $0.iou, fA: own.f, fB: $0.f) }
    }.sorted { ($0.difference, $0.clip) < ($1.difference, $1.clip) }
    onlyInA = scoresA.map(\.name).filter { byName[$0] == nil }
    onlyInB = scoresB.map(\.name).filter { !namesA.contains($0) }
    meanIoU = Self.means(clips.map { ($0.iouA, $0.iouB) })
    meanF = Self.means(clips.compactMap { line in line.fA.flatMap { a in line.fB.map { (a, $0) } } })
  }

  private static func means(_ pairs: [(Double, Double)]) -> Means? {
    guard !pairs.isEmpty else { return nil }
    let count = Double(pairs.count)
    return Means(a: pairs.reduce(0) { $0 + $1.0 } / count, b: pairs.reduce(0) { $0 + $1.1 } / count)
  }

  private static func read(_ path: String) throws -> [Scores] {
    let place = TerminalText.escaped(path)
    let bytes = try RegularFile(path).bytes(limit: 1 << 30)
    guard let records = CSVText.records(String(decoding: bytes, as: UTF8.self)), let header = records.first
    else {
      throw CommandError("\(place): no CSV: a quoted field does not end; expected what evaluate --csv writes")
    }
    let missing = EvaluatedClips.csvHeader.filter { !header.contains($0) }
    guard header == EvaluatedClips.csvHeader else {
      throw CommandError(
        "\(place): not written by evaluate --csv: "
          + (missing.isEmpty
            ? "other columns" : "no column \(missing.joined(separator: ", "))")
          + "; expected \(EvaluatedClips.csvHeader.joined(separator: ","))")
    }
    var names: Set<String> = []
    return try records.dropFirst().enumerated().map { number, fields in
      guard fields.count == EvaluatedClips.csvHeader.count, let iou = Double(fields[5]),
        let f = fields[6].isEmpty ? .some(nil) : Double(fields[6]).map(Optional.some)
      else {
        throw CommandError("\(place): record \(number + 2) is damaged: expected numbers for iou and f")
      }
      let name = "\(fields[0]) \(fields[1])"
      guard names.insert(name).inserted else {
        throw CommandError("\(place): record \(number + 2): clip \(TerminalText.escaped(name)) comes twice")
      }
      return Scores(name: name, iou: iou, f: f)
    }
  }

  func print(json: Bool) throws {
    if json { return try printJSON(self) }
    Swift.print("A: \(TerminalText.escaped(a))\nB: \(TerminalText.escaped(b))\n")
    Swift.print("   IoU A   IoU B     B-A     F A     F B  clip")
    func number(_ value: Double?) -> String { value.map { String(format: "%8.4f", $0) } ?? "       -" }
    for line in clips {
      Swift.print(
        String(format: "%8.4f%8.4f%+8.4f", line.iouA, line.iouB, line.difference) + number(line.fA)
          + number(line.fB) + "  " + TerminalText.escaped(line.clip))
    }
    if let meanIoU {
      Swift.print(
        String(format: "%8.4f%8.4f%+8.4f", meanIoU.a, meanIoU.b, meanIoU.b - meanIoU.a)
          + number(meanF?.a) + number(meanF?.b) + "  mean of \(counted(clips.count, "clip"))")
      let better = clips.count { $0.difference > 0 }
      let worse = clips.count { $0.difference < 0 }
      Swift.print("\nB is better on \(better), worse on \(worse), equal on \(clips.count - better - worse)")
    } else {
      Swift.print("no clip is in both files")
    }
    for (name, only) in [("A", onlyInA), ("B", onlyInB)] where !only.isEmpty {
      Swift.print("only in \(name): \(only.map { TerminalText.escaped($0) }.joined(separator: ", "))")
    }
  }
}
