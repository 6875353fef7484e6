extension AnalysisRecord {
  /// The numbers as rows of a table, a value a row, so that one program reads all kinds:
  ///
  ///     clip, variant, frame, quantity, rank, visual, audio, value
  ///
  /// `quantity` is `confidence-visual`, `raised-visual`, `confidence-audio`, `raised-audio` (rank from 1), `similarity`,
  /// `reweighted` (a visual and an audio class), `unified-label` (M_cof at both), `iou` or `f`. What is not known has no
  /// row; a unified label without a value has an empty one.
  public var table: [[String]] {
    var rows = [["clip", "variant", "frame", "quantity", "rank", "visual", "audio", "value"]]
    func add(
      _ frame: Int, _ quantity: String, rank: Int? = nil, visual: Class? = nil, audio: Class? = nil,
      _ value: String
    ) {
      rows.append([
        clip, variant, String(frame), quantity, rank.map { String($0) } ?? "", visual?.name ?? "",
        audio?.name ?? "", value,
      ])
    }
    for (index, values) in frames.enumerated() {
      let frame = index + 1
      for (rank, entry) in values.visual.enumerated() {
        add(frame, "confidence-visual", rank: rank + 1, visual: entry.label, "\(entry.confidence)")
        add(frame, "raised-visual", rank: rank + 1, visual: entry.label, "\(entry.raised)")
      }
      for (rank, entry) in values.audio.enumerated() {
        add(frame, "confidence-audio", rank: rank + 1, audio: entry.label, "\(entry.confidence)")
        add(frame, "raised-audio", rank: rank + 1, audio: entry.label, "\(entry.raised)")
      }
      for (quantity, matrix) in [("similarity", values.similarity), ("reweighted", values.reweighted)] {
        for (visual, row) in zip(values.visual, matrix) {
          for (audio, value) in zip(values.audio, row) {
            add(frame, quantity, visual: visual.label, audio: audio.label, "\(value)")
          }
        }
      }
      if let label = values.unifiedLabel {
        add(
          frame, "unified-label", visual: label, audio: values.audioLabel,
          values.value.map { "\($0)" } ?? "")
      }
      if let iou = values.iou { add(frame, "iou", "\(iou)") }
      if let fScore = values.fScore { add(frame, "f", "\(fScore)") }
    }
    return rows
  }
}
