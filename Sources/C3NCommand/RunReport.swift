import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import TerminalUI

/// What `c3n run` prints. The property names are the JSON keys: keep them stable.
struct RunReport: Encodable {
  let clip: String
  let variant: String
  let weights: String
  let similarity: String
  let limitations: [String]
  let warnings: [String]
  let switches: Switches
  /// Noise and silence; null for the clip as it is.
  let input: InputConditions?
  let frames: [Frame]
  let meanIoU, fScore: Double?
  let secondsPerPart: [String: Double]
  let totalSeconds: Double
  let secondsAfterLaunch: Stamps
  private(set) var files: [String] = []

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

  struct Frame: Encodable {
    let frame: Int
    let audioTop, visualTop: [Class]
    let similarity, reweighted: [[Float]]
    let unifiedLabel: Label?
    let iou, fScore: Double?
    let hasGroundTruth: Bool
  }

  struct Class: Encodable {
    let index: Int
    let name: String
    let confidence, raised: Float
  }

  /// k* and, where audio had a say, j* and the largest re-weighted value.
  struct Label: Encodable {
    let visualIndex: Int
    let visualName: String
    let audioIndex: Int?
    let audioName: String?
    let audioConfidence, similarity, visualConfidence: Float?
    let value: Float?
  }

  init(
    _ contents: ClipContents, _ analysis: ClipAnalysis, _ labels: Labels, input: InputConditions,
    _ stamps: Stamps
  ) {
    secondsAfterLaunch = stamps
    self.input = input == .init() ? nil : input
    clip = contents.clip.id
    variant = analysis.variant.rawValue
    weights = analysis.origin
    similarity = analysis.similaritySource
    limitations = analysis.limitations
    warnings = contents.warnings
    switches = analysis.effective
    secondsPerPart = Dictionary(uniqueKeysWithValues: analysis.seconds.map { ($0.key.rawValue, $0.value) })
    totalSeconds = analysis.totalSeconds
    frames = analysis.frames.enumerated().map { index, frame in
      Frame(
        frame: index + 1,
        audioTop: frame.audioTop.map { Class($0, labels.audio) },
        visualTop: frame.visualTop.map { Class($0, labels.visual) },
        similarity: frame.similarity, reweighted: frame.reweighted,
        unifiedLabel: frame.agreement.map { Label($0, labels) },
        iou: frame.iou, fScore: frame.fScore, hasGroundTruth: contents.masks[index] != nil)
    }
    meanIoU = analysis.iou
    fScore = analysis.fScore
  }

  func with(files: [String]) -> RunReport {
    var report = self
    report.files = files
    return report
  }

  var text: String {
    var lines = ["\(TerminalText.escaped(clip))  \(variant)  weights: \(TerminalText.escaped(weights))"]
    lines.append("similarities: \(TerminalText.escaped(similarity))")
    lines += (limitations + warnings).map { "note: \(TerminalText.escaped($0))" }
    if let input { lines.append("input: \(input.description)") }
    for frame in frames { lines += [""] + frame.lines(switches) }
    if let meanIoU {
      let f = fScore.map { String(format: ", F %.4f", $0) } ?? ""
      lines += ["", String(format: "mean IoU %.4f", meanIoU) + f + " of the clip"]
    }
    lines.append(String(format: "%.2f s", totalSeconds))
    return lines.joined(separator: "\n")
  }
}

extension RunReport.Class {
  init(_ confidence: Confidence, _ name: (Int) -> String) {
    self.init(
      index: confidence.label, name: name(confidence.label), confidence: confidence.value,
      raised: confidence.raised)
  }
}

extension RunReport.Label {
  init(_ agreement: CategoryMatch.Agreement, _ labels: Labels) {
    self.init(
      visualIndex: agreement.visualLabel, visualName: labels.visual(agreement.visualLabel),
      audioIndex: agreement.audioLabel, audioName: agreement.audioLabel.map(labels.audio),
      audioConfidence: agreement.factors?.audio, similarity: agreement.factors?.similarity,
      visualConfidence: agreement.factors?.visual, value: agreement.value)
  }
}

extension RunReport.Frame {
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
