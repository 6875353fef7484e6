import C3N
import Inference

/// What a user comes back to: where they were, with what, and what they noted. The value of a session file.
///
/// Paths may be anything a file says; whoever opens a session looks what of it is there.
public struct Session: Hashable, Codable, Sendable {
  /// The mark of the format in files.
  public static let formatName = "c3n-session"

  /// The version that this program writes, and the newest that it reads.
  public static let currentVersion = 1

  /// What `dataset` says of the embedded clips.
  public static let embedded = "embedded"

  /// The mark of the format.
  public var format = Self.formatName

  /// The version of the format.
  public var version = Self.currentVersion

  /// The data set's folder, or ``embedded``.
  public var dataset = Self.embedded

  /// The open clip; nil where none was open.
  public var clip: String?

  /// The frame shown, from 1.
  public var frame = 1

  /// The screen shown.
  public var screen = ScreenName.clips

  /// The model that jobs ask for, first.
  public var models = [ModelSpecification()]

  /// What is asked of the model.
  public var knobs = Switches()

  /// How pictures are shown.
  public var display = Display()

  /// Which clips are listed, as typed.
  public var filter = ""

  /// The title of the column of the order; nil for the data set's order.
  public var sort: String?

  /// Whether small values come first.
  public var ascending = true

  /// The switches that differences of scores are against.
  public var reference = Switches()

  /// The columns of the Compare screen; nil before it was first shown.
  public var comparison: Comparison?

  /// Where in the screens the user was.
  public var view = SessionView()

  /// Places by their letter, `a` to `z`.
  public var bookmarks: [String: Bookmark] = [:]

  /// What was noted, by clip and frame.
  public var notes: [Note] = []

  /// A session of the embedded clips and the embedded model in which nothing was done.
  public init() {}

  /// Puts other models in the place of all, those of the comparison's columns too.
  public mutating func replaceModels(by change: (ModelSpecification) -> ModelSpecification) {
    models = models.map(change)
    guard var comparison else { return }
    for column in comparison.columns.indices {
      comparison.columns[column].model = change(comparison.columns[column].model)
    }
    self.comparison = comparison
  }

  /// Takes another model for that of the jobs, also in the columns that have it.
  public mutating func replaceModel(by model: ModelSpecification) {
    let old = models[0]
    replaceModels { $0 == old ? model : $0 }
  }
}

/// A place that has a letter.
public struct Bookmark: Hashable, Codable, Sendable {
  /// The clip's name.
  public var clip: String

  /// The frame, from 1.
  public var frame: Int

  /// The screen.
  public var screen: ScreenName

  /// A place.
  public init(clip: String, frame: Int, screen: ScreenName) {
    self.clip = clip
    self.frame = frame
    self.screen = screen
  }
}

/// A line of text about a clip or one of its frames.
public struct Note: Hashable, Codable, Sendable {
  /// The clip's name.
  public var clip: String

  /// The frame, from 1; nil for the whole clip.
  public var frame: Int?

  /// The text.
  public var text: String

  /// A note.
  public init(clip: String, frame: Int? = nil, text: String) {
    self.clip = clip
    self.frame = frame
    self.text = text
  }
}
