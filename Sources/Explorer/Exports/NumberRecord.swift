import C3N

/// Numbers that are exported, as JSON or as a table: of a clip's analysis, or of all columns of a comparison.
public protocol NumberRecord: Encodable, Sendable {
  /// The numbers as rows of a table, the first with the names of its columns.
  var table: [[String]] { get }
}

extension ExplorerState {
  /// The numbers that the screen shows: on Compare those of all columns. Nil before anything was run.
  var exportedNumbers: (any NumberRecord)? {
    if screen == .compare, let columns = ComparisonRecord(self) { return columns }
    return AnalysisRecord(self)
  }
}

extension Switches {
  /// The names of ``tableRow``, those of the JSON keys.
  static let tableHeader = [
    "alpha", "beta", "consensus", "audioFeatures", "nonLocal", "audioScores", "forcedLabel", "audioNoise",
    "frameNoise",
  ]

  /// The switches as fields of a table; a label that nobody forced and noise that there is not are empty.
  var tableRow: [String] {
    [
      "\(alpha)", "\(beta)", consensus.rawValue, "\(audioFeatures)", "\(nonLocal)", audioScores.rawValue,
      forcedLabel.map { "\($0)" } ?? "", audioNoise.map { "\($0)" } ?? "", frameNoise.map { "\($0)" } ?? "",
    ]
  }
}
