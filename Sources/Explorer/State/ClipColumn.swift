import AVSBench
import TerminalUI

/// The columns of the table of clips.
public enum ClipColumn: Int, CaseIterable, Codable, Sendable {
  /// The clip's name.
  case name
  /// What sounds in it.
  case category
  /// `train`, `val` or `test`.
  case split
  /// The number of frames.
  case frames
  /// The mean intersection over union.
  case iou
  /// The mean F.
  case fScore
  /// The mean IoU less that of the reference's knobs.
  case difference
  /// How far the clip has come.
  case status
  /// Where the scores came from.
  case source

  var column: TableColumn {
    switch self {
    case .name: TableColumn("name", .share(3, minimum: 12))
    case .category: TableColumn("category", .share(2, minimum: 8))
    case .split: TableColumn("split", .fixed(6))
    case .frames: TableColumn("frames", .fixed(7), alignment: .right)
    case .iou: TableColumn("IoU", .fixed(6), alignment: .right)
    case .fScore: TableColumn("F", .fixed(6), alignment: .right)
    case .difference: TableColumn("diff", .fixed(6), alignment: .right)
    case .status: TableColumn("status", .fixed(11))
    case .source: TableColumn("scores from", .fixed(20))
    }
  }

  /// Whether a clip comes before another in rising order; nil where neither does. What is not known has no order.
  func orders(_ a: (Clip, ClipResult), _ b: (Clip, ClipResult)) -> Bool? {
    func compare<Value: Comparable>(_ a: Value, _ b: Value) -> Bool? { a == b ? nil : a < b }
    switch self {
    case .name: return compare(a.0.id, b.0.id)
    case .category: return compare(a.0.category ?? "", b.0.category ?? "")
    case .split: return compare(a.0.split ?? "", b.0.split ?? "")
    case .frames: return known(a.1.frames, b.1.frames, compare)
    case .iou: return known(a.1.iou, b.1.iou, compare)
    case .fScore: return known(a.1.fScore, b.1.fScore, compare)
    case .difference: return known(a.1.difference, b.1.difference, compare)
    case .source: return known(a.1.source?.text, b.1.source?.text, compare)
    case .status:
      let all = ClipStatus.allCases
      return compare(all.firstIndex(of: a.1.status)!, all.firstIndex(of: b.1.status)!)
    }
  }

  /// Whether the value of the column is known.
  func isKnown(_ result: ClipResult) -> Bool {
    switch self {
    case .name, .category, .split, .status: true
    case .frames: result.frames != nil
    case .iou: result.iou != nil
    case .fScore: result.fScore != nil
    case .difference: result.difference != nil
    case .source: result.source != nil
    }
  }

  private func known<Value>(_ a: Value?, _ b: Value?, _ compare: (Value, Value) -> Bool?) -> Bool? {
    guard let a, let b else { return nil }
    return compare(a, b)
  }
}
