import AVSBench
import C3N
import Inference
import TerminalUI

/// Everything the explorer knows and shows. Events change it, drawing reads it; it has no clock, threads or files.
public struct ExplorerState: Sendable {
  // MARK: What is explored

  /// The data set's name for the title.
  public let dataset: String

  /// The clips in the order of the data set.
  public let clips: [Clip]

  /// What is odd about the data set, a line each.
  public let warnings: [String]

  /// The names of the classes.
  public let labels: Labels

  /// The model that jobs ask for.
  public let specification: ModelSpecification

  /// The model in a few words, before an analysis tells.
  public let model: String

  /// The files that the models are made of.
  var loadedFiles = LoadedFiles()

  // MARK: Where the user is

  /// The terminal's extent.
  public internal(set) var size: Size

  /// The screen shown.
  public internal(set) var screen = ScreenName.clips

  /// The position in `clips` of the open clip; nil before one was opened.
  public internal(set) var current: Int?

  /// The frame shown, from 0.
  public internal(set) var frame = 0

  /// Whether frames follow each other by themselves.
  public internal(set) var isPlaying = false

  /// What is asked of the model.
  public internal(set) var knobs: Switches

  /// How pictures are shown.
  public internal(set) var display = Display()

  /// What lies over the screen.
  package internal(set) var overlay = Overlay.none

  /// The focused pane of each screen, as a position in its panes. CCAM's also tells the stage shown elsewhere.
  var focus: [ScreenName: Int] = [.ccam: 3]

  /// Whether the focused pane has the whole screen, as in small terminals.
  package internal(set) var isPaneAlone = false

  /// The probe on pictures, in 56ths of their extent; nil when hidden.
  package internal(set) var probe: Point?

  /// The cursor in the matrices: column x, row y.
  package internal(set) var cursor = Point(x: 0, y: 0)

  /// The whole matrix.
  var matrix = MatrixBrowser()

  /// The selected class of Inspect: five visual ones, then the audio ones.
  var labelList = ListState()

  /// The selected job of the history.
  var historyList = ListState()

  // MARK: The table of clips

  /// The selected row and the first in sight.
  public internal(set) var table = ListState()

  /// Positions in `clips` of the rows, filtered and sorted.
  public internal(set) var rows: [Int] = []

  /// Which rows are shown.
  public internal(set) var filter = ClipFilter.all

  /// The column of the order; nil keeps the data set's.
  public internal(set) var sortColumn: ClipColumn?

  /// Whether small values come first.
  public internal(set) var ascending = true

  /// What was searched last.
  public internal(set) var searchText = ""

  /// What is known of each clip, in the order of `clips`.
  public internal(set) var results: [ClipResult]

  /// Scores under all settings seen, and the clips that are evaluated in the background.
  var evaluation = EvaluationState()

  // MARK: The open clip

  var loaded: LoadedClip?

  /// The latest analysis of the open clip, perhaps not complete, perhaps of other switches than `knobs`.
  public internal(set) var analysis: ClipAnalysis?

  /// What limits the model's numbers, as its latest analysis told; empty before the first.
  var modelNotices: [String] = []

  /// The one before, while `analysis` is not complete: what it lacks is shown from here.
  var earlier: ClipAnalysis?

  /// The latest complete analyses with and without non-local blocks, for the paper's Fig. 8.
  var ablation = NonLocalAblation()

  /// The number of the latest request; results of other numbers are dropped.
  public internal(set) var generation = 0

  /// What the worker does.
  public internal(set) var activity = Activity.idle

  /// The jobs so far, the latest last.
  public internal(set) var history: [JobRecord] = []

  /// The memory of the process in bytes, as last told.
  public internal(set) var residentMemory: Int?

  /// The Compare screen.
  var compare = CompareState()

  /// What is done before it is asked for.
  var ahead = LookAhead()

  // MARK: Words for the status line

  /// A remark that the next key removes.
  public internal(set) var message: String?

  /// How the explorer began, such as with what it kept; unlike a remark it stays until a key is pressed.
  public internal(set) var notice: String?

  /// What failed and was not dismissed, the latest last.
  public internal(set) var errors: [String] = []

  var reader = KeyReader()

  /// What keys mean: ``keys``, or as the user's configuration rebinds them.
  package internal(set) var keyTable = ExplorerState.keys

  /// Bookmarks, notes and what is written of them.
  var keeping = Keeping()

  // MARK: Time

  var now = Duration.zero
  var workSince: Duration?
  var nextFrameAt: Duration?

  /// A fresh start: nothing read, nothing run.
  ///
  /// - Parameters:
  ///   - dataset: the data set's name for the title.
  ///   - root: the data set's folder, for sessions; nil for the embedded clips.
  ///   - clips: the clips in the data set's order.
  ///   - warnings: what is wrong with the data set.
  ///   - labels: the names of the classes.
  ///   - specification: the model that runs.
  ///   - model: the model in a few words, such as `Variant.parts`.
  ///   - knobs: the settings to begin with.
  ///   - size: the extent of the screen.
  public init(
    dataset: String, root: String? = nil, clips: [Clip], warnings: [String] = [], labels: Labels,
    specification: ModelSpecification = ModelSpecification(), model: String, knobs: Switches = Switches(),
    size: Size = Size(width: 80, height: 24)
  ) {
    self.dataset = dataset
    self.clips = clips
    self.warnings = warnings
    self.labels = labels
    self.specification = specification
    self.model = model
    self.knobs = knobs
    self.size = size
    keeping.root = root
    results = Array(repeating: ClipResult(), count: clips.count)
    rows = Array(clips.indices)
  }

  // MARK: Derived

  /// The open clip.
  public var clip: Clip? { current.map { clips[$0] } }

  /// The contents of the open clip; nil before they were read.
  public var contents: ClipContents? { loaded?.contents }

  /// The frames of the open clip; 0 before it was read.
  public var frameCount: Int { loaded?.frameCount ?? 0 }

  /// Whether the worker does anything.
  public var isWorking: Bool {
    if case .idle = activity { false } else { true }
  }

  /// Whether the analysis on the screen belongs to other knobs than those shown.
  public var isStale: Bool { analysis.map { $0.requested != knobs } ?? false }

  /// The stage whose heat map lies over the frame: the one focused on the CCAM screen.
  public var stage: Int { focus[.ccam, default: 3] + 1 }

  /// The pane that has the keyboard.
  var pane: Pane {
    let panes = screen.panes
    return panes[min(focus[screen, default: 0], panes.count - 1)]
  }

  /// The analysis whose numbers are shown: on the Compare screen that of the focused column.
  var shownAnalysis: ClipAnalysis? {
    guard screen == .compare, let setup = compare.setup else { return analysis }
    return compare.work[setup.focus].analysis ?? analysis
  }

  /// The analysis of the frame shown.
  var frameAnalysis: FrameAnalysis? {
    guard let analysis, analysis.frames.indices.contains(frame) else { return nil }
    return analysis.frames[frame]
  }

  /// The heat maps to show, and whether they are of an earlier run.
  var heatMaps: (maps: [HeatMaps], areEarlier: Bool) {
    guard let analysis else { return ([], false) }
    if analysis.heatMaps.isEmpty, !analysis.isComplete, analysis.effective.consensus != .none,
      let earlier
    {
      return (earlier.heatMaps, true)
    }
    return (analysis.heatMaps, isStale)
  }

  /// Seconds since the worker began; nil while that is too short to show.
  var workSeconds: Double? {
    guard isWorking, let workSince, now - workSince >= Self.spinnerDelay else { return nil }
    return (now - workSince).seconds
  }

  static let spinnerDelay = Duration.milliseconds(150)
  static let spinnerStep = Duration.milliseconds(100)

  /// When ``ExplorerEvent/clock(_:)`` is due, since the start; nil when nothing moves. A time that has passed
  /// means at once.
  public var nextDeadline: Duration? {
    var deadlines: [Duration] = []
    if isWorking {
      if let workSince {
        deadlines.append(workSeconds == nil ? workSince + Self.spinnerDelay : now + Self.spinnerStep)
      } else {
        deadlines.append(now)
      }
    }
    if isPlaying { deadlines.append(nextFrameAt ?? now) }
    if let due = keeping.dueAt { deadlines.append(due) }
    if let lookAheadDeadline { deadlines.append(lookAheadDeadline) }
    return deadlines.min()
  }
}

/// What lies over a screen and takes the keys.
package enum Overlay: Sendable {
  /// Nothing.
  case none
  /// The keys, from a line on.
  case help(top: Int)
  /// Commands by name: what was typed and the selected match.
  case palette(TextField, selection: Int)
  /// A line being typed.
  case prompt(Prompt)
  /// The bookmarks by letter: the selected one.
  case bookmarks(selection: Int)
}

/// A line being typed below the table of clips.
package struct Prompt: Sendable {
  /// What for.
  package enum Purpose: Hashable, Sendable {
    case search
    case filter
    case labels
    /// The note on a clip, or on one of its frames, from 1.
    case note(clip: String, frame: Int?)
    case saveSession
    case openSession
  }

  /// What for.
  package let purpose: Purpose
  /// The text.
  package var field: TextField
  /// The filter before typing began.
  let filterBefore: ClipFilter
  /// The selected clip before typing began.
  let clipBefore: Int?
  /// Why the text cannot be used.
  package var problem: String?
}
