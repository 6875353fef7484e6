/// The paper's tables that an evaluation can print. The raw values are the numbers as the paper writes them.
public enum PaperTableNumber: String, CaseIterable, Sendable {
  /// Methods and backbones.
  case one = "I"
  /// Audio features and consensus.
  case two = "II"
  /// Alpha and beta.
  case three = "III"
  /// Categories.
  case five = "V"
  /// Noise in the sound.
  case six = "VI"
  /// Noise in the frames.
  case seven = "VII"
}

/// A mIoU in percent and an F between 0 and 1, as the paper prints them.
public struct TableScore: Hashable, Sendable {
  /// In percent.
  public let mIoU: Double

  /// From 0 to 1.
  public let f: Double

  /// A score as the paper prints it.
  public init(_ mIoU: Double, _ f: Double) {
    self.mIoU = mIoU
    self.f = f
  }
}

/// The two data sets of the paper's tables. The raw values are the layouts' names.
public enum TableDataset: String, CaseIterable, Sendable {
  /// Single source.
  case s4 = "S4"
  /// Multiple sources.
  case ms3 = "MS3"
}

/// What a row of a table is measured under.
public enum RowCondition: Hashable, Sendable {
  /// Another program's method, which this one does not have.
  case elsewhere

  /// A variant, by its name on the command line, with all switches as published.
  case variant(String)

  /// A variant with audio features and consensus (`none`, `visual` or `audio-visual`).
  case ablation(String, audioFeatures: Bool, consensus: String)

  /// A variant with other exponents of the confidences.
  case exponents(String, alpha: Double, beta: Double)

  /// A variant with noise in the sound, in dB; nil for none.
  case audioNoise(String, Double?)

  /// A variant with noise in the frames, in dB; nil for none.
  case frameNoise(String, Double?)

  /// The variant's name.
  public var variant: String? {
    switch self {
    case .elsewhere: nil
    case .variant(let name), .ablation(let name, _, _), .exponents(let name, _, _), .audioNoise(let name, _),
      .frameNoise(let name, _):
      name
    }
  }
}

/// A table of the paper with rows of mIoU and F on S4 and MS3.
public struct PaperTable: Sendable {
  /// The table.
  public let number: PaperTableNumber

  /// Where in the paper it is.
  public let section: String

  /// What it shows.
  public let caption: String

  /// The split that it is measured on.
  public let split: String

  /// The titles of the columns before the scores.
  public let titles: [String]

  /// Groups of rows, each with a heading that may be empty.
  public private(set) var groups: [Group]

  /// Rows below a heading.
  public struct Group: Sendable {
    /// Such as `Swin+VGGish`; empty without one.
    public let heading: String

    /// The rows.
    public let rows: [Row]
  }

  /// A row.
  public struct Row: Hashable, Sendable {
    /// The fields before the scores.
    public let fields: [String]

    /// The paper's scores; nil where it has none.
    public let paper: [TableDataset: TableScore]

    /// What it is measured under.
    public let condition: RowCondition
  }

  /// Adds a group below the paper's.
  public mutating func append(_ group: Group) { groups.append(group) }

  /// All rows.
  public var rows: [Row] { groups.flatMap(\.rows) }

  /// The table of a number; nil for V, which is ``CategoryTable``.
  public init?(_ number: PaperTableNumber) {
    switch number {
    case .one: self = .methods
    case .two: self = .ablations
    case .three: self = .exponents
    case .five: return nil
    case .six: self = .audioNoise
    case .seven: self = .frameNoise
    }
  }

  init(
    _ number: PaperTableNumber, section: String, caption: String, split: String = "test", titles: [String],
    groups: [Group]
  ) {
    self.number = number
    self.section = section
    self.caption = caption
    self.split = split
    self.titles = titles
    self.groups = groups
  }
}
