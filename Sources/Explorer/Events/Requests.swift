import AVSBench
import C3N

extension ExplorerState {
  /// Opens a clip: what runs for another one is cancelled, then the clip is read.
  mutating func open(_ position: Int) -> [Effect] {
    guard clips.indices.contains(position) else { return [] }
    if position == current, loaded != nil || isWorking { return [] }
    let effects = leave()
    generation += 1
    current = position
    loaded = nil
    analysis = nil
    earlier = nil
    frame = 0
    isPlaying = false
    nextFrameAt = nil
    compare.forgetClip()
    ahead.forgetClip()
    begin(.reading)
    results[position].status = .reading
    if let contents = takeNeighbour(position) { return effects + take(contents) }
    return effects + [.loadContents(clips[position], generation: generation)]
  }

  /// Runs the open clip with the current knobs; what runs already is cancelled. While the clip is being read
  /// there is nothing to do: the run that follows takes the knobs as they are then.
  mutating func analyze() -> [Effect] {
    guard let current, let loaded else { return [] }
    let effects = leave()
    generation += 1
    begin(.waiting)
    results[current].status = .running
    record(JobRecord(generation: generation, clip: clips[current].id, switches: knobs, status: .running))
    arrangeRows()
    return effects + [.analyze(generation: generation, specification, loaded.contents, knobs)]
  }

  /// Ends what runs: for the screen at once, for the worker at its next milestone. What it still says comes under
  /// a generation that has passed.
  mutating func cancel() -> [Effect] {
    guard isWorking else {
      if screen == .compare, compare.running != nil {
        stopColumns()
        return []
      }
      if evaluation.isActive { return stopEvaluating() }
      if screen == .compare { stopColumns() } else { message = "nothing runs" }
      return []
    }
    let effects = leave()
    generation += 1
    return effects
  }

  /// Changes the knobs and runs the open clip again; on the Compare screen, those of the focused column.
  mutating func turn(_ change: (inout Switches) -> Void) -> [Effect] {
    if screen == .compare {
      beginComparison()
      turnColumn(change)
      return []
    }
    var changed = knobs
    change(&changed)
    guard changed != knobs else { return [] }
    knobs = changed
    return analyze()
  }

  /// Cancels what runs, because its results are not wanted any more.
  mutating func leave() -> [Effect] {
    guard isWorking else { return [] }
    let abandoned = generation
    stop(.cancelled)
    return [.cancel(generation: abandoned)]
  }

  private mutating func begin(_ activity: Activity) {
    self.activity = activity
    workSince = nil
  }
}

extension Switches {
  /// An exponent after some steps of 0.05, within 0 and 1.
  static func stepped(_ exponent: Float, _ steps: Int) -> Float {
    let twentieths = Int((exponent * 20).rounded()) + steps
    return Float(max(0, min(20, twentieths))) / 20
  }
}
