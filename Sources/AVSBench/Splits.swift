extension Dataset {
  /// The splits that there are, by name, such as `test (9 clips), train (1 clip)`; for messages.
  public var splitCounts: String {
    let counts = Dictionary(grouping: clips) { $0.split ?? "" }.mapValues(\.count)
    guard !counts.isEmpty else { return "no clip at all" }
    return counts.sorted { $0.key < $1.key }.map { split, count in
      "\(split.isEmpty ? "no split" : split) (\(count) clip\(count == 1 ? "" : "s"))"
    }.joined(separator: ", ")
  }
}
