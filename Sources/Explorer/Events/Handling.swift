import AVSBench
import Inference
import TerminalUI

extension ExplorerState {
  /// Takes an event.
  ///
  /// - Returns: What the world is asked to do, in order.
  public mutating func handle(_ event: ExplorerEvent) -> [Effect] {
    let effects = respond(to: event)
    followMatrix()
    return effects + settle() + followEvaluation() + keepChanges()
  }

  private mutating func respond(to event: ExplorerEvent) -> [Effect] {
    switch event {
    case .key(let key): return press(key)
    case .resize(let size):
      self.size = size
      clampLists()
    case .contents(let generation, let contents):
      if generation == self.generation { return take(contents) }
    case .contentsFailed(let generation, let reason), .jobFailed(let generation, let reason):
      if generation == self.generation { fail(reason) }
    case .job(let generation, let event):
      if generation == self.generation { take(event) }
    case .exported(let path): message = "written: \(path)"
    case .failure(let reason): errors.append(reason)
    case .memory(let resident): residentMemory = resident
    case .clock(let time): tick(time)
    case .scores(let answer): take(answer)
    case .evaluation(let number, let event): take(event, number: number)
    case .sessionSaved(let name, let path):
      keeping.name = name
      // It was refused before, perhaps.
      errors.removeAll { $0.hasPrefix(path) }
      message = "session \(name) written: \(path)"
    case .notebookMerged(let notebook, let session): take(notebook, writtenWith: session)
    case .notice(let text): message = text
    case .sessionNotKept(let reason): noteSaving(failedFor: reason)
    case .sessionKept: noteSaving(failedFor: nil)
    case .sessionOpened(let opened): return take(opened)
    case .soundEnded(let number, let problem): endSound(number, problem)
    case .column(let generation, let event): takeColumn(event, generation: generation)
    case .columnFailed(let generation, let reason): failColumn(reason, generation: generation)
    case .lookedAhead(let generation): takeLookAhead(generation: generation)
    case .neighbour(let contents): ahead.neighbour = contents
    case .modelFiles(let model, let changes): take(changes, of: model)
    case .modelsUnloaded: return takeUnloaded()
    }
    return []
  }

  mutating func take(_ contents: ClipContents) -> [Effect] {
    guard let current else { return [] }
    let loaded = LoadedClip(contents)
    self.loaded = loaded
    results[current].frames = loaded.frameCount
    frame = min(frame, max(0, loaded.frameCount - 1))
    activity = .idle
    return analyze()
  }

  private mutating func take(_ event: JobEvent) {
    switch event {
    case .loadingModel:
      activity = .loadingModel
    case .progress(let milestone, let share):
      activity = .running(milestone, share: share)
    case .analysis(let analysis):
      if earlier == nil, self.analysis?.isComplete == true { earlier = self.analysis }
      self.analysis = analysis
      modelNotices = Self.notices(of: analysis)
      if analysis.isComplete { finish(analysis) }
    }
    clampLists()
  }

  private mutating func finish(_ analysis: ClipAnalysis) {
    guard let current else { return }
    note(analysis.files, of: specification)
    results[current].iou = analysis.iou
    results[current].fScore = analysis.fScore
    results[current].switches = analysis.requested
    results[current].source = analysis.iou == nil ? nil : .session
    results[current].problem = nil
    ablation.keep(analysis, clip: current)
    keepScores(analysis, of: specification, clip: current)
    if let last = history.indices.last, history[last].generation == generation {
      history[last].seconds = analysis.totalSeconds
      history[last].reused = analysis.reused.count
    }
    message = Self.reuseSummary(analysis)
    stop(.done)
  }

  private mutating func fail(_ reason: String) {
    errors.append(reason)
    if let current {
      results[current].problem = reason
      var job = history.lastIndex { $0.generation == generation && !$0.isColumn }
      if job == nil {
        // A clip whose files cannot be read has no job yet.
        record(JobRecord(generation: generation, clip: clips[current].id, switches: knobs, status: .running))
        job = history.count - 1
      }
      history[job!].status = .failed
      history[job!].problem = reason
    }
    stop(.failed)
    clampLists()
  }

  /// Puts a job at the end of the history.
  mutating func record(_ job: JobRecord) {
    // Who reads an older line goes on reading it.
    let isAtEnd = historyList.selection >= history.count - 1
    history.append(job)
    if history.count > 200 {
      history.removeFirst()
      if !isAtEnd { historyList.move(.by(-1), count: history.count, height: historyHeight) }
    }
    if isAtEnd { historyList.move(.last, count: history.count, height: historyHeight) }
  }

  /// Ends the work of the current generation.
  mutating func stop(_ status: ClipStatus) {
    activity = .idle
    workSince = nil
    earlier = nil
    if let current { results[current].status = status }
    if let last = history.indices.last, history[last].status == .running { history[last].status = status }
    arrangeRows()
  }

  private mutating func tick(_ time: Duration) {
    now = max(now, time)
    if isWorking, workSince == nil { workSince = now }
    guard isPlaying else { return }
    guard let due = nextFrameAt else {
      nextFrameAt = now + .seconds(1)
      return
    }
    if now >= due, frameCount > 0 {
      frame = (frame + 1) % frameCount
      // A late frame does not make the next one early.
      nextFrameAt = now + .seconds(1)
    }
  }
}
