extension ModelSpecification {
  /// The files that it names: weights and similarities, but neither `formula:SEED` nor `embedded:ROW`.
  public var files: [String] { weights.filter(Self.isFile) + [similarity].compactMap { $0 } }

  /// The same with other paths of its files.
  public func withFiles(_ change: (String) -> String) -> ModelSpecification {
    var specification = self
    specification.weights = weights.map { Self.isFile($0) ? change($0) : $0 }
    specification.similarity = similarity.map(change)
    return specification
  }

  private static func isFile(_ argument: String) -> Bool {
    !argument.hasPrefix("formula:") && !argument.hasPrefix("embedded:")
  }
}
