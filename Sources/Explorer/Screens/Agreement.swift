import C3N
import Inference
import TerminalUI

extension ExplorerState {
  /// The unified label of the frame shown, and below it how it came about.
  var agreementLines: [StyledLine] { agreementLines(columns: .max) }

  /// The same in lines of at most so many columns: a sound that does not fit has a line of its own, the rest is wrapped.
  func agreementLines(columns: Int) -> [StyledLine] {
    func wrapped(_ text: String, _ role: Role = .text) -> [StyledLine] {
      TerminalText.wrapped(text, columns: columns).map { StyledLine($0, role) }
    }
    guard let analysis, let frame = frameAnalysis else { return [] }
    guard let agreement = frame.agreement else {
      return ["unified label: none"]
        + wrapped(
          analysis.variant.method.hasClasses
            ? "consensus is off (u): V_i goes on as it is"
            : "\(analysis.variant) has no C3IM: V_i goes on as it is", .faint)
    }
    let name = labels.shortVisual(agreement.visualLabel)
    let label: StyledLine = [
      Span("unified label "), Span(name, .accent), Span(" (\(agreement.visualLabel))", .faint),
    ]
    var lines = [label]
    // A sound among the five is marked in its list; another one has to be named.
    if let sound = agreement.audioLabel, !frame.audioTop.contains(where: { $0.label == sound }) {
      let with = Span(" with \(labels.audio(sound))")
      let both = StyledLine(label.spans + [with])
      lines = both.columns <= columns ? [both] : [label, StyledLine([with])]
    }
    return lines + wrapped(origin(of: agreement, analysis, frame))
  }

  private func origin(
    of agreement: CategoryMatch.Agreement, _ analysis: ClipAnalysis, _ frame: FrameAnalysis
  ) -> String {
    if analysis.effective.forcedLabel != nil { return "forced by hand on all frames; U releases it" }
    guard let factors = agreement.factors, let value = agreement.value else {
      let best = frame.visualTop.first.map { ", \(confidence($0.value))" } ?? ""
      return "CC-V: most confident visual class\(best)"
    }
    return Explorer.arithmetic(
      audio: factors.audio, similarity: factors.similarity, visual: factors.visual, value: value,
      analysis.effective)
  }

  /// How an entry of the frame's M_cof came about; nil outside.
  func arithmetic(row: Int, column: Int, _ analysis: ClipAnalysis, _ frame: FrameAnalysis) -> String {
    Explorer.arithmetic(
      audio: frame.audioTop[column].value, similarity: frame.similarity[row][column],
      visual: frame.visualTop[row].value, value: frame.reweighted[row][column], analysis.effective)
  }

  /// How a key forces the label under the cursor, the longest wording first.
  func forcingHints(_ key: String) -> [Span] {
    let note = lookAheadNote
    guard !note.isEmpty else { return [Span("  \(key) forces it", .faint), Span("  \(key) forces", .faint)] }
    let short = note == "computed ahead" ? "ready" : "computing"
    return [
      Span("  \(key) forces it: \(note)", .faint), Span("  \(key) forces: \(short)", .faint),
      Span("  \(key) forces", .faint),
    ]
  }
}
