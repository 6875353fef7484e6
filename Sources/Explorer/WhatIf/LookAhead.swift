import AVSBench
import C3N
import Inference

/// What is computed and read before it is asked for, while nothing else runs.
struct LookAhead: Sendable {
  /// The visual class that the cursor rests on; nil elsewhere.
  var label: Int?

  /// When the cursor has rested long enough; nil when the label needs no more.
  var due: Duration?

  /// What is being computed.
  var running: Switches?

  /// The number of the latest request; answers of other numbers are dropped.
  var generation = 0

  /// What was computed ahead of the open clip, and so is there at once.
  var ready: Set<Switches> = []

  /// The position of the clip whose files were asked for.
  var asked: Int?

  /// The next clip, already read.
  var neighbour: ClipContents?

  /// How long the cursor has to rest.
  static let delay = Duration.milliseconds(300)

  /// Forgets everything that belongs to the open clip.
  mutating func forgetClip() {
    label = nil
    due = nil
    ready = []
    asked = nil
  }
}

extension ExplorerState {
  /// Says that a cursor rests on a visual class, which may be chosen next; nil for none.
  ///
  /// When nothing runs for a moment, omega and masks of that label are computed ahead (``Effect/lookAhead(generation:_:_:_:)``).
  mutating func rest(on label: Int?) {
    guard label != ahead.label else { return }
    ahead.label = label
    ahead.due = label == nil ? nil : now + LookAhead.delay
  }

  /// The switches with a label forced; nil where no label is used or this one is already.
  private func forcing(_ label: Int) -> Switches? {
    guard knobs.consensus != .none, knobs.forcedLabel != label else { return nil }
    var switches = knobs
    switches.forcedLabel = label
    return switches
  }

  /// Forces a visual class upon all frames instead of the unified label, and runs what depends on it.
  mutating func force(_ label: Int) -> [Effect] {
    guard knobs.consensus != .none else {
      message = "consensus is none, so no label is used; u chooses CC or CC-V"
      return []
    }
    message = "label forced: \(labels.shortVisual(label)) (\(label)); U releases it"
    return turn { $0.forcedLabel = label }
  }

  /// Goes back to the label of the consensus.
  mutating func releaseLabel() -> [Effect] {
    guard turnedSwitches.forcedLabel != nil else {
      message = "no label is forced; F on Matrix forces one"
      return []
    }
    return turn { $0.forcedLabel = nil }
  }

  /// The visual class under the cursor, which F would force; nil where there is none.
  var candidateLabel: Int? { labelUnderCursor?.visual }

  /// Whether the label under the cursor is there at once, or being computed ahead; empty when neither.
  var lookAheadNote: String {
    guard let label = ahead.label, let switches = forcing(label) else { return "" }
    if ahead.ready.contains(switches) { return "computed ahead" }
    return ahead.running == switches ? "computing ahead" : ""
  }

  /// When the label under the cursor is to be computed; nil when it is not, or while something else runs.
  var lookAheadDeadline: Duration? {
    isBusy || loaded == nil || ahead.running != nil ? nil : ahead.due
  }

  /// Starts and stops what is done ahead.
  mutating func settleLookAhead() -> [Effect] {
    var effects: [Effect] = []
    rest(on: candidateLabel)
    if ahead.running != nil, isBusy || ahead.label == nil {
      effects += leaveLookAhead()
      // It begins anew when the cursor still rests there.
      if ahead.label != nil { ahead.due = now }
    }
    if let deadline = lookAheadDeadline, deadline <= now, let label = ahead.label, let loaded {
      ahead.due = nil
      if let switches = forcing(label), !ahead.ready.contains(switches), analysis?.isComplete == true {
        ahead.generation += 1
        ahead.running = switches
        effects.append(
          .lookAhead(generation: ahead.generation, specification, loaded.contents, switches))
      }
    }
    return effects + readAhead()
  }

  /// Ends what is computed ahead.
  mutating func leaveLookAhead() -> [Effect] {
    guard ahead.running != nil else { return [] }
    let abandoned = ahead.generation
    ahead.generation += 1
    ahead.running = nil
    return [.cancelLookAhead(generation: abandoned)]
  }

  /// Reads the next clip's files, once the open one is done.
  private mutating func readAhead() -> [Effect] {
    guard !isWorking, analysis?.isComplete == true, let current, let row = rows.firstIndex(of: current),
      rows.indices.contains(row + 1)
    else { return [] }
    let next = rows[row + 1]
    guard ahead.asked != next else { return [] }
    ahead.asked = next
    return [.readAhead(clips[next])]
  }

  /// The contents of a clip that were read ahead.
  mutating func takeNeighbour(_ position: Int) -> ClipContents? {
    defer { ahead.neighbour = nil }
    guard let contents = ahead.neighbour, contents.clip.id == clips[position].id,
      contents.clip.framesFolder == clips[position].framesFolder
    else { return nil }
    return contents
  }

  mutating func takeLookAhead(generation: Int) {
    guard generation == ahead.generation, let switches = ahead.running else { return }
    ahead.ready.insert(switches)
    ahead.running = nil
  }
}

extension Switches {
  /// The ratios that the keys go through, from no noise to most: those of Tables VI and VII.
  static let noiseRatios: [Double?] = [nil, 30, 20, 10, 0, -10, -20]

  /// The ratio so many steps further in noise.
  static func noisier(_ ratio: Double?, _ steps: Int) -> Double? {
    let all = noiseRatios
    let index = all.lastIndex { ($0 ?? .infinity) >= (ratio ?? .infinity) } ?? 0
    return all[max(0, min(index + steps, all.count - 1))]
  }
}
