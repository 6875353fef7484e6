/// The names most like a wanted one: first those that contain it, then those of the fewest edits.
package func closestNames(to wanted: String, among names: [String], count: Int) -> [String] {
  let lowered = wanted.lowercased()
  let letters = Array(lowered.utf8)
  let ranked = names.map { name in
    let candidate = name.lowercased()
    return (edits: candidate.contains(lowered) ? 0 : editDistance(letters, Array(candidate.utf8)), name: name)
  }
  return ranked.sorted { ($0.edits, $0.name) < ($1.edits, $1.name) }.prefix(count).map(\.name)
}

/// The fewest insertions, deletions and substitutions that turn one sequence into the other (Levenshtein).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substituted = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
