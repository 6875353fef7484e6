import Inference

/// Some rows and columns of a frame's M_sim or M_cof, for CSV.
public struct MatrixTable: Sendable {
  let evidence: FrameEvidence
  let isReweighted: Bool
  let rows: [Int]
  let columns: [Int]
  let labels: Labels

  /// One line of column names, then one line a visual class: its index, its name and its entries, which read back to
  /// the same 32-bit numbers. A column's name is its index and its label.
  public var csv: String {
    var text = "index,visual"
    for j in columns { text += "," + Self.quoted("\(j) \(labels.audio(j))") }
    text += "\n"
    for k in rows {
      text += "\(k)," + Self.quoted(labels.visual(k))
      for j in columns {
        let value =
          isReweighted ? evidence.reweighted(visual: k, audio: j) : evidence.similarity[k, j]
        text += ",\(value)"
      }
      text += "\n"
    }
    return text
  }

  /// RFC 4180: quotes are doubled.
  private static func quoted(_ text: String) -> String {
    "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
