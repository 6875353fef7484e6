import C3N
import Inference
import TerminalUI

/// What the worker does and did, how long the parts took, and what the model is made of.
struct JobsScreen {
  let state: ExplorerState
  let onePane: Bool

  static func historyRect(in body: Rect, onePane: Bool) -> Rect {
    onePane ? body : body.rows([.fixed(12), .share(1)])[1]
  }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    drawHistory(in: Self.historyRect(in: rect, onePane: onePane), on: &grid)
    guard !onePane else { return }
    let top = rect.rows([.fixed(12), .share(1)])[0].columns([.share(1), .share(1)])
    drawParts(in: top[0], on: &grid)
    drawModel(in: top[1], on: &grid)
  }

  private func drawParts(in rect: Rect, on grid: inout CellGrid) {
    let inner = grid.drawPane("parts of the last run", note: "seconds on this machine", in: rect).inset(1, 0)
    guard let analysis = state.analysis else {
      grid.drawText(state.whyNoAnalysis, in: inner, role: .faint)
      return
    }
    let total = analysis.totalSeconds
    for (row, part) in Milestone.Part.allCases.enumerated() {
      let columns = inner.row(row).columns([.fixed(10), .share(1), .fixed(8)], gap: 1)
      let seconds = analysis.seconds[part]
      grid.put(part.rawValue, in: columns[0], role: seconds == nil ? .faint : .text)
      if let seconds {
        grid.drawBar(Float(seconds / max(total, 1e-9)), in: columns[1])
        grid.put(duration(seconds), in: columns[2], role: .text, alignment: .right)
      } else {
        let word = analysis.reused.contains(part) ? "reused" : "-"
        if let saved = analysis.savedSeconds[part] {
          grid.put("took \(duration(saved)) when computed", in: columns[1], role: .faint, alignment: .right)
        }
        grid.put(word, in: columns[2], role: .faint, alignment: .right)
      }
    }
    let last = inner.row(Milestone.Part.allCases.count).columns([.fixed(10), .share(1), .fixed(8)], gap: 1)
    grid.put(analysis.isComplete ? "total" : "so far", in: last[0], role: .strong)
    if analysis.totalSavedSeconds > 0 {
      let all = total + analysis.totalSavedSeconds
      grid.put("of \(duration(all)) without reuse", in: last[1], role: .text, alignment: .right)
    }
    grid.put(duration(total), in: last[2], role: .strong, alignment: .right)
  }

  /// What the worker does: for the open clip, or in the background. Columns and labels ahead wait on their own screens.
  private var now: String {
    if state.isWorking { return state.activityText }
    guard let running = state.evaluation.running else { return "idle" }
    return "evaluating \(state.clips[running.position].id), \(Int((running.share * 100).rounded())) %"
  }

  private func drawModel(in rect: Rect, on grid: inout CellGrid) {
    let inner = grid.drawPane("model and data", in: rect).inset(1, 0)
    let isIdle = !state.isWorking && state.evaluation.running == nil
    var lines: [(String, String, Role)] = [("worker", now, isIdle ? .text : .accent)]
    if let bytes = state.residentMemory {
      lines.append(("memory", "\(bytes / 1_048_576) MiB resident", .text))
    }
    if let need = state.memoryNeed {
      let text = "about \(byteCount(need.total)), \(need.framesAtATime) of \(need.frames) frames at a time"
      lines.append(("peak", text, .text))
    }
    if let store = state.analysis?.store {
      lines.append(
        (
          "kept",
          "\(store.count) results of this clip, \(store.bytes >> 20) of at most \(store.budget >> 20) MiB",
          .text
        ))
    }
    let variant = state.analysis?.variant ?? state.specification.variant
    lines.append(("variant", variant.map { "\($0): \($0.parts)" } ?? state.model, .text))
    let files = state.specification.weights
    lines.append(
      (
        "weights", state.analysis?.origin ?? (files.isEmpty ? "embedded" : files.joined(separator: " ")),
        .text
      ))
    lines.append(
      (
        "labels by", state.analysis?.similaritySource ?? state.specification.similarity ?? "embedded matrix",
        .text
      ))
    for limitation in state.analysis?.limitations ?? [] { lines.append(("limit", limitation, .warning)) }
    for warning in (state.contents?.notes(state.analysis?.soundCompletion).map(\.text) ?? []) + state.warnings
      + state.compare.modelProblems
    {
      lines.append(("warning", warning, .warning))
    }
    var rest = inner
    for (name, text, role) in lines {
      guard !rest.isEmpty else { break }
      let parts = rest.columns([.fixed(9), .share(1)], gap: 1)
      grid.put(name, in: parts[0].row(0), role: .faint)
      let used = grid.drawText(text, in: parts[1], role: role)
      rest = rest.dropping(top: max(1, used))
    }
  }

  private func drawHistory(in rect: Rect, on grid: inout CellGrid) {
    let count = state.history.count
    let note = count == 0 ? "" : "\(state.historyList.selection + 1)/\(count)"
    let inside = grid.drawPane("jobs", note: note, in: rect, focused: true)
    let inner = inside.dropping(bottom: state.jobReasonHeight)
    let columns = [
      TableColumn("clip", .share(2)), TableColumn("knobs", .share(3)),
      TableColumn("reused", .fixed(6), alignment: .right),
      TableColumn("time", .fixed(8), alignment: .right), TableColumn("status", .fixed(9)),
    ]
    grid.drawTable(columns: columns, count: count, state: state.historyList, in: inner) { row in
      let job = state.history[row]
      return [
        StyledLine((job.isColumn ? "5: " : "") + job.clip), StyledLine(job.switches.summary, .faint),
        StyledLine(job.seconds == nil ? "-" : "\(job.reused)"), StyledLine(job.seconds.map(duration) ?? "-"),
        StyledLine(job.status.rawValue, job.status.role),
      ]
    }
    if count == 0 { grid.put("no job yet", in: inner.row(1), role: .faint) }
    let selected = state.historyList.selection
    if state.history.indices.contains(selected), let problem = state.history[selected].problem {
      let place = inside.dropping(top: inner.height).inset(1, 0)
      // Where not all of it fits, the end tells more than the beginning.
      let lines = TerminalText.wrapped("failed: \(problem)", columns: place.width).suffix(place.height)
      for (row, line) in lines.enumerated() { grid.put(line, in: place.row(row), role: .error) }
    }
  }
}

extension ExplorerState {
  /// What a run of the open clip takes of memory at its peak, beside earlier results; nil without a clip, or while only the
  /// weights' files know the variant.
  var memoryNeed: MemoryNeed? {
    guard let contents, let variant = specification.expectedVariant ?? analysis?.variant else { return nil }
    return MemoryNeed(variant, nil, ClipExtent(contents))
  }
}

extension Switches {
  /// What is otherwise than in other switches, a few words each.
  func differences(from other: Switches) -> [String] {
    var words: [String] = []
    if alpha != other.alpha { words.append("α \(exponent(alpha))") }
    if beta != other.beta { words.append("β \(exponent(beta))") }
    if consensus != other.consensus { words.append(consensus.abbreviation) }
    if audioFeatures != other.audioFeatures { words.append(audioFeatures ? "AF" : "no AF") }
    if nonLocal != other.nonLocal { words.append(nonLocal ? "NL" : "no NL") }
    if audioScores != other.audioScores { words.append(audioScores == .logits ? "logits" : "softmax") }
    if forcedLabel != other.forcedLabel { words.append(forcedLabel == nil ? "free label" : "forced") }
    if audioNoise != other.audioNoise { words.append(audioNoise.map { "s\(decimal($0, 0))dB" } ?? "clean") }
    if frameNoise != other.frameNoise { words.append(frameNoise.map { "f\(decimal($0, 0))dB" } ?? "clean") }
    return words
  }

  /// The knobs in one line.
  var summary: String {
    "α \(exponent(alpha)) β \(exponent(beta)) \(consensus.abbreviation)" + (audioFeatures ? "" : ", no AF")
      + (nonLocal ? "" : ", no non-local") + (audioScores == .logits ? ", logits" : "")
      + (forcedLabel.map { ", label \($0)" } ?? "") + (audioNoise.map { ", sound \(decibels($0))" } ?? "")
      + (frameNoise.map { ", frames \(decibels($0))" } ?? "")
  }
}
