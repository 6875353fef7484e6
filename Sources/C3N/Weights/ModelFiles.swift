import Checkpoints

/// The files that a model was made of, as they were when they were read: what is computed belongs to these bytes, whatever the
/// paths lead to later.
public struct ModelFiles: Hashable, Sendable {
  /// What they make; nil where no variant of this build fits them.
  public let variant: Variant?

  /// The weight files in the order in which they were given; empty for weights by formula.
  public let weights: [FileVersion]

  /// The similarity matrix's file; nil for the formula's matrix.
  public let similarity: FileVersion?

  /// Files of a model.
  public init(variant: Variant? = nil, weights: [FileVersion] = [], similarity: FileVersion? = nil) {
    self.variant = variant
    self.weights = weights
    self.similarity = similarity
  }

  /// All files.
  public var all: [FileVersion] { weights + [similarity].compactMap { $0 } }

  /// The files that are not what they were when they were read, in words: path and what has become of it. Nothing is read.
  public var changes: [String] {
    all.compactMap { file in
      switch file.change {
      case nil: nil
      case .changed: "\(file.path): changed on disk since it was loaded"
      case .gone(let problem): "\(file.path): gone since it was loaded (\(problem))"
      }
    }
  }

  /// Whether both are the same bytes of the same files, as far as stamps and digests tell.
  public func isSame(as other: ModelFiles) -> Bool {
    all.count == other.all.count && weights.count == other.weights.count
      && zip(all, other.all).allSatisfy { $0.isSame(as: $1) }
  }
}
