import C3N
import Inference

extension ExplorerState {
  /// What follows from the state after any event: columns to run or to stop, labels to compute and clips to read ahead.
  mutating func settle() -> [Effect] {
    if screen == .compare { beginComparison() }
    return settleColumns() + settleLookAhead()
  }

  /// Says what a run computed and what it took from earlier ones.
  static func reuseSummary(_ analysis: ClipAnalysis) -> String? {
    guard !analysis.reused.isEmpty else { return nil }
    let saved = duration(analysis.totalSavedSeconds)
    let computed = Set(analysis.seconds.keys).subtracting(analysis.reused)
    let took = shortDuration(analysis.totalSeconds)
    guard !computed.isEmpty else { return "all reused: \(took) instead of \(saved)" }
    let parts = Milestone.Part.allCases.filter(computed.contains).map(\.rawValue)
    return "computed \(parts.joined(separator: " ")): \(took); reused what took \(saved)"
  }
}
