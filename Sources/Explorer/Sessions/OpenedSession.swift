import AVSBench
import Inference
import TerminalUI

/// A session with what of it was found: its data set listed, its model or the embedded one.
public struct OpenedSession: Sendable {
  /// The session. Its models are those that can be opened.
  public let session: Session

  /// Under which name it was opened; nil for a session that kept itself.
  public let name: String?

  /// Where it was read.
  public let path: String

  /// The data set's folder; nil for the embedded clips.
  public let root: String?

  /// The data set's name for the title.
  public let dataset: String

  /// The clips.
  public let clips: [Clip]

  /// What is odd about the data set, a line each.
  public let warnings: [String]

  /// Whether these are the clips that the session is about. If not, it does not keep itself: its notes and bookmarks
  /// would be taken for those of the clips that are open instead.
  public let hasDataset: Bool

  /// What of the session was not found, a line each.
  public let missing: [String]

  /// A session and what was found.
  public init(
    _ session: Session, name: String?, path: String, root: String?, dataset: String, clips: [Clip],
    warnings: [String], hasDataset: Bool, missing: [String]
  ) {
    self.session = session
    self.name = name
    self.path = path
    self.root = root
    self.dataset = dataset
    self.clips = clips
    self.warnings = warnings
    self.hasDataset = hasDataset
    self.missing = missing
  }

  /// The same with another session of the same data set.
  public func with(_ session: Session) -> OpenedSession {
    OpenedSession(
      session, name: name, path: path, root: root, dataset: dataset, clips: clips, warnings: warnings,
      hasDataset: hasDataset, missing: missing)
  }
}

extension ExplorerState {
  /// Leaves everything for a session that was opened from inside.
  mutating func take(_ opened: OpenedSession) -> [Effect] {
    let ending =
      leave() + leaveColumns() + leaveLookAhead() + (evaluation.isActive ? stopEvaluating() : [])
    let specification = opened.session.models[0]
    var next = ExplorerState(
      dataset: opened.dataset, root: opened.root, clips: opened.clips, warnings: opened.warnings,
      labels: labels, specification: specification, model: specification.name, size: size)
    // Answers to what was asked before come under generations that have passed.
    next.generation = generation + 1
    next.compare.generation = compare.generation
    next.ahead.generation = ahead.generation
    next.offer(Array(compare.models.dropFirst()), problems: compare.modelProblems)
    next.now = now
    next.history = history
    next.residentMemory = residentMemory
    next.errors = errors
    next.loadedFiles = loadedFiles
    next.keyTable = keyTable
    next.keeping.soundNumber = keeping.soundNumber
    next.keeping.name = opened.name
    let areSameClips = opened.root == keeping.root && clips.map(\.id) == next.clips.map(\.id)
    next.evaluation = evaluation.forAnotherSession(keepingScores: areSameClips)
    if areSameClips {
      for index in results.indices { next.results[index].frames = results[index].frames }
      if specification == self.specification { next.results = results }
    }
    next.historyList = historyList
    (next.keeping.isWanted, next.keeping.isAutomatic) = (keeping.isWanted, keeping.isWanted)
    // What was typed while the session was being opened is the old one's.
    let last = handOver()
    let effects = next.begin(with: opened)
    self = next
    return last + ending + (keepsSession ? [.beginSessionApart(dataset: session.dataset)] : []) + effects
  }

  /// Begins with a session instead of the first clip.
  ///
  /// - Returns: What the world is asked to do.
  public mutating func begin(with opened: OpenedSession) -> [Effect] {
    evaluation.asksForScores = true
    let effects = restore(opened.session) + followEvaluation()
    errors += opened.missing
    keeping.name = opened.name
    if !opened.hasDataset { keeping.isAutomatic = false }
    if let name = opened.name {
      message = "session \(name)"
    } else {
      notice = "as you left it; --fresh starts without: \(opened.path)"
    }
    return effects
  }
}

extension ModelSpecification {
  /// The model in a word, before an analysis tells more.
  public var name: String { (variant ?? (weights.isEmpty ? .lite : nil))?.rawValue ?? "from weights" }
}
