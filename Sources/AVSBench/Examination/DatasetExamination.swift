/// What a data set's files are really like, clip by clip.
public struct DatasetExamination: Sendable {
  /// The data set.
  public let dataset: Dataset

  /// Files that should be there, each a line that begins with its path.
  public private(set) var missing: [String] = []

  /// Files that are there and cannot be read, each a line that begins with its path.
  public private(set) var damaged: [String] = []

  /// What is odd about folders and list, a line each.
  public let warnings: [String]

  /// What is odd about single clips and does no harm, a line each.
  public private(set) var remarks: [String] = []

  /// The same, clips counted by what is odd.
  public private(set) var tally = NoteTally()

  private var counts: [ClipExamination.Property: [String: Int]] = [:]

  /// Nothing is read before ``add(_:)``.
  public init(_ dataset: Dataset) {
    self.dataset = dataset
    warnings = dataset.warnings
  }

  /// Adds what was found in a clip.
  public mutating func add(_ clip: ClipExamination) {
    missing += clip.missing
    damaged += clip.damaged
    remarks += clip.notes.map(\.description)
    tally.add(clip.notes)
    for (property, values) in clip.properties {
      for value in values { counts[property, default: [:]][value, default: 0] += 1 }
    }
  }

  /// What the data set is, a line each: layout, clips for each split and category, sizes, rates and lengths.
  public var facts: [String] {
    var facts = ["\(dataset.root): \(dataset.layout.rawValue), \(Self.clips(dataset.clips.count))"]
    let splits = Dictionary(grouping: dataset.clips) { $0.split ?? "no split" }
    for (split, clips) in splits.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
      let categories = Dictionary(grouping: clips.compactMap(\.category)) { $0 }.mapValues(\.count)
      facts.append(
        "  \(split): \(Self.clips(clips.count))" + (categories.isEmpty ? "" : ": \(Self.list(categories))"))
    }
    for property in ClipExamination.Property.allCases {
      if let values = counts[property] { facts.append("  \(property.rawValue): \(Self.list(values))") }
    }
    return facts
  }

  /// What the program does about files that are not as it takes them, a line each; there is nothing to do about it.
  public var adaptations: [String] {
    var lines: [String] = []
    if let sizes = counts[.frameSize], sizes.keys.contains(where: { $0 != "224 x 224" }) {
      lines.append("frames of other sizes than 224 x 224 are resized when they are read")
    }
    if let sounds = counts[.sound], sounds.keys.contains(where: { !$0.hasPrefix("16000 Hz") }) {
      lines.append("sound of other rates than 16000 Hz is resampled when it is read")
    }
    if [.singleSource, .multipleSources].contains(dataset.layout), counts[.logMels] == nil {
      lines.append("no log-mels of the data set: variants with VGGish make them from the sound")
    }
    return lines
  }

  /// What the user may do about it, a line each.
  public var advice: [String] {
    var advice: [String] = []
    if !missing.isEmpty {
      advice.append("missing files: extract the data set's archives again, or take these clips off its list")
    }
    if !damaged.isEmpty {
      advice.append("damaged files: copy them again; a clip with one cannot be run")
    }
    if dataset.layout != .plain, dataset.clips.contains(where: { $0.split == nil }) {
      advice.append(
        "no split: put the data set's CSV file beside its folder; evaluate and train choose by split")
    }
    if dataset.clips.allSatisfy({ $0.masksFolder == nil }) {
      advice.append(
        dataset.layout == .plain
          ? "no ground truth: run and explore work, evaluate needs a folder masks, gt_masks or labels beside the frames"
          : "no ground truth: run and explore work, evaluate needs the masks")
    }
    return advice
  }

  private static func clips(_ count: Int) -> String { count == 1 ? "1 clip" : "\(count) clips" }

  private static func order(_ split: String) -> String { "\(splitNames.firstIndex(of: split) ?? 9) \(split)" }

  /// `cat (2), dog (1)`, in numerical order where the values are numbers.
  private static func list(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key.compare($1.key) }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }
}

extension String {
  /// Whether a value comes before another: by its number, then by its text.
  fileprivate func compare(_ other: String) -> Bool {
    func number(_ text: String) -> Double { Double(text.prefix { $0.isNumber || $0 == "." }) ?? 0 }
    return (number(self), self) < (number(other), other)
  }
}
