import C3N
import Inference

extension Comparison {
  /// A comparison that cannot be read.
  public struct Problem: Error, CustomStringConvertible {
    /// The word.
    public let word: String
    /// What was expected.
    public let expected: String
    /// One line for people.
    public var description: String { "'\(word)': expected \(expected)" }
  }

  /// Reads columns: separated by commas, each of words separated by blanks.
  ///
  /// A word is a row of Table II (`none`, `cc-v`, `cc`, `af`, `af+cc`; on `lite` with the decoder trained for it), `no-non-local`, `logits`, `alpha=0.25`, `beta=0.25`,
  /// `label=235`, `noise-audio=10`, `noise-frames=20`, `variant=swin-beats` or `weights=FILE;FILE`. What a column does not tell
  /// is that of `base`.
  ///
  /// - Parameters:
  ///   - text: the columns.
  ///   - base: what every column begins with.
  ///   - trained: under which switches weights were trained, if they say it; a column that names weights begins with them.
  ///
  /// Throws ``Problem``.
  public init(
    _ text: String, base: Column, trained: (ModelSpecification) -> Switches? = { _ in nil }
  ) throws(Problem) {
    var columns: [Column] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      columns.append(try Self.column(String(part), base, trained))
    }
    guard Self.counts.contains(columns.count) else {
      throw Problem(
        word: text,
        expected: "\(Self.counts.lowerBound) to \(Self.counts.upperBound) columns separated by commas")
    }
    self.init(columns: columns)
  }

  private static func column(
    _ text: String, _ base: Column, _ trained: (ModelSpecification) -> Switches?
  ) throws(Problem) -> Column {
    var column = base
    let words = text.split(separator: " ").map(String.init)
    guard !words.isEmpty else { throw Problem(word: text, expected: "a column such as cc-v") }
    // The model first, whose switches the other words change.
    func isOfModel(_ word: String) -> Bool { word.hasPrefix("variant=") || word.hasPrefix("weights=") }
    for word in words where isOfModel(word) { try read(word, into: &column) }
    if column.model != base.model {
      column.switches = trained(column.model) ?? (trained(base.model) == nil ? base.switches : Switches())
    }
    for word in words where !isOfModel(word) {
      if let row = Ablation(rawValue: word) {
        column = column.row(row)
        continue
      }
      switch word {
      case "no-non-local": column.switches.nonLocal = false
      case "logits": column.switches.audioScores = .logits
      default: try read(word, into: &column)
      }
    }
    return column
  }

  private static func read(_ word: String, into column: inout Column) throws(Problem) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw Problem(
        word: word,
        expected: Ablation.allCases.map(\.rawValue).joined(separator: ", ")
          + ", no-non-local, logits, or NAME=VALUE")
    }
    func number(_ range: ClosedRange<Double>) throws(Problem) -> Double {
      guard let number = Double(parts[1]), range.contains(number) else {
        throw Problem(word: word, expected: "a number within \(range.lowerBound) and \(range.upperBound)")
      }
      return number
    }
    switch parts[0] {
    case "alpha": column.switches.alpha = Float(try number(0...1))
    case "beta": column.switches.beta = Float(try number(0...1))
    case "label":
      guard let label = Int(parts[1]), (0...999).contains(label) else {
        throw Problem(word: word, expected: "a class of ImageNet, 0 to 999")
      }
      column.switches.forcedLabel = label
    case "noise-audio": column.switches.audioNoise = try number(-100...100)
    case "noise-frames": column.switches.frameNoise = try number(-100...100)
    case "weights": column.model.weights = parts[1].split(separator: ";").map(String.init)
    case "variant":
      guard let variant = try? Variant(named: parts[1]) else {
        throw Problem(
          word: word, expected: "one of " + Variant.allCases.map(\.rawValue).joined(separator: ", "))
      }
      // Another variant's files are other files.
      if variant != column.model.variant { column.model = ModelSpecification(variant: variant) }
    default:
      throw Problem(
        word: word, expected: "alpha, beta, label, noise-audio, noise-frames, variant or weights before =")
    }
  }
}
