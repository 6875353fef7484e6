import Foundation

/// What a row has on one data set: a measurement, or why there is none.
public enum TableMeasurement: Hashable, Sendable {
  /// Measured here.
  case score(TableScore)

  /// Not measured, for a reason that becomes a footnote.
  case absent(String)
}

extension PaperTable {
  /// The table in the paper's layout, the numbers measured beside the paper's.
  ///
  /// - Parameters:
  ///   - notes: lines below the table.
  ///   - measured: what each row has on each data set.
  public func text(
    notes: [String] = [], measured: (Row, TableDataset) -> TableMeasurement
  ) -> String {
    var footnotes = Footnotes()
    let widths = titles.indices.map { column in
      rows.map(\.fields[column].count).reduce(titles[column].count, max)
    }
    let indent = String(repeating: " ", count: widths.reduce(0) { $0 + $1 + 2 })
    func cells(_ texts: [String]) -> String { texts.map { padded($0, 8) }.joined() }

    var lines = [
      "Table \(number.rawValue) (section \(section)): \(caption), \(split) set",
      "",
      indent + padded("mIoU", 32) + "F-score",
      indent + padded("S4", 16) + padded("MS3", 16) + padded("S4", 16) + "MS3",
      zip(titles, widths).map { padded($0, $1 + 2) }.joined()
        + cells(["paper", "here", "paper", "here", "paper", "here", "paper", "here"]),
    ]
    for group in groups {
      lines.append(group.heading.isEmpty ? "" : "\n\(group.heading)")
      for row in group.rows {
        let pairs = TableDataset.allCases.map { set in
          (paper: row.paper[set], here: measured(row, set))
        }
        let ious = pairs.flatMap { [Self.iou($0.paper), footnotes.cell($0.here) { Self.iou($0) }] }
        let fs = pairs.flatMap { [Self.f($0.paper), footnotes.cell($0.here) { Self.f($0) }] }
        lines.append(zip(row.fields, widths).map { padded($0, $1 + 2) }.joined() + cells(ious + fs))
      }
    }
    lines = lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.map(trimmed)
    return (lines + footnotes.lines(notes)).joined(separator: "\n")
  }

  static func iou(_ score: TableScore?) -> String { score.map { String(format: "%.2f", $0.mIoU) } ?? "-" }

  static func f(_ score: TableScore?) -> String { score.map { String(format: "%.3f", $0.f) } ?? "-" }
}

/// The reasons for what a table lacks, numbered as they come.
struct Footnotes {
  private var reasons: [String] = []

  /// The score, or `-[n]`.
  mutating func cell(_ measurement: TableMeasurement, _ text: (TableScore) -> String) -> String {
    switch measurement {
    case .score(let score): return text(score)
    case .absent(let reason):
      let known = reasons.firstIndex(of: reason)
      if known == nil { reasons.append(reason) }
      return "-[\((known ?? reasons.count - 1) + 1)]"
    }
  }

  /// The lines below the table.
  func lines(_ notes: [String]) -> [String] {
    let numbered = reasons.enumerated().map { "[\($0 + 1)] \($1)" }
    return numbered.isEmpty && notes.isEmpty ? [] : [""] + numbered + notes.map { "Note: \($0)" }
  }
}

/// A text with blanks up to a width; a longer one as it is.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// A line without the blanks at its end.
func trimmed(_ line: some StringProtocol) -> String {
  String(line.reversed().drop { $0 == " " }.reversed())
}
