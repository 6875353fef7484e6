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
    if resolved.isEmbedded {
      resolved.variant = .lite
      resolved.weights = liteFiles(try resolved.ablation)
    }
    switch try WeightOrigin(arguments: resolved.weights) {
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

  /// Looks at all files of a model without reading their elements. Throws the error of one that cannot be read.
  public func expectReadable(_ specification: ModelSpecification) throws {
    for file in try resolved(specification).files { _ = try Checkpoint.outline(file) }
  }
}
