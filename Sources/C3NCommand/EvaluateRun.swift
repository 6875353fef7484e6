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
    /// What is odd about its files.
    let notes: [ClipNote]
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

  /// What is odd about the clips' files, clips counted.
  var notes: [String] {
    var tally = NoteTally()
    for entry in entries { tally.add(entry.notes) }
    return tally.lines
  }

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
///
/// Results belong to the bytes that the model was loaded from: what is written to the files during an evaluation changes
/// nothing, and is told at its end.
final class Evaluator {
  private let assets: EmbeddedAssets
  private var model: Loaded?
  private let results: EvaluationResults
  private var database: ResultsDatabase { results.database }
  private let progress = Progress()

  init(assets: EmbeddedAssets, results: EvaluationResults) {
    self.assets = assets
    self.results = results
  }

  /// A model in memory and which it is.
  private struct Loaded {
    let specification: ModelSpecification
    let model: C3NModel
    let identity: ModelIdentity
    var toldChanges: [String] = []
  }

  /// A clip whose files are there, and its place in the list.
  private struct Present {
    let position: Int
    let clip: Clip
    let frames: Int
    let stamp: String
  }

  /// What the database has of the clips, and what it lacks.
  private struct Plan {
    let keys: [ResultKey]
    var finished: [[Int: EvaluatedClips.Entry]]
    var missing: [(present: Present, settings: [Int])] = []
  }

  /// Evaluates clips under all settings, in the clips' order. The model is loaded only if something is missing.
  ///
  /// Throws `ExitCode` where a signal asks to stop, which is told.
  func evaluate(
    _ clips: [Clip], named dataset: String, model wanted: ModelSpecification, _ settings: [EvaluationSetting]
  ) throws -> [EvaluatedClips] {
    var unreadable: [Int: String] = [:]
    var withoutTruth: Set<Int> = []
    var present: [Present] = []
    for (position, clip) in clips.enumerated() {
      do {
        let files = try clip.files()
        if files.masks.allSatisfy({ $0 == nil }) {
          withoutTruth.insert(position)
        } else {
          present.append(
            Present(position: position, clip: clip, frames: files.frames.count, stamp: try files.stamp()))
        }
      } catch {
        unreadable[position] = "\(error)"
      }
    }

    progress.show("reading weight files")
    let resolved = try assets.resolved(wanted)
    var identity = try model(resolved)?.identity ?? database.identity(of: resolved)!.model
    progress.clear()
    var plan = try plan(present, identity, settings)
    // What is in the database needs no memory.
    var room = Room(model: resolved)
    for clip in plan.missing.map(\.present) {
      do {
        try room.expect(clip.clip, frames: clip.frames)
      } catch let problem as MemoryError {
        unreadable[clip.position] = "\(problem)"
      }
    }
    // Where the shortest clip does not fit, none does.
    if !present.isEmpty, unreadable.count == clips.count - withoutTruth.count,
      let problem = room.problems.min(by: { $0.key < $1.key })?.value
    {
      throw problem
    }
    plan.missing.removeAll { unreadable[$0.present.position] != nil }
    if !plan.missing.isEmpty {
      let loaded = try load(resolved)
      if loaded.identity != identity {
        // The files have changed since they were looked at.
        identity = loaded.identity
        plan = try self.plan(present, identity, settings)
        plan.missing.removeAll { unreadable[$0.present.position] != nil }
      }
      // Until here there is nothing to finish, and a signal ends the process at once.
      StopRequest.listen(endsAtSecondInterrupt: true)
    }

    var outOfMemory: MemoryError?
    let start = ContinuousClock.now
    defer { progress.clear() }
    // The files of the next clips are read while one is computed.
    let ahead = ClipsAhead(plan.missing.map(\.present.clip))
    for (count, (clip, open)) in plan.missing.enumerated() {
      if let signal = StopRequest.signalNumber {
        let done = present.count { clip in plan.finished.allSatisfy { $0[clip.position] != nil } }
        throw stopped(signal, "\(done) of \(counted(present.count, "clip")) of \(dataset)")
      }
      show(count, of: plan.missing.count, plan.finished, since: start, dataset)
      do {
        let wanted = open.map { ($0, settings[$0], plan.keys[$0]) }
        for (setting, entry) in try compute(clip, ahead, resolved, wanted) {
          plan.finished[setting][clip.position] = entry
        }
      } catch let error as UnreadableClip {
        unreadable[clip.position] = error.description
        outOfMemory = outOfMemory ?? error.memory
      }
    }
    if let outOfMemory, plan.finished.allSatisfy(\.isEmpty) { throw outOfMemory }
    progress.clear()
    tellChanges()
    return settings.indices.map { setting in
      EvaluatedClips(
        dataset: dataset, variant: identity.variant, weights: resolved.weights, setting: settings[setting],
        entries: clips.indices.compactMap { plan.finished[setting][$0] },
        unreadable: unreadable.sorted { $0.key < $1.key }
          .map { .init(clip: clips[$0.key].framesFolder, problem: $0.value) },
        withoutTruth: withoutTruth.sorted().map { clips[$0].framesFolder })
    }
  }

  private func plan(
    _ present: [Present], _ identity: ModelIdentity, _ settings: [EvaluationSetting]
  ) throws -> Plan {
    let keys = settings.map { ResultKey(model: identity, switches: $0.switches, input: $0.input) }
    let stored = try keys.map { try database.results(for: $0) }
    let notes = try keys.map { try database.notes(for: $0) }
    var plan = Plan(keys: keys, finished: .init(repeating: [:], count: settings.count))
    for clip in present {
      var open: [Int] = []
      for setting in settings.indices {
        if let result = stored[setting][clip.clip.framesFolder], result.stamp == clip.stamp {
          plan.finished[setting][clip.position] = .init(
            score: result.score(id: clip.clip.id, category: clip.clip.category), seconds: result.seconds,
            isFromDatabase: true, notes: notes[setting][clip.clip.framesFolder] ?? [])
        } else {
          open.append(setting)
        }
      }
      if !open.isEmpty { plan.missing.append((clip, open)) }
    }
    return plan
  }

  /// Which lengths of clips the memory allows, asked once for each.
  private struct Room {
    let model: ModelSpecification
    var problems: [Int: MemoryError] = [:]
    private var known: Set<Int> = []

    init(model: ModelSpecification) { self.model = model }

    /// Throws `MemoryError` for a clip that does not fit.
    mutating func expect(_ clip: Clip, frames: Int) throws {
      if let problem = problems[frames] { throw problem }
      guard known.insert(frames).inserted else { return }
      do {
        try MemoryNeed.expectRoom(for: clip, in: model)
      } catch let problem as MemoryError {
        problems[frames] = problem
        throw problem
      }
    }
  }

  /// A clip whose files are there but cannot be decoded, or does not fit: the evaluation goes on without it.
  private struct UnreadableClip: Error, CustomStringConvertible {
    let description: String
    var memory: MemoryError?
  }

  /// Takes the clip from those read ahead, scores it under the settings that it lacks and stores each score at once, with the
  /// state that its files had when they were read.
  private func compute(
    _ present: Present, _ ahead: ClipsAhead, _ specification: ModelSpecification,
    _ open: [(Int, EvaluationSetting, ResultKey)]
  ) throws -> [(Int, EvaluatedClips.Entry)] {
    let model = try load(specification).model
    let contents: ClipContents
    do {
      contents = try ahead.next()
    } catch {
      throw UnreadableClip(description: "\(error)")
    }
    guard contents.masks.contains(where: { $0 != nil }) else {
      throw UnreadableClip(description: "\(present.clip.framesFolder): its ground truth is gone")
    }
    var entries: [(Int, EvaluatedClips.Entry)] = []
    // The features of a clip are hundreds of megabytes: one input at a time.
    for (input, group) in Dictionary(grouping: open, by: { $0.1.input }) {
      // Nobody asks a single setting's clip for another label.
      let evaluation: ClipEvaluation
      do {
        evaluation = try ClipEvaluation(model, contents, input, memory: group.count == 1 ? 0 : nil)
      } catch let problem as MemoryError {
        throw UnreadableClip(description: "\(problem)", memory: problem)
      }
      let notes = contents.notes(contents.completion(by: model, hasNoise: input.audioNoise != nil))
      for (setting, wanted, key) in group {
        let (frames, seconds) = try evaluation.score(wanted.switches)
        let result = FinishedClip(
          framesFolder: present.clip.framesFolder, stamp: contents.stamp, frames: frames, seconds: seconds,
          notes: notes)
        results.store(result, for: key)
        let score = result.score(id: present.clip.id, category: present.clip.category)
        entries.append((setting, .init(score: score, seconds: seconds, isFromDatabase: false, notes: notes)))
      }
    }
    return entries
  }

  private func model(_ specification: ModelSpecification) -> Loaded? {
    model?.specification == specification ? model : nil
  }

  private func load(_ specification: ModelSpecification) throws -> Loaded {
    if let model = model(specification) { return model }
    // The old model goes before the new one comes, so that two never share the memory.
    model = nil
    progress.show("loading the model")
    let network = try assets.load(specification)
    guard network.segmentation != nil else {
      throw CommandError(
        "variant \(network.variant): has no trained decoder, so there are no masks to score; "
          + "name a variant and weights that have one, or try --variant pvtv2-panns --weights formula:1")
    }
    let identity = try database.identity(of: specification, loadedFrom: network.files).model
    let loaded = Loaded(specification: specification, model: network, identity: identity)
    model = loaded
    return loaded
  }

  /// Says which of the loaded model's files are not what they were, once.
  private func tellChanges() {
    guard let changes = model?.model.files.changes, changes != model?.toldChanges else { return }
    model?.toldChanges = changes
    model?.model.files.showChanges(results: "scores")
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
