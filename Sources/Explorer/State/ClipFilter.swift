import AVSBench

/// Which clips the table shows: `iou<0.5 diff<-0.1 category:dog text`; all terms must hold.
///
/// `iou`, `f`, `frames` and `diff` (IoU less that of the reference) are compared by `<`, `<=`, `>`, `>=` or `=`; a clip
/// without the value never fits. `name`, `category`, `split`, `status` and `source` (`session`, `evaluated`) take a part
/// of the text after `:`. Any other word is looked for in the
/// name and in the category. Letter case does not count.
public struct ClipFilter: Sendable, Equatable {
  /// As it was typed.
  public let text: String

  private let terms: [Term]

  /// Shows everything.
  public static let all = ClipFilter(text: "", terms: [])

  /// A term that cannot be read.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    /// The term.
    public let term: String
    /// What was expected.
    public let expected: String
    /// One line for people.
    public var description: String { "\(term): expected \(expected)" }
  }

  private enum Term: Equatable {
    case text(String)
    case field(TextField, String)
    case number(NumberField, Comparison, Double)
  }

  private enum TextField: String, CaseIterable {
    case name, category, split, status, source
  }

  private enum NumberField: String, CaseIterable {
    case iou, f, frames, diff
  }

  private enum Comparison: String, CaseIterable {
    // Longer signs first, so that `<=` is not read as `<`.
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case equal = "="
  }

  private init(text: String, terms: [Term]) {
    self.text = text
    self.terms = terms
  }

  /// Reads a filter. Throws ``Problem``.
  public init(_ text: String) throws(Problem) {
    var terms: [Term] = []
    for word in text.split(separator: " ") { terms.append(try Self.term(String(word))) }
    self.init(text: text, terms: terms)
  }

  /// Whether a clip is shown.
  public func admits(_ clip: Clip, _ result: ClipResult) -> Bool {
    terms.allSatisfy { term in
      switch term {
      case .text(let text):
        contains(clip.id, text) || contains(clip.category ?? "", text)
      case .field(let field, let text):
        contains(Self.value(of: field, clip, result), text)
      case .number(let field, let comparison, let bound):
        Self.value(of: field, result).map { Self.holds($0, comparison, bound) } ?? false
      }
    }
  }

  private static func term(_ word: String) throws(Problem) -> Term {
    if let colon = word.firstIndex(of: ":") {
      let name = word[..<colon].lowercased()
      let text = String(word[word.index(after: colon)...])
      guard let field = TextField(rawValue: name) else {
        throw Problem(term: word, expected: "one of " + listed(TextField.allCases.map { $0.rawValue + ":" }))
      }
      return .field(field, text)
    }
    for comparison in Comparison.allCases {
      guard let sign = word.firstRange(of: comparison.rawValue) else { continue }
      let name = word[..<sign.lowerBound].lowercased()
      guard let field = NumberField(rawValue: name) else {
        throw Problem(term: word, expected: "one of " + listed(NumberField.allCases.map(\.rawValue)))
      }
      guard let bound = Double(word[sign.upperBound...]), bound.isFinite else {
        throw Problem(term: word, expected: "a number after \(comparison.rawValue)")
      }
      return .number(field, comparison, bound)
    }
    return .text(word)
  }

  private static func listed(_ names: [String]) -> String { names.joined(separator: " ") }

  private static func value(of field: TextField, _ clip: Clip, _ result: ClipResult) -> String {
    switch field {
    case .name: clip.id
    case .category: clip.category ?? ""
    case .split: clip.split ?? ""
    case .status: result.status.rawValue
    case .source: result.source?.text ?? ""
    }
  }

  private static func value(of field: NumberField, _ result: ClipResult) -> Double? {
    switch field {
    case .iou: result.iou
    case .f: result.fScore
    case .frames: result.frames.map(Double.init)
    case .diff: result.difference
    }
  }

  private static func holds(_ value: Double, _ comparison: Comparison, _ bound: Double) -> Bool {
    switch comparison {
    case .atMost: value <= bound
    case .atLeast: value >= bound
    case .below: value < bound
    case .above: value > bound
    case .equal: value == bound
    }
  }
}

/// Whether a text contains another in any letter case; everything contains an empty one.
func contains(_ text: String, _ part: String) -> Bool {
  part.isEmpty || text.lowercased().contains(part.lowercased())
}
