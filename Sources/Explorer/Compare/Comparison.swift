import C3N
import Inference

/// What is compared: two to six columns on the same frame. All that a session saves of the Compare screen.
public struct Comparison: Hashable, Codable, Sendable {
  /// A model and what is asked of it.
  public struct Column: Hashable, Codable, Sendable {
    /// The model: variant and weights.
    public var model: ModelSpecification

    /// Its switches, noise and forced label included.
    public var switches: Switches

    /// A column.
    public init(model: ModelSpecification, switches: Switches) {
      self.model = model
      self.switches = switches
    }
  }

  /// How many columns there can be.
  public static let counts = 2...6

  /// The columns from left to right.
  public internal(set) var columns: [Column]

  /// The column that the knobs act on, from 0.
  public internal(set) var focus = 0

  /// The reference that the others show their difference to, from 0; nil for none.
  public internal(set) var pinned: Int?

  /// What is drawn of each column.
  public internal(set) var pictures = ColumnPicture.all

  /// A comparison; columns beyond the sixth are left out, and a single one is there twice.
  public init(columns: [Column], pinned: Int? = nil) {
    precondition(!columns.isEmpty, "a comparison without columns")
    self.columns = Array((columns.count == 1 ? columns + columns : columns).prefix(Self.counts.upperBound))
    self.pinned = pinned.flatMap { self.columns.indices.contains($0) ? $0 : nil }
  }

  /// The comparison with positions that exist, as after reading it from a file.
  var sound: Comparison? {
    guard !columns.isEmpty else { return nil }
    var sound = Comparison(columns: columns, pinned: pinned)
    sound.focus = max(0, min(focus, sound.columns.count - 1))
    sound.pictures = pictures
    return sound
  }

  /// What tells a column apart: the row of Table II, whatever is not as published, and the variant where there are several.
  func title(of index: Int) -> String {
    let column = columns[index]
    var words: [String] = []
    // Which weights of a variant these are, the column itself tells.
    if Set(columns.map(\.model.variantName)).count > 1 { words.append(column.model.variantName) }
    if column.model.variant?.method.hasClasses != false { words.append(column.switches.rowName) }
    return ([words.joined(separator: " ")] + column.switches.oddities).joined(separator: ", ")
  }
}

/// What is drawn of each column of a comparison.
public enum ColumnPicture: String, CaseIterable, Codable, Sendable {
  /// Heat, mask and difference, and the difference to the reference if there is one.
  case all
  /// The heat map.
  case heat
  /// The mask upon the frame.
  case mask
  /// True and false positives and false negatives.
  case difference
}

extension Switches {
  /// The row of Table II, or AF + CC-V.
  var rowName: String { Ablation(self)?.title ?? "AF + CC-V" }

  /// What is not as published besides the row.
  var oddities: [String] {
    let published = Switches()
    var words: [String] = []
    if alpha != published.alpha { words.append("α \(exponent(alpha))") }
    if beta != published.beta { words.append("β \(exponent(beta))") }
    if !nonLocal { words.append("no non-local") }
    if audioScores != published.audioScores { words.append("logits") }
    if let forcedLabel { words.append("label \(forcedLabel)") }
    if let audioNoise { words.append("sound \(decibels(audioNoise))") }
    if let frameNoise { words.append("frames \(decibels(frameNoise))") }
    return words
  }
}

/// A signal-to-noise ratio: `10 dB`.
func decibels(_ ratio: Double) -> String { decimal(ratio, ratio == ratio.rounded() ? 0 : 1) + " dB" }
