import AVSBench
import C3N
import Explorer
import Foundation
import Glibc
import Inference
import Results

/// Scores in the database that `c3n evaluate` writes too, read and written away from the screen's thread.
actor KeptScores {
  private let assets: EmbeddedAssets
  private let path: String
  private var identities: [LoadedModel: ResultsDatabase.Identified] = [:]
  private var opened: ResultsDatabase?
  private var hasToldProblem = false
  /// Those that could not be stored.
  private var waiting: [(result: FinishedClip, setting: ScoreSetting, files: ModelFiles)] = []

  /// More than a session by hand makes; a clip takes 2 KiB a frame.
  private static let mostWaiting = 500

  init(assets: EmbeddedAssets, database: String) {
    self.assets = assets
    path = database
  }

  /// The scores of clips whose files are as they were, and the number of frames of those that could be looked at within a
  /// second: folders may be far away.
  func read(_ query: ScoreQuery) -> KnownScores {
    let limit = ContinuousClock.now + .seconds(1)
    var frames: [Int: Int] = [:]
    for (position, clip) in query.clips.enumerated() where query.countsFrames && ContinuousClock.now < limit {
      frames[position] = (try? clip.files())?.frames.count
    }
    do {
      let (scores, files) = try scores(query)
      return KnownScores(scores, frames: frames, files: files)
    } catch {
      return KnownScores([:], frames: frames, problem: "kept scores: \(error)")
    }
  }

  private func scores(
    _ query: ScoreQuery
  ) throws -> ([ScoreSetting: [Int: KnownScore]], [ModelSpecification: ModelFiles]) {
    // Without a database no weight file is read.
    guard let database = try open(makingIt: false) else { return ([:], [:]) }
    var identified: [ModelSpecification: ResultsDatabase.Identified] = [:]
    var files: [Int: (stamp: String, frames: Int)] = [:]
    var scores: [ScoreSetting: [Int: KnownScore]] = [:]
    let positions = Dictionary(
      query.clips.enumerated().map { ($0.element.framesFolder, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    for setting in query.settings {
      let own =
        try identified[setting.model]
        ?? query.files[setting.model].map { try identity(of: setting.model, loadedFrom: $0, database) }
        ?? database.identity(of: try assets.resolved(setting.model))!
      identified[setting.model] = own
      let key = ResultKey(model: own.model, switches: setting.switches)
      for summary in try database.summaries(for: key) {
        guard let position = positions[summary.framesFolder] else { continue }
        if files[position] == nil {
          // Files that are gone say nothing against the scores of others.
          guard let found = try? query.clips[position].files() else { continue }
          files[position] = (try found.stamp(), found.frames.count)
        }
        guard let file = files[position], file.stamp == summary.stamp else { continue }
        scores[setting, default: [:]][position] = KnownScore(
          iou: summary.iou, fScore: summary.f, source: .kept(summary.finished.map(Self.day)),
          frames: file.frames)
      }
    }
    return (scores, identified.mapValues(\.files))
  }

  /// Keeps a finished clip, as a result of the bytes that its model was loaded from, and returns its scores; nil where there
  /// are none.
  func keep(
    _ analysis: ClipAnalysis, of contents: ClipContents, _ setting: ScoreSetting
  ) throws -> KnownScore? {
    let frames = analysis.scoredFrames
    guard let iou = analysis.iou, !frames.isEmpty else { return nil }
    let result = FinishedClip(
      framesFolder: contents.clip.framesFolder, stamp: contents.stamp, frames: frames,
      seconds: analysis.totalSeconds, notes: contents.notes(analysis.soundCompletion))
    if waiting.count < Self.mostWaiting { waiting.append((result, setting, analysis.files)) }
    try storeWaiting()
    return KnownScore(iou: iou, fScore: analysis.fScore, source: .session)
  }

  /// Keeps a finished clip of the user's own; what is wrong is returned once, not after every run.
  func keepQuietly(
    _ analysis: ClipAnalysis, of contents: ClipContents, _ setting: ScoreSetting
  ) -> String? {
    do {
      _ = try keep(analysis, of: contents, setting)
      hasToldProblem = false
      return nil
    } catch {
      defer { hasToldProblem = true }
      return hasToldProblem ? nil : "\(error)"
    }
  }

  /// Stores what could not be stored before.
  ///
  /// - Returns: Why that fails still; nil where everything is stored.
  func keepRest() -> String? {
    do {
      try storeWaiting()
      return nil
    } catch {
      return "scores of \(counted(waiting.count, "run")) are not kept: \(error)"
    }
  }

  private func storeWaiting() throws {
    while let next = waiting.first {
      let database = try open(makingIt: true)!
      if let limitation = database.limitation { throw ResultsError(path: path, problem: limitation) }
      let key = ResultKey(
        model: try identity(of: next.setting.model, loadedFrom: next.files, database).model,
        switches: next.setting.switches)
      do {
        try database.store(next.result, for: key)
      } catch  where !database.isInPlace {
        try open(makingIt: true)!.store(next.result, for: key)
      }
      waiting.removeFirst()
    }
  }

  /// The database, opened once unless another file takes its place; nil where there is none and none is to be made.
  private func open(makingIt: Bool) throws -> ResultsDatabase? {
    if let opened, opened.isInPlace { return opened }
    opened = try makingIt ? ResultsDatabase(opening: path) : .existing(path)
    return opened
  }

  /// A model and the bytes that it was loaded from.
  private struct LoadedModel: Hashable {
    let specification: ModelSpecification
    let files: ModelFiles
  }

  private func identity(
    of model: ModelSpecification, loadedFrom files: ModelFiles, _ database: ResultsDatabase
  ) throws -> ResultsDatabase.Identified {
    let loaded = LoadedModel(specification: model, files: files)
    if let known = identities[loaded] { return known }
    let identity = try database.identity(of: model, loadedFrom: files)
    identities[loaded] = identity
    return identity
  }

  /// `2026-11-24` where the user is.
  private static func day(_ date: Date) -> String {
    let parts = Calendar.current.dateComponents([.year, .month, .day], from: date)
    return String(format: "%04d-%02d-%02d", parts.year!, parts.month!, parts.day!)
  }
}

extension EffectRunner {
  /// Reads a clip, runs it after what the worker does already, and keeps its scores.
  func evaluation(_ number: Int, _ clip: Clip, _ setting: ScoreSetting) -> Task<Void, Never> {
    Task.detached(executorPreference: TaskThreads.shared) { [worker, mailbox, kept] in
      func tell(_ event: EvaluationEvent) { mailbox.post(.evaluation(number: number, event)) }
      do {
        let contents = try clip.load()
        try Task.checkCancellation()
        let job = Job(model: setting.model, contents: contents, switches: setting.switches, isInPassing: true)
        for try await event in worker.run(job) {
          switch event {
          case .progress(_, let share): tell(.progress(share: share))
          case .analysis(let analysis) where analysis.isComplete:
            let score = try await kept.keep(analysis, of: contents, setting)
            tell(.finished(score, frames: contents.frames.count, files: analysis.files))
            mailbox.post(.modelFiles(setting.model, changes: analysis.files.changes))
          case .loadingModel, .analysis: break
          }
        }
      } catch is CancellationError {
        // The state has gone on.
      } catch {
        tell(.failed("\(error)"))
      }
    }
  }
}
