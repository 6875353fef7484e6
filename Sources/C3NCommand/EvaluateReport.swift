import AVSBench
import C3N
import Evaluation
import Foundation
import Inference
import TerminalUI

/// What `c3n evaluate` prints of one data set. The property names are the JSON keys: keep them stable.
struct EvaluationReport: Encodable {
  let dataset, layout, split: String
  let batching: String
  let variant: String
  let weights: [String]
  let switches: Switches
  let input: InputConditions
  let score: Score?
  let categories: [Category]
  let categoryIoU, categoryF: Spread?
  let clips: [ClipLine]
  let fromDatabase: Int
  let withoutGroundTruth: [String]
  /// What is odd about the clips' files, clips counted.
  let notes: [String]
  let unreadable: [EvaluatedClips.Unreadable]

  struct Score: Encodable {
    let mIoU, f: Double
    let fWithoutSilentClips: Double?
    let clips, silentClips, frames, emptyFrames, batches, silentBatches: Int

    init(_ score: SplitScore) {
      mIoU = score.meanIoU
      f = score.f
      fWithoutSilentClips = score.fWithoutSilentClips
      clips = score.clipCount
      silentClips = score.silentClipCount
      frames = score.frameCount
      emptyFrames = score.emptyFrameCount
      batches = score.batchCount
      silentBatches = score.silentBatchCount
    }
  }

  struct Category: Encodable {
    let category: String
    let score: Score
  }

  struct Spread: Encodable {
    let mean, deviation: Double

    init(_ spread: CategoryScores.Spread) {
      mean = spread.mean
      deviation = spread.deviation
    }
  }

  struct ClipLine: Encodable {
    let id: String
    let category: String?
    let frames, emptyFrames: Int
    let iou: Double
    let f: Double?
    let seconds: Double
    let source: String
  }

  init(_ set: Dataset, split: String, _ batching: BatchProtocol, _ evaluated: EvaluatedClips) {
    dataset = set.root
    layout = set.layout.rawValue
    self.split = split
    self.batching = batching.rawValue
    variant = evaluated.variant
    weights = evaluated.weights
    switches = evaluated.setting.switches
    input = evaluated.setting.input
    score = SplitScore(evaluated.scores, batching).map(Score.init)
    let byCategory = CategoryScores(evaluated.scores, batching)
    categories =
      byCategory?.entries.map { Category(category: $0.category, score: Score($0.score)) } ?? []
    categoryIoU = byCategory.map { Spread($0.meanIoU) }
    categoryF = byCategory.map { Spread($0.f) }
    clips = evaluated.entries.map { entry in
      ClipLine(
        id: entry.score.id, category: entry.score.category, frames: entry.score.frames.count,
        emptyFrames: entry.score.emptyFrameCount, iou: entry.score.iou, f: entry.score.f,
        seconds: entry.seconds, source: entry.isFromDatabase ? "database" : "computed")
    }
    fromDatabase = evaluated.entries.count(where: \.isFromDatabase)
    withoutGroundTruth = evaluated.withoutTruth
    notes = evaluated.notes
    unreadable = evaluated.unreadable
  }

  var text: String {
    var lines = [
      "\(TerminalText.escaped(dataset)): \(layout), split \(TerminalText.escaped(split)), protocol \(batching)",
      "\(variant)  weights: \(TerminalText.escaped(weights.joined(separator: ", ")))"
        + conditionText.map { "  " + $0 }.joined(),
    ]
    if let score {
      lines += ["", headline(score), "", Self.columns]
      lines += clips.map(Self.line)
      lines += categoryLines
    } else {
      lines += ["", "no clip was scored"]
    }
    if !notes.isEmpty { lines += [""] + notes.map { "note: \(TerminalText.escaped($0))" } }
    if !withoutGroundTruth.isEmpty {
      lines += ["", "without ground truth and left out: \(counted(withoutGroundTruth.count, "clip"))"]
    }
    if !unreadable.isEmpty {
      lines += ["", "not readable and left out: \(counted(unreadable.count, "clip"))"]
      lines += unreadable.map { "  \(TerminalText.escaped($0.problem))" }
    }
    return lines.joined(separator: "\n")
  }

  private func headline(_ score: Score) -> String {
    var text = String(format: "mIoU %.4f   F %.4f", score.mIoU, score.f)
    text += score.fWithoutSilentClips.map { String(format: "   F without silent clips %.4f", $0) } ?? ""
    text +=
      "\n\(counted(score.clips, "clip")) (\(fromDatabase) from the database), \(score.silentClips) of them silent; "
    text += "\(counted(score.frames, "frame")), \(score.emptyFrames) with empty ground truth; "
    text += score.batches == 1 ? "1 batch" : "\(score.batches) batches"
    let size = BatchProtocol(rawValue: batching)?.clipsPerBatch ?? score.clips
    if score.batches > 1, score.clips % size != 0 {
      text += ", the last of \(counted(score.clips % size, "clip")) with the weight of the others"
    }
    if score.silentBatches > 0 { text += ", \(score.silentBatches) of them silent and 0 in F" }
    return text
  }

  /// What differs from the defaults.
  private var conditionText: [String] {
    var texts = switches.deviations
    if let noise = input.audioNoise { texts.append("audio noise \(noise) dB, seed \(input.noiseSeed)") }
    if let noise = input.frameNoise { texts.append("frame noise \(noise) dB, seed \(input.noiseSeed)") }
    if input.sound != .own { texts.append("sound \(input.sound.rawValue)") }
    return texts
  }

  private var categoryLines: [String] {
    guard let categoryIoU, let categoryF else { return [] }
    var lines = ["", "category                  clips    mIoU       F"]
    lines += categories.map { entry in
      Self.padded(entry.category, 24)
        + String(format: "%7d  %6.4f  %6.4f", entry.score.clips, entry.score.mIoU, entry.score.f)
    }
    lines.append(
      Self.padded("mean over categories", 31)
        + String(format: "  %6.4f  %6.4f", categoryIoU.mean, categoryF.mean))
    lines.append(
      Self.padded("standard deviation", 31)
        + String(format: "  %6.4f  %6.4f", categoryIoU.deviation, categoryF.deviation))
    return lines
  }

  private static let columns =
    "clip                      category           frames  empty     IoU       F  seconds"

  private static func line(_ clip: ClipLine) -> String {
    padded(clip.id, 24) + "  " + padded(clip.category ?? "-", 16)
      + String(format: "%9d%7d  %6.4f  ", clip.frames, clip.emptyFrames, clip.iou)
      + (clip.f.map { String(format: "%6.4f", $0) } ?? "     -")
      + String(format: "  %7.2f", clip.seconds) + (clip.source == "database" ? "  from the database" : "")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    let shown = TerminalText.truncated(text, columns: width)
    return shown.padding(toLength: max(width, shown.count), withPad: " ", startingAt: 0)
  }
}

/// `1 clip`, `2 clips`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
