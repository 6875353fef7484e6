import C3N
import Checkpoints

extension EmbeddedAssets {
  /// The specification with every default written out: variant, weight files (with the shipped encoders of `lite` where
  /// they are needed) and similarity file.
  ///
  /// The variant stays nil where no variant of this build fits the files; the similarity where the formula makes it.
  /// Throws `ModelError` for a wrong `formula:` argument and the error of a file that cannot be read.
  public func resolved(_ specification: ModelSpecification) throws -> ModelSpecification {
    var resolved = specification
    if resolved.isEmbedded { resolved.variant = .lite }
    switch try origin(of: specification) {
    case .formula:
      resolved.variant = resolved.variant ?? .pvtv2PANNs
    case .files(let paths):
      resolved.similarity = resolved.similarity ?? similarity
      resolved.weights = try completed(paths, of: resolved.variant)
      if resolved.variant == nil {
        resolved.variant = WeightFile.variant(of: try resolved.weights.map { try WeightFile(outlining: $0) })
      }
    }
    return resolved
  }

  /// Expects that the files that a specification names fit its variant, each by itself and all together (`lite` with what
  /// ships); nothing is loaded.
  ///
  /// - Throws: `ModelError` with what does not fit or is missing, and the error of a file that cannot be read.
  public func expectParts(of specification: ModelSpecification) throws {
    if let similarity = specification.similarity { _ = try SimilarityMatrix.open(similarity) }
    guard case .files(let paths) = try origin(of: specification) else { return }
    try C3NModel.expectParts(
      of: specification.variant, in: try completed(paths, of: specification.variant),
      options: specification.options)
  }
}
