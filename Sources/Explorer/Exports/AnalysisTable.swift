import C3N

extension AnalysisRecord: NumberRecord {
  /// The numbers as rows of a table, a value a row, so that one program reads all kinds:
  ///
  ///     clip, variant, frame, quantity, rank, visual, audio, value, weights, alpha, beta, consensus, audioFeatures,
  ///     nonLocal, audioScores, forcedLabel, audioNoise, frameNoise
  ///
  /// `quantity` is `confidence-visual`, `raised-visual`, `confidence-audio`, `raised-audio` (rank from 1), `similarity`,
  /// `reweighted` (a visual and an audio class), `unified-label` (M_cof at both), `iou` or `f`; without a frame
  /// `clip-iou`, `clip-f` and `seconds` (of what was computed). What is not known has no row; a unified label without a
  /// value has an empty one. The last columns are the model's weights and the switches as it followed them.
  public var table: [[String]] {
    let setting = [weights] + switches.tableRow
    return [Self.tableHeader] + numbers.map { [clip, variant] + $0 + setting }
  }

  static let tableHeader =
    ["clip", "variant", "frame", "quantity", "rank", "visual", "audio", "value", "weights"]
    + Switches.tableHeader

  /// Frame, quantity, rank, visual class, audio class and value.
  private var numbers: [[String]] {
    var rows: [[String]] = []
    func add(
      _ frame: Int?, _ quantity: String, rank: Int? = nil, visual: String? = nil, audio: String? = nil,
      _ value: String
    ) {
      rows.append([
        frame.map { String($0) } ?? "", quantity, rank.map { String($0) } ?? "", visual ?? "", audio ?? "",
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
    if let meanIoU { add(nil, "clip-iou", "\(meanIoU)") }
    if let fScore { add(nil, "clip-f", "\(fScore)") }
    add(nil, "seconds", "\(totalSeconds)")
    add(nil, "seconds-saved", "\(savedSeconds)")
    return rows
  }
}
