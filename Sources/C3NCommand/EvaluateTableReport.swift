import Evaluation
import TerminalUI

/// What `c3n evaluate --table --json` prints. The property names are the JSON keys: keep them stable.
struct TableReport: Encodable {
  let table, split, batching: String
  let variants: [String]
  let rows: [Row]
  let notes: [String]
  let unreadable: [EvaluatedClips.Unreadable]

  struct Row: Encodable {
    let group: String
    let fields: [String]
    /// By data set.
    let paper, here: [String: Score]
    /// By data set: why there is no number.
    let absent: [String: String]
  }

  /// mIoU in percent and F from 0 to 1, as in the paper.
  struct Score: Encodable {
    let mIoU, f: Double

    init(_ score: TableScore) {
      mIoU = score.mIoU
      f = score.f
    }
  }

  func printUnreadable() {
    guard !unreadable.isEmpty else { return }
    print("\nnot readable and left out: \(counted(unreadable.count, "clip"))")
    for clip in unreadable { print("  \(TerminalText.escaped(clip.problem))") }
  }
}

extension TableReport.Row {
  init(_ row: PaperTable.Row, group: String, _ measured: (TableDataset) -> TableMeasurement) {
    var here: [String: TableReport.Score] = [:]
    var absent: [String: String] = [:]
    for set in TableDataset.allCases {
      switch measured(set) {
      case .score(let score): here[set.rawValue] = .init(score)
      case .absent(let reason): absent[set.rawValue] = reason
      }
    }
    self.init(
      group: group, fields: row.fields,
      paper: Dictionary(uniqueKeysWithValues: row.paper.map { ($0.key.rawValue, .init($0.value)) }),
      here: here, absent: absent)
  }

  init(category: String, paper: TableScore, here: TableScore?) {
    let set = TableDataset.s4.rawValue
    self.init(
      group: "", fields: [category], paper: [set: .init(paper)], here: here.map { [set: .init($0)] } ?? [:],
      absent: here == nil ? [set: "no clip of this category was scored"] : [:])
  }
}
