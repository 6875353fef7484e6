extension ModelSpecification {
  /// The files that it names: weights and similarities, but no word such as `formula:SEED` or `embedded:ROW`.
  public var files: [String] {
    weights.filter { ModelSource.Argument($0).isFile } + [similarity].compactMap { $0 }
  }

  /// The same with other paths of its files.
  public func withFiles(_ change: (String) -> String) -> ModelSpecification {
    var specification = self
    specification.weights = weights.map { ModelSource.Argument($0).isFile ? change($0) : $0 }
    specification.similarity = similarity.map(change)
    return specification
  }
}
