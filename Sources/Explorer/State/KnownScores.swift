import AVSBench
import C3N
import Inference

/// What scores belong to besides a clip.
public struct ScoreSetting: Hashable, Sendable {
  /// The model.
  public let model: ModelSpecification

  /// The switches as they were asked for.
  public let switches: Switches

  /// A model under switches.
  public init(model: ModelSpecification, switches: Switches) {
    self.model = model
    self.switches = switches
  }
}

/// A clip's scores and where they came from.
public struct KnownScore: Hashable, Sendable {
  /// Where a score came from.
  public enum Source: Hashable, Sendable {
    /// Computed since the program began.
    case session
    /// Read from the database of results; when it was computed, such as `2026-11-24`, where that is known.
    case kept(String?)

    /// In words, for the table and its filter.
    public var text: String {
      switch self {
      case .session: "this session"
      case .kept(let day): "evaluated" + (day.map { " " + $0 } ?? " earlier")
      }
    }
  }

  /// The mean IoU of the frames with a ground truth.
  public let iou: Double

  /// The F of the clip; nil where nothing sounds.
  public let fScore: Double?

  /// Where it came from.
  public let source: Source

  /// The clip's frames; nil where nobody counted.
  public let frames: Int?

  /// A clip's scores.
  public init(iou: Double, fScore: Double?, source: Source, frames: Int? = nil) {
    self.iou = iou
    self.fScore = fScore
    self.source = source
    self.frames = frames
  }
}

/// A question for scores that were kept.
public struct ScoreQuery: Sendable {
  /// The settings.
  public let settings: [ScoreSetting]

  /// All clips; the answer counts their positions.
  public let clips: [Clip]

  /// Whether the clips' frames are to be counted, too.
  public let countsFrames: Bool

  /// The files of the models that are loaded, whose scores are meant; of others, those that are there now.
  public let files: [ModelSpecification: ModelFiles]
}

/// The answer to a ``ScoreQuery``.
public struct KnownScores: Sendable {
  /// Scores by setting and position of the clip.
  public let scores: [ScoreSetting: [Int: KnownScore]]

  /// The number of frames by position of the clip, as far as they were counted.
  public let frames: [Int: Int]

  /// Why there are none; nil where nothing is wrong.
  public let problem: String?

  /// The files of the models that the scores are of.
  public let files: [ModelSpecification: ModelFiles]

  /// An answer.
  public init(
    _ scores: [ScoreSetting: [Int: KnownScore]], frames: [Int: Int] = [:], problem: String? = nil,
    files: [ModelSpecification: ModelFiles] = [:]
  ) {
    self.scores = scores
    self.frames = frames
    self.problem = problem
    self.files = files
  }
}

/// What becomes of a clip that is evaluated in the background.
public enum EvaluationEvent: Sendable {
  /// The share of the run's milestones that are passed, 0 to 1.
  case progress(share: Double)
  /// Done: the number of frames, the scores, which are kept (nil without a ground truth or without masks), and the files of the
  /// model.
  case finished(KnownScore?, frames: Int, files: ModelFiles = ModelFiles())
  /// It cannot be read, computed or kept.
  case failed(String)
}

/// Scores under all settings seen, and the clips that are evaluated in the background.
struct EvaluationState: Sendable {
  /// Whether kept scores are asked for; a state without a program around it has no one to ask.
  var asksForScores = false

  /// The scores by setting and position of the clip.
  private(set) var book: [ScoreSetting: [Int: KnownScore]] = [:]

  /// Counts the changes of the book.
  private(set) var edition = 0

  /// The settings that were asked for.
  var asked: Set<ScoreSetting> = []

  /// Questions without an answer yet.
  var unanswered = 0

  /// Questions about the clips of another data set, whose answers come first.
  var outdated = 0

  /// The switches that differences are against.
  var reference = Switches()

  /// What the table showed last: setting, reference and edition.
  var applied: (ScoreSetting, Switches, Int)?

  // MARK: In the background

  /// Positions of the clips that wait, the next first.
  var waiting: [Int] = []

  /// The clip that is evaluated.
  var running: Run?

  /// The setting of the clips that wait and run.
  var setting: ScoreSetting?

  /// How many were asked for, are done and failed.
  var (total, done, failed) = (0, 0, 0)

  /// Counts the runs; what an earlier one says is late.
  var number = 0

  /// A clip that is evaluated.
  struct Run: Sendable {
    let position: Int
    let number: Int
    var share = 0.0
  }

  /// Whether clips wait or run.
  var isActive: Bool { running != nil || !waiting.isEmpty }

  /// What is known of a clip.
  func score(_ setting: ScoreSetting, _ position: Int) -> KnownScore? { book[setting]?[position] }

  /// Writes a score down; what was computed now takes the place of what was kept.
  mutating func keep(_ score: KnownScore, _ setting: ScoreSetting, _ position: Int) {
    book[setting, default: [:]][position] = score
    edition += 1
  }

  /// Forgets all scores of some models. What the table shows is asked for again.
  mutating func forget(where isForgotten: (ModelSpecification) -> Bool) {
    book = book.filter { !isForgotten($0.key.model) }
    asked = []
    // Answers that are on their way may be of the files before.
    outdated += unanswered
    unanswered = 0
    edition += 1
  }

  /// Writes down what was kept, where nothing newer is known.
  mutating func keep(_ scores: [ScoreSetting: [Int: KnownScore]]) {
    for (setting, scores) in scores {
      book[setting, default: [:]].merge(scores) { newer, _ in newer }
    }
    edition += 1
  }

  /// What a session that takes this one's place begins with. What runs was stopped.
  func forAnotherSession(keepingScores: Bool) -> EvaluationState {
    var next = EvaluationState()
    next.asksForScores = asksForScores
    next.number = number + 1
    guard keepingScores else {
      next.outdated = outdated + unanswered
      return next
    }
    (next.book, next.edition, next.asked) = (book, edition, asked)
    (next.unanswered, next.outdated) = (unanswered, outdated)
    return next
  }
}
