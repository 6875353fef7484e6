import C3N
import Inference

/// The latest complete analyses of one clip with and without non-local blocks (the paper's Fig. 8).
struct NonLocalAblation: Sendable {
  private var clip: Int?
  private(set) var with: ClipAnalysis?
  private(set) var without: ClipAnalysis?

  /// Keeps a complete analysis; those of another clip go.
  mutating func keep(_ analysis: ClipAnalysis, clip: Int) {
    if clip != self.clip { self = NonLocalAblation() }
    self.clip = clip
    if analysis.effective.nonLocal { with = analysis } else { without = analysis }
  }

  /// The analysis of one side that differs from the knobs in nothing but the non-local blocks; nil while unknown.
  func analysis(nonLocal: Bool, clip: Int?, like knobs: Switches) -> ClipAnalysis? {
    guard clip == self.clip, let kept = nonLocal ? with : without else { return nil }
    var (asked, wanted) = (kept.requested, knobs)
    asked.nonLocal = nonLocal
    wanted.nonLocal = nonLocal
    return asked == wanted ? kept : nil
  }
}
