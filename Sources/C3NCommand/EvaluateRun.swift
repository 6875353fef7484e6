import ArgumentParser
import AVSBench
import C3N
import Evaluation
import Foundation
import Inference
import Results
import TerminalUI

/// Switches and input conditions that clips are evaluated under.
struct EvaluationSetting: Hashable {
  var switches = Switches()
  var input = InputConditions()
}

/// A data set's clips under one setting.
struct EvaluatedClips {
  struct Entry {
    let score: ClipScore
    let seconds: Double
    let isFromDatabase: Bool
  }

  struct Unreadable: Encodable {
    let clip: String
    let problem: String
  }

  /// `S4` or `MS3`.
  let dataset: String
  let variant: String
  let weights: [String]
  let setting: EvaluationSetting
  var entries: [Entry] = []
  var unreadable: [Unreadable] = []
  var withoutTruth: [String] = []

  var scores: [ClipScore] { entries.map(\.score) }

  static let csvHeader = ["dataset", "id", "category", "frames", "empty", "iou", "f", "seconds", "source"]

  var csvRows: [String] {
    entries.map { entry in
      let score = entry.score
      return CSVText.line([
        dataset, score.id, score.category ?? "", "\(score.frames.count)", "\(score.emptyFrameCount)",
        "\(score.iou)", score.f.map { "\($0)" } ?? "", "\(entry.seconds)",
        entry.isFromDatabase ? "database" : "computed",
      ])
    }
  }
}

/// Evaluates clips, taking from the database what is there and storing what is not.
final class Evaluator {
  private let assets: EmbeddedAssets
  private let results: EvaluationResults
  private var database: ResultsDatabase { results.database }
  private var model: (specification: ModelSpecification, model: C3NModel)?
  private let progress = Progress()

  init(assets: EmbeddedAssets, results: EvaluationResults) {
    self.assets = assets
    self.results = results
  }

  /// A clip whose files are there, and its place in the list.
  private struct Present {
    let position: Int
    let clip: Clip
    let stamp: String
  }

  /// Evaluates clips under all settings, in the clips' order. The model is loaded only if something is missing.
  ///
  /// Throws `ExitCode` where a signal asks to stop, which is told.
  func evaluate(
    _ clips: [Clip], named dataset: String, model wanted: ModelSpecification, _ settings: [EvaluationSetting]
  ) throws -> [EvaluatedClips] {
    progress.show("reading weight files")
    let resolved = try assets.resolved(wanted)
    let identity = try database.identity(of: resolved)!
    progress.clear()
    let keys = settings.map { ResultKey(model: identity, switches: $0.switches, input: $0.input) }
    let stored = try keys.map { try database.results(for: $0) }
    var unreadable: [Int: String] = [:]
    var withoutTruth: Set<Int> = []
    var present: [Present] = []
    for (position, clip) in clips.enumerated() {
      do {
        let files = try clip.files()
        if files.masks.allSatisfy({ $0 == nil }) {
          withoutTruth.insert(position)
        } else {
          present.append(Present(position: position, clip: clip, stamp: try files.stamp()))
        }
      } catch {
        unreadable[position] = "\(error)"
      }
    }

    var finished = [[Int: EvaluatedClips.Entry]](repeating: [:], count: settings.count)
    var missing: [(present: Present, settings: [Int])] = []
    for clip in present {
      var open: [Int] = []
      for setting in settings.indices {
        if let result = stored[setting][clip.clip.framesFolder], result.stamp == clip.stamp {
          finished[setting][clip.position] = .init(
            score: result.score(id: clip.clip.id, category: clip.clip.category), seconds: result.seconds,
            isFromDatabase: true)
        } else {
          open.append(setting)
        }
      }
      if !open.isEmpty { missing.append((clip, open)) }
    }

    if !missing.isEmpty {
      _ = try load(resolved)
      // Until here there is nothing to finish, and a signal ends the process at once.
      StopRequest.listen(endsAtSecondInterrupt: true)
    }
    let start = ContinuousClock.now
    defer { progress.clear() }
    // The files of the next clips are read while one is computed.
    let ahead = ClipsAhead(missing.map(\.present.clip))
    for (count, (clip, open)) in missing.enumerated() {
      if let signal = StopRequest.signalNumber {
        let done = present.count { clip in finished.allSatisfy { $0[clip.position] != nil } }
        throw stopped(signal, "\(done) of \(counted(present.count, "clip")) of \(dataset)")
      }
      show(count, of: missing.count, finished, since: start, dataset)
      do {
        let wanted = open.map { ($0, settings[$0], keys[$0]) }
        for (setting, entry) in try compute(clip, ahead, resolved, wanted) {
          finished[setting][clip.position] = entry
        }
      } catch let error as UnreadableClip {
        unreadable[clip.position] = error.description
      }
    }
    return settings.indices.map { setting in
      EvaluatedClips(
        dataset: dataset, variant: identity.variant, weights: resolved.weights, setting: settings[setting],
        entries: clips.indices.compactMap { finished[setting][$0] },
        unreadable: unreadable.sorted { $0.key < $1.key }
          .map { .init(clip: clips[$0.key].framesFolder, problem: $0.value) },
        withoutTruth: withoutTruth.sorted().map { clips[$0].framesFolder })
    }
  }

  /// A clip whose files are there but cannot be decoded: the evaluation goes on without it.
  private struct UnreadableClip: Error, CustomStringConvertible {
    let description: String
  }

  /// Takes the clip from those read ahead, scores it under the settings that it lacks and stores each score at once.
  private func compute(
    _ present: Present, _ ahead: ClipsAhead, _ specification: ModelSpecification,
    _ open: [(Int, EvaluationSetting, ResultKey)]
  ) throws -> [(Int, EvaluatedClips.Entry)] {
    let model = try load(specification)
    let contents: ClipContents
    do {
      contents = try ahead.next()
    } catch {
      throw UnreadableClip(description: "\(error)")
    }
    var entries: [(Int, EvaluatedClips.Entry)] = []
    // The features of a clip are hundreds of megabytes: one input at a time.
    for (input, group) in Dictionary(grouping: open, by: { $0.1.input }) {
      // Nobody asks a single setting's clip for another label.
      let evaluation = ClipEvaluation(model, contents, input, memory: group.count == 1 ? 0 : nil)
      for (setting, wanted, key) in group {
        let (frames, seconds) = try evaluation.score(wanted.switches)
        let result = FinishedClip(
          framesFolder: present.clip.framesFolder, stamp: present.stamp, frames: frames, seconds: seconds)
        results.store(result, for: key)
        let score = result.score(id: present.clip.id, category: present.clip.category)
        entries.append((setting, .init(score: score, seconds: seconds, isFromDatabase: false)))
      }
    }
    return entries
  }

  private func load(_ specification: ModelSpecification) throws -> C3NModel {
    if let model, model.specification == specification { return model.model }
    // The old model goes before the new one comes, so that two never share the memory.
    model = nil
    progress.show("loading the model")
    let loaded = try assets.load(specification)
    guard loaded.segmentation != nil else {
      throw CommandError(
        "variant \(loaded.variant): has no trained decoder, so there are no masks to score; "
          + "name a variant and weights that have one, or try --variant pvtv2-panns --weights formula:1")
    }
    model = (specification, loaded)
    return loaded
  }

  /// Says how far the evaluation has come, and returns the status to end with.
  private func stopped(_ signal: Int32, _ done: String) -> ExitCode {
    progress.clear()
    StandardError.write(
      "stopped by \(StopRequest.name(signal)): \(done) are done"
        + (database.limitation == nil ? " and in the database; the same command goes on\n" : "\n"))
    return StopRequest.status(signal)
  }

  /// Clips done, mIoU so far over all settings, clips a second and what remains.
  private func show(
    _ count: Int, of total: Int, _ finished: [[Int: EvaluatedClips.Entry]],
    since start: ContinuousClock.Instant,
    _ dataset: String
  ) {
    var line = "\(dataset): \(count) of \(total) clips"
    let scores = finished.flatMap { $0.values.map(\.score.iou) }
    if !scores.isEmpty {
      line += String(format: ", mIoU so far %.4f", scores.reduce(0, +) / Double(scores.count))
    }
    if count > 0 {
      let seconds = start.duration(to: .now).seconds
      let left = Int(seconds / Double(count) * Double(total - count))
      line += String(format: ", %.3g clips/s, %d:%02d left", Double(count) / seconds, left / 60, left % 60)
    }
    progress.show(line)
  }
}
