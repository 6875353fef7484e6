import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import TerminalUI

/// What `c3n run` prints: the record that the explorer exports, and what only a run has.
struct RunReport: Encodable {
  private let record: AnalysisRecord
  /// Noise and silence; null for the clip as it is.
  private let input: InputConditions?
  private let secondsAfterLaunch: Stamps
  private var files: [String] = []

  private enum CodingKeys: CodingKey {
    case input, secondsAfterLaunch, files
  }

  /// Seconds from the launch of the program, by the system's clock of 10 ms: until the model was there, and until the masks
  /// were. 0 for what did not come.
  struct Stamps: Encodable {
    private(set) var model = 0.0
    private(set) var masks = 0.0

    mutating func take(_ event: JobEvent) {
      switch event {
      case .loadingModel: break
      case .progress: if model == 0 { model = secondsSinceLaunch() ?? 0 }
      case .analysis(let analysis):
        if masks == 0, analysis.maskLogits != nil { masks = secondsSinceLaunch() ?? 0 }
      }
    }
  }

  init(
    _ contents: ClipContents, _ analysis: ClipAnalysis, _ labels: Labels, input: InputConditions,
    _ stamps: Stamps
  ) {
    record = AnalysisRecord(analysis, of: contents, labels)
    secondsAfterLaunch = stamps
    self.input = input == .init() ? nil : input
  }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var own = encoder.container(keyedBy: CodingKeys.self)
    try own.encodeIfPresent(input, forKey: .input)
    try own.encode(secondsAfterLaunch, forKey: .secondsAfterLaunch)
    try own.encode(files, forKey: .files)
  }

  func with(files: [String]) -> RunReport {
    var report = self
    report.files = files
    return report
  }

  var text: String {
    var lines = [
      "\(TerminalText.escaped(record.clip))  \(record.variant)  weights: \(TerminalText.escaped(record.weights))"
    ]
    lines.append("similarities: \(TerminalText.escaped(record.similarity))")
    let deviations = record.switches.deviations
    if !deviations.isEmpty { lines.append("switches: \(deviations.joined(separator: ", "))") }
    lines += (record.limitations + record.warnings).map { "note: \(TerminalText.escaped($0))" }
    if let input { lines.append("input: \(input.description)") }
    for frame in record.frames { lines += [""] + frame.lines(record.switches) }
    if let meanIoU = record.meanIoU {
      let f = record.fScore.map { String(format: ", F %.4f", $0) } ?? ""
      lines += ["", String(format: "mean IoU %.4f", meanIoU) + f + " of the clip"]
    }
    lines.append(String(format: "%.2f s", record.totalSeconds))
    return lines.joined(separator: "\n")
  }
}

extension AnalysisRecord.Frame {
  fileprivate func lines(_ switches: Switches) -> [String] {
    var lines = ["frame \(frame)"]
    for (title, classes, exponent) in [
      ("hears", audioTop, switches.alpha), ("sees", visualTop, switches.beta),
    ] {
      for (rank, entry) in classes.enumerated() {
        let name = TerminalText.truncated(entry.name, columns: 34)
          .padding(toLength: 34, withPad: " ", startingAt: 0)
        lines.append(
          "  \(rank == 0 ? title.padding(toLength: 6, withPad: " ", startingAt: 0) : "      ") \(name) "
            + String(format: "%.4f  ^%.2f = %.4f", entry.confidence, exponent, entry.raised))
      }
    }
    if !similarity.isEmpty && !similarity[0].isEmpty {
      lines.append("  similarity (rows: seen, columns: heard)   re-weighted")
      for (left, right) in zip(similarity, reweighted) {
        lines.append("  " + left.map(Self.cell).joined() + "      " + right.map(Self.cell).joined())
      }
    }
    if let label = unifiedLabel {
      let heard = label.audioName.map { " with \(TerminalText.escaped($0))" } ?? ""
      let value = label.value.map { String(format: ", value %.4f", $0) } ?? ""
      lines.append(
        "  \(switches.forcedLabel == nil ? "unified" : "forced") label: \(TerminalText.escaped(label.visualName)) (\(label.visualIndex))\(heard)\(value)"
      )
    } else {
      lines.append("  no unified label: \(visualTop.isEmpty ? "no classes" : "consensus is off")")
    }
    if let iou {
      lines.append(
        String(format: "  IoU %.4f", iou)
          + (fScore.map { String(format: "  F %.4f", $0) } ?? "  F: empty ground truth"))
    } else {
      lines.append(hasGroundTruth ? "  no mask to score" : "  no ground truth")
    }
    return lines
  }

  private static func cell(_ value: Float) -> String { String(format: "%7.3f", value) }
}
