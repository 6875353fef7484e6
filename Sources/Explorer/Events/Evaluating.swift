import C3N
import Inference

extension ExplorerState {
  /// The setting of the open model under the knobs.
  var setting: ScoreSetting { ScoreSetting(model: specification, switches: knobs) }

  /// The setting that differences are against.
  var referenceSetting: ScoreSetting {
    ScoreSetting(model: specification, switches: evaluation.reference)
  }

  /// Whether nothing is under way: no clip of the user's, none in the background, no question for scores.
  public var isSettled: Bool { !isBusy && !evaluation.isActive && evaluation.unanswered == 0 }

  /// Asks for scores of new settings, brings the table up to date, and goes on in the background while the user wants
  /// nothing of the worker.
  mutating func followEvaluation() -> [Effect] {
    var effects: [Effect] = []
    if evaluation.asksForScores {
      let new = Set([setting, referenceSetting]).subtracting(evaluation.asked)
      if !new.isEmpty {
        let isFirst = evaluation.asked.isEmpty
        evaluation.asked.formUnion(new)
        evaluation.unanswered += 1
        effects.append(
          .readScores(
            ScoreQuery(
              settings: Array(new), clips: clips, countsFrames: isFirst, files: loadedFiles.versions)))
      }
    }
    applyScores()
    return effects + followBackground()
  }

  mutating func take(_ answer: KnownScores) {
    if evaluation.outdated > 0 {
      evaluation.outdated -= 1
      return
    }
    evaluation.unanswered = max(0, evaluation.unanswered - 1)
    evaluation.keep(belonging(answer))
    loadedFiles.versions.merge(answer.files) { own, _ in own }
    for (position, count) in answer.frames where results[position].frames == nil {
      results[position].frames = count
    }
    if !answer.frames.isEmpty { arrangeRows() }
    if let problem = answer.problem { errors.append(problem) }
  }

  /// Writes down the scores of a complete analysis of the user's, of the explorer's own model or of a column's.
  mutating func keepScores(_ analysis: ClipAnalysis, of model: ModelSpecification, clip: Int) {
    note(analysis.files, of: model)
    guard let iou = analysis.iou else { return }
    evaluation.keep(
      KnownScore(iou: iou, fScore: analysis.fScore, source: .session),
      ScoreSetting(model: model, switches: analysis.requested), clip)
  }

  /// Puts the scores under the knobs into the table; where there are none, those under the reference's knobs. Those of
  /// other knobs are left out, so that the table says the same after the program was begun anew.
  private mutating func applyScores() {
    let now = (setting, evaluation.reference, evaluation.edition)
    if let applied = evaluation.applied, applied == now { return }
    // Before anything is known there is nothing to put, and nothing to arrange.
    guard evaluation.edition > 0 else { return }
    evaluation.applied = now
    for position in clips.indices {
      let own = evaluation.score(setting, position)
      // A clip that is being evaluated or has failed says nothing of other knobs.
      let mayStandIn = [.new, .done].contains(results[position].status)
      if let score = own ?? (mayStandIn ? evaluation.score(referenceSetting, position) : nil) {
        results[position].iou = score.iou
        results[position].fScore = score.fScore
        results[position].source = score.source
        results[position].frames = score.frames ?? results[position].frames
        results[position].switches = own == nil ? evaluation.reference : knobs
        if results[position].status == .new { results[position].status = .done }
      } else if results[position].switches != nil, results[position].switches != knobs {
        results[position].iou = nil
        results[position].fScore = nil
        results[position].source = nil
      }
      results[position].reference =
        results[position].switches == evaluation.reference
        ? nil : evaluation.score(referenceSetting, position)?.iou
    }
    arrangeRows()
  }

  // MARK: In the background

  /// Evaluates the clips that the table shows and that have no scores under the knobs yet, in its order.
  mutating func evaluateShown() {
    guard !evaluation.isActive else {
      message = "\(evaluation.total - evaluation.done) clips are being evaluated; x stops it"
      return
    }
    let wanted = rows.filter { evaluation.score(setting, $0) == nil }
    guard !wanted.isEmpty else {
      message = rows.isEmpty ? "no clip is shown" : "all \(rows.count) clips shown have scores of these knobs"
      return
    }
    evaluation.waiting = wanted
    evaluation.setting = setting
    (evaluation.total, evaluation.done, evaluation.failed) = (wanted.count, 0, 0)
    for position in wanted where results[position].status != .running { results[position].status = .queued }
    evaluation.applied = nil
    message = "evaluating \(wanted.count) clips in the background; x stops it"
  }

  /// Stops what runs in the background; what is done stays.
  mutating func stopEvaluating() -> [Effect] {
    let effects = interrupt()
    for position in evaluation.waiting { results[position].status = idleStatus(position) }
    message = "evaluation stopped: \(evaluation.done) of \(evaluation.total) clips done"
    evaluation.waiting = []
    evaluation.total = 0
    evaluation.applied = nil
    arrangeRows()
    return effects
  }

  private func idleStatus(_ position: Int) -> ClipStatus { results[position].iou == nil ? .new : .done }

  /// Takes the running clip back to the head of the queue.
  private mutating func interrupt() -> [Effect] {
    guard let running = evaluation.running else { return [] }
    evaluation.running = nil
    evaluation.waiting.insert(running.position, at: 0)
    if running.position != current || !isWorking { results[running.position].status = .queued }
    return [.cancelEvaluation(number: running.number)]
  }

  private mutating func followBackground() -> [Effect] {
    // The user's wishes come first: what runs in the background begins anew afterwards.
    if isBusy || ahead.running != nil { return interrupt() }
    guard evaluation.running == nil, let setting = evaluation.setting else { return [] }
    while let next = evaluation.waiting.first {
      evaluation.waiting.removeFirst()
      // The user may have run it in the meantime.
      if evaluation.score(setting, next) != nil {
        evaluation.done += 1
        results[next].status = .done
        continue
      }
      evaluation.number += 1
      evaluation.running = EvaluationState.Run(position: next, number: evaluation.number)
      results[next].status = .running
      return [
        .evaluate(number: evaluation.number, clips[next], setting.model, setting.switches)
      ]
    }
    if evaluation.total > 0 {
      let failures = evaluation.failed > 0 ? ", \(evaluation.failed) failed (status:failed)" : ""
      message = "evaluated \(evaluation.done) of \(evaluation.total) clips\(failures)"
      evaluation.total = 0
      arrangeRows()
    }
    return []
  }

  mutating func take(_ event: EvaluationEvent, number: Int) {
    guard let running = evaluation.running, running.number == number, let setting = evaluation.setting else {
      return
    }
    let position = running.position
    switch event {
    case .progress(let share): evaluation.running?.share = share
    case .finished(let score, let frames, let files):
      evaluation.running = nil
      note(files, of: setting.model)
      evaluation.done += 1
      results[position].frames = frames
      results[position].status = .done
      results[position].problem =
        score == nil ? "no scores: no ground truth, or a model without a decoder" : nil
      if let score { evaluation.keep(score, setting, position) }
    case .failed(let reason):
      evaluation.running = nil
      evaluation.failed += 1
      evaluation.applied = nil
      results[position].status = .failed
      results[position].problem = reason
      var job = JobRecord(
        generation: 0, clip: clips[position].id, switches: setting.switches, status: .failed)
      job.problem = reason
      record(job)
    }
  }

  // MARK: Commands

  mutating func research(_ command: Command) -> [Effect] {
    switch command {
    case .ccamView:
      display.ccamView = display.ccamView.next
      message = display.ccamView.title
    case .soundView:
      display.soundView = display.soundView.next
      message = "sound: \(display.soundView.rawValue)"
    case .worstFirst:
      screen = .clips
      (sortColumn, ascending) = (.iou, true)
      arrangeRows()
      if let row = rows.indices.first { table.select(row, count: rows.count, height: tableHeight) }
      let isScored = rows.first.map { ClipColumn.iou.isKnown(results[$0]) } ?? false
      message =
        isScored
        ? "lowest IoU first (Fig. 9); clips without scores last"
        : "no clip shown has an IoU yet; E evaluates them"
    case .evaluateShown: evaluateShown()
    case .pinReference:
      evaluation.reference = knobs
      message = "differences are against \(knobs.summary)"
    default: break
    }
    return []
  }
}

extension CCAMView {
  /// What it shows.
  var title: String {
    switch self {
    case .stages: "CCAM, stages 1 to 4"
    case .attention: "CCAM and the non-local blocks' attention (Fig. 7)"
    case .nonLocal: "without and with non-local blocks (Fig. 8)"
    }
  }
}
