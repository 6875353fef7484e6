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
      _ frame: Int, _ quantity: String, rank: Int? = nil, visual: String? = nil, audio: String? = nil,
      _ value: String
    ) {
      rows.append([
        clip, variant, String(frame), quantity, rank.map { String($0) } ?? "", visual ?? "", audio ?? "",
        value,
      ])
    }
    for values in frames {
      let frame = values.frame
      for (rank, entry) in values.visualTop.enumerated() {
        add(frame, "confidence-visual", rank: rank + 1, visual: entry.name, "\(entry.confidence)")
        add(frame, "raised-visual", rank: rank + 1, visual: entry.name, "\(entry.raised)")
      }
      for (rank, entry) in values.audioTop.enumerated() {
        add(frame, "confidence-audio", rank: rank + 1, audio: entry.name, "\(entry.confidence)")
        add(frame, "raised-audio", rank: rank + 1, audio: entry.name, "\(entry.raised)")
      }
      for (quantity, matrix) in [("similarity", values.similarity), ("reweighted", values.reweighted)] {
        for (visual, row) in zip(values.visualTop, matrix) {
          for (audio, value) in zip(values.audioTop, row) {
            add(frame, quantity, visual: visual.name, audio: audio.name, "\(value)")
          }
        }
      }
      if let label = values.unifiedLabel {
        add(
          frame, "unified-label", visual: label.visualName, audio: label.audioName,
          label.value.map { "\($0)" } ?? "")
      }
      if let iou = values.iou { add(frame, "iou", "\(iou)") }
      if let fScore = values.fScore { add(frame, "f", "\(fScore)") }
    }
    return rows
  }
}
