import C3N
import Foundation

/// Which weights a model has: what `--weights`, a models file, a session and a column of Compare name.
public enum ModelSource: Hashable, Sendable {
  /// Checkpoints in any order; their keys tell which is which. None at all is whatever is the default for a variant.
  case files([String])

  /// `lite` as it ships: with its default decoder, or with the one that was trained under a row of Table II.
  case embedded(Ablation?)

  /// By formula, without skill.
  case seeded(UInt64)

  /// One argument by itself: a word of this program, or a path.
  ///
  /// The words are `embedded`, and whatever begins with `embedded:` or `formula:`. A path that does is written with its
  /// folder, `./embedded`.
  public enum Argument: Hashable, Sendable {
    /// A path.
    case file(String)
    /// `embedded`, or `embedded:` with the row that follows.
    case embedded(String?)
    /// `formula:` with the seed that follows.
    case formula(String)

    /// Tells words from paths; whether what follows a word is valid is not looked at.
    public init(_ text: String) {
      if text == Self.embedded {
        self = .embedded(nil)
      } else if text.hasPrefix(Self.embedded + ":") {
        self = .embedded(String(text.dropFirst(Self.embedded.count + 1)))
      } else if text.hasPrefix(Self.formula + ":") {
        self = .formula(String(text.dropFirst(Self.formula.count + 1)))
      } else {
        self = .file(text)
      }
    }

    /// Whether it is a path.
    public var isFile: Bool { if case .file = self { true } else { false } }

    fileprivate static let (embedded, formula) = ("embedded", "formula")
  }

  /// Reads arguments.
  ///
  /// - Throws: `ModelError` for a word among other arguments, an unknown row and a seed that is no whole number.
  public init(arguments: [String]) throws {
    let read = arguments.map(Argument.init)
    guard let word = read.first(where: { !$0.isFile }) else {
      self = .files(arguments)
      return
    }
    func problem(_ expected: String) -> ModelError {
      ModelError(place: arguments.joined(separator: " "), problem: expected)
    }
    switch word {
    case .formula(let text):
      guard arguments.count == 1, let seed = UInt64(text) else {
        throw problem("expected checkpoint files, or formula:SEED alone with a whole number as seed")
      }
      self = .seeded(seed)
    case .embedded(let name):
      let row = name.flatMap(Ablation.init(rawValue:))
      guard arguments.count == 1, name == nil || row != nil else {
        let rows = Ablation.allCases.map { "\(Argument.embedded):\($0.rawValue)" }
        throw problem(
          "expected \(Argument.embedded), or one of \(rows.joined(separator: ", ")), alone, which are decoders of lite"
        )
      }
      self = .embedded(row)
    case .file: preconditionFailure("a path is no word")
    }
  }

  /// The arguments that name it.
  public var arguments: [String] {
    switch self {
    case .files(let paths): paths
    case .embedded(let row): [Argument.embedded + (row.map { ":\($0.rawValue)" } ?? "")]
    case .seeded(let seed): ["\(Argument.formula):\(seed)"]
    }
  }
}

extension WeightOrigin {
  /// Where weights come from that are no part of the embedded model; see ``ModelSource``.
  ///
  /// - Throws: `ModelError` as there, and for the embedded model, whose files ``EmbeddedAssets`` knows.
  public init(arguments: [String]) throws {
    switch try ModelSource(arguments: arguments) {
    case .files(let paths): self = .files(paths)
    case .seeded(let seed): self = .formula(seed: seed)
    case .embedded:
      throw ModelError(
        place: arguments.joined(separator: " "), problem: "expected the files of the model, or formula:SEED")
    }
  }
}
