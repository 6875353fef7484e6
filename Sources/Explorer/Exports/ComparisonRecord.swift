import C3N
import Inference

/// All columns of a comparison as plain values for JSON and for a table.
///
/// The property names are the keys of the explorer's export of Compare: keep them stable.
public struct ComparisonRecord: NumberRecord {
  /// The clip's name.
  public let clip: String
  /// The frame that was shown, from 1; the numbers are those of all frames.
  public let frame: Int
  /// The number of the reference's column, from 1; absent without one.
  public let reference: Int?
  /// The columns from left to right, also those that have no numbers.
  public let columns: [Column]

  /// A model under switches, and what it found.
  public struct Column: Encodable, Sendable {
    /// Its number, from 1.
    public let column: Int
    /// What tells it apart on the screen.
    public let title: String
    /// The weights in a few words.
    public let weightsName: String
    /// The model that was asked for.
    public let model: ModelSpecification
    /// The switches that were asked for.
    public let switches: Switches
    /// `waiting`, `running`, `done`, `cancelled` or `failed`. But for `done`, the analysis may be of earlier switches.
    public let status: String
    /// Why it failed.
    public let problem: String?
    /// What it found; absent before anything.
    public let analysis: AnalysisRecord?
    /// How it differs from the reference, one entry a frame; absent for the reference, without one, and before both are done.
    public let differences: [Difference]?
  }

  /// A frame's difference to the reference.
  public struct Difference: Encodable, Sendable {
    /// The frame, from 1.
    public let frame: Int
    /// The IoU less that of the reference; absent where one is not known.
    public let iou: Double?
    /// The share of pixels whose masks differ, 0 to 1; absent without two masks of one extent.
    public let maskShare: Double?
  }

  /// What a state's comparison shows of the open clip; nil before any column has something.
  init?(_ state: ExplorerState) {
    guard let setup = state.compare.setup, let contents = state.contents,
      state.compare.work.contains(where: { $0.analysis != nil })
    else { return nil }
    clip = contents.clip.id
    frame = state.frame + 1
    reference = setup.pinned.map { $0 + 1 }
    columns = setup.columns.indices.map { index in
      let (column, work) = (setup.columns[index], state.compare.work[index])
      let pinned = setup.pinned.flatMap { $0 == index ? nil : state.compare.work[$0] }
      return Column(
        column: index + 1, title: setup.title(of: index), weightsName: column.model.weightsName,
        model: column.model, switches: column.switches, status: work.status.name,
        problem: work.status.problem,
        analysis: work.analysis.map { AnalysisRecord($0, of: contents, state.labels) },
        differences: pinned.flatMap { Self.differences(work, $0) })
    }
  }

  private static func differences(_ work: ColumnWork, _ reference: ColumnWork) -> [Difference]? {
    guard let own = work.finished, let other = reference.finished else { return nil }
    return zip(own.frames, other.frames).enumerated().map { index, frames in
      let isDrawn = work.pictures.indices.contains(index) && reference.pictures.indices.contains(index)
      return Difference(
        frame: index + 1, iou: frames.0.iou.flatMap { iou in frames.1.iou.map { iou - $0 } },
        maskShare: isDrawn ? work.pictures[index].disagreement(with: reference.pictures[index]) : nil)
    }
  }

  /// The rows of ``AnalysisRecord/table`` of all columns, each with the column's `column`, `title`, `model` and `status`
  /// before. `iou-less-reference` and `mask-differs` (a share) are added to the quantities; a column without numbers has
  /// a row without a quantity, with the switches that it asks for.
  public var table: [[String]] {
    [["column", "title", "model", "status"] + AnalysisRecord.tableHeader] + columns.flatMap(rows)
  }

  private func rows(_ column: Column) -> [[String]] {
    let head = ["\(column.column)", column.title, column.weightsName, column.status]
    guard let analysis = column.analysis else {
      let variant = column.model.variantName
      return [head + [clip, variant, "", "", "", "", "", "", ""] + column.switches.tableRow]
    }
    func row(_ frame: Int, _ quantity: String, _ value: Double) -> [String] {
      [clip, analysis.variant, "\(frame)", quantity, "", "", "", "\(value)", analysis.weights]
        + analysis.switches.tableRow
    }
    let differences = (column.differences ?? []).flatMap { difference in
      [
        difference.iou.map { row(difference.frame, "iou-less-reference", $0) },
        difference.maskShare.map { row(difference.frame, "mask-differs", $0) },
      ].compactMap { $0 }
    }
    return (analysis.table.dropFirst() + differences).map { head + $0 }
  }
}

extension ColumnWork.Status {
  /// The word for files.
  fileprivate var name: String {
    switch self {
    case .waiting: "waiting"
    case .running: "running"
    case .done: "done"
    case .cancelled: "cancelled"
    case .failed: "failed"
    }
  }

  /// Why it failed; nil where it did not.
  fileprivate var problem: String? { if case .failed(let reason) = self { reason } else { nil } }
}
