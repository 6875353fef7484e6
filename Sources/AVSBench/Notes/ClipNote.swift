/// What is odd about a clip's files and does no harm, with what was done about it.
public struct ClipNote: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The file or folder; of several files the first.
  public let path: String

  /// How many more files of the clip it holds for.
  public let otherCount: Int

  /// What was found and what was done.
  public let text: String

  /// The same for every clip that it holds for: what clips are counted by.
  public let kind: String

  /// Whether the text says by itself what it is about, such as the clip by its id.
  private let isComplete: Bool

  /// - Parameters:
  ///   - isComplete: whether the text is told without the path.
  ///   - kind: what clips are counted by; without it, the text.
  init(_ path: String, _ text: String, others: Int = 0, isComplete: Bool = false, kind: String? = nil) {
    self.path = path
    self.isComplete = isComplete
    self.text = text
    self.kind = kind ?? text
    otherCount = others
  }

  /// Notes about files: one for each text, in the order of their first files.
  static func merged(_ found: [(path: String, text: String)]) -> [ClipNote] {
    var texts: [String] = []
    for (_, text) in found where !texts.contains(text) { texts.append(text) }
    return texts.map { text in
      let paths = found.filter { $0.text == text }.map(\.path)
      return ClipNote(paths[0], text, others: paths.count - 1)
    }
  }

  /// `s4/gt_masks/a_1.png and 4 more: values 0 and 1, not 0 and 255; every value but 0 counts`.
  public var description: String {
    isComplete ? text : "\(path)\(otherCount == 0 ? "" : " and \(otherCount) more"): \(text)"
  }
}

/// Notes about many clips, counted by their kinds.
public struct NoteTally: Sendable {
  private var kinds: [String] = []
  private var clips: [String: Int] = [:]
  private var first: [String: ClipNote] = [:]

  /// The clips that were added, with and without notes.
  public private(set) var clipCount = 0

  /// A tally of nothing.
  public init() {}

  /// Adds a clip's notes.
  public mutating func add(_ notes: [ClipNote]) {
    clipCount += 1
    for kind in Set(notes.map(\.kind)).sorted() {
      if clips[kind] == nil {
        kinds.append(kind)
        first[kind] = notes.first { $0.kind == kind }
      }
      clips[kind, default: 0] += 1
    }
  }

  /// A line for each kind: `12 of 740 clips: silent (first: a.wav)`; of a single clip its note.
  public var lines: [String] {
    kinds.map { kind in
      let note = first[kind]!
      guard clipCount > 1 else { return "\(note)" }
      return "\(clips[kind]!) of \(clipCount) clips: \(kind) (first: \(note.path))"
    }
  }
}
