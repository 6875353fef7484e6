import Inference
import TerminalUI

/// An entry of the matrices of labels.
public struct LabelCell: Hashable, Codable, Sendable {
  /// k, the ImageNet class: the row.
  public let visual: Int

  /// j, the AudioSet class: the column.
  public let audio: Int

  /// The entry of two classes.
  public init(visual: Int, audio: Int) {
    self.visual = visual
    self.audio = audio
  }
}

/// Where the user is in the whole matrix of a frame, 1000 visual classes by 527 audio classes, and how it is ordered.
struct MatrixBrowser: Sendable {
  /// The two sides of a matrix.
  enum Axis: String, Sendable {
    case visual, audio

    /// Reads `a:dog`, `audio:dog`, `v:dog` and `visual:dog`; the axis is nil where none is named.
    static func read(_ text: String) -> (axis: Axis?, text: String) {
      for (prefix, axis) in [("audio:", Axis.audio), ("a:", .audio), ("visual:", .visual), ("v:", .visual)]
      where text.lowercased().hasPrefix(prefix) {
        return (axis, String(text.dropFirst(prefix.count)))
      }
      return (nil, text)
    }
  }

  /// Whether the whole matrix is shown, not that of the five best classes.
  var isOpen = false

  /// The entry under the cursor.
  var cell = LabelCell(visual: 0, audio: 0)

  /// The first column and row in sight.
  var origin = Point(x: 0, y: 0)

  /// Whether the rows stand by their largest entries, not by their indices.
  var rowsByMaximum = false

  /// The same of the columns.
  var columnsByMaximum = false

  /// What was searched last, without its axis.
  var searchText = ""

  /// Where it was searched.
  var axis = Axis.visual

  /// The cursor before the search began.
  var cellBeforeSearch: LabelCell?

  /// The matrix of the frame shown; nil while it is closed or there is none.
  private(set) var shown: Shown?

  /// A matrix in an order.
  struct Shown: Sendable {
    let evidence: FrameEvidence
    let isReweighted: Bool
    let extremes: MatrixExtremes
    fileprivate(set) var rows: [Int] = []
    fileprivate(set) var columns: [Int] = []
    fileprivate(set) var rowPlaces: [Int] = []
    fileprivate(set) var columnPlaces: [Int] = []
    fileprivate var order = (rows: false, columns: false)

    /// The entry of two classes.
    func value(_ cell: LabelCell) -> Float {
      isReweighted
        ? evidence.reweighted(visual: cell.visual, audio: cell.audio)
        : evidence.similarity[cell.visual, cell.audio]
    }

    /// Whether it is made of the same numbers.
    fileprivate func isMade(of other: FrameEvidence) -> Bool {
      evidence.raisedAudio == other.raisedAudio && evidence.raisedVisual == other.raisedVisual
        && evidence.similarity.source == other.similarity.source
    }
  }

  /// The column and row of the cursor in the order shown.
  var place: Point {
    guard let shown else { return Point(x: 0, y: 0) }
    return Point(x: shown.columnPlaces[cell.audio], y: shown.rowPlaces[cell.visual])
  }

  /// Takes the frame's numbers; the extremes are looked for again only if they or the kind have changed.
  mutating func show(_ evidence: FrameEvidence?, isReweighted: Bool) {
    guard let evidence else {
      shown = nil
      return
    }
    if shown?.isReweighted != isReweighted || shown?.isMade(of: evidence) != true {
      shown = Shown(
        evidence: evidence, isReweighted: isReweighted,
        extremes: evidence.extremes(isReweighted: isReweighted))
      arrange()
    } else if shown?.order.rows != rowsByMaximum || shown?.order.columns != columnsByMaximum {
      arrange()
    }
    cell = LabelCell(
      visual: max(0, min(cell.visual, evidence.visual.count - 1)),
      audio: max(0, min(cell.audio, evidence.audio.count - 1)))
  }

  private mutating func arrange() {
    guard var shown else { return }
    func order(_ maxima: [Float], byMaximum: Bool) -> [Int] {
      guard byMaximum else { return Array(maxima.indices) }
      return maxima.indices.sorted { (maxima[$0], $1) > (maxima[$1], $0) }
    }
    func places(_ order: [Int]) -> [Int] {
      var places = order
      for (place, index) in order.enumerated() { places[index] = place }
      return places
    }
    shown.rows = order(shown.extremes.rows, byMaximum: rowsByMaximum)
    shown.columns = order(shown.extremes.columns, byMaximum: columnsByMaximum)
    shown.rowPlaces = places(shown.rows)
    shown.columnPlaces = places(shown.columns)
    shown.order = (rowsByMaximum, columnsByMaximum)
    self.shown = shown
  }

  /// Puts the cursor on a column and row of the order shown, within the matrix.
  mutating func go(to place: Point) {
    guard let shown else { return }
    cell = LabelCell(
      visual: shown.rows[max(0, min(place.y, shown.rows.count - 1))],
      audio: shown.columns[max(0, min(place.x, shown.columns.count - 1))])
  }

  /// Scrolls so that the cursor is among the columns and rows in sight.
  mutating func scroll(_ extent: Size) {
    guard let shown else { return }
    func first(_ first: Int, _ place: Int, _ extent: Int, _ count: Int) -> Int {
      let extent = max(1, extent)
      return max(0, min(max(first, place - extent + 1), place, max(0, count - extent)))
    }
    origin = Point(
      x: first(origin.x, place.x, extent.width, shown.columns.count),
      y: first(origin.y, place.y, extent.height, shown.rows.count))
  }
}
