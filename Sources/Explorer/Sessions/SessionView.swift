import TerminalUI

/// Where in the screens a user was. Nothing of it changes what is computed; what does not exist (any more) is left out.
public struct SessionView: Hashable, Codable, Sendable {
  /// The focused pane of screens, from 1. CCAM's is also the stage that is shown elsewhere.
  public var panes = [ScreenName.ccam.rawValue: 4]

  /// Whether the focused pane had the whole screen.
  public var alone = false

  /// The probe on pictures, in 56ths of their extent; nil when hidden.
  public var probe: Point?

  /// The cursor in the matrices of the five best classes: column x, row y.
  public var cursor = Point(x: 0, y: 0)

  /// The class selected on Inspect, from 1: five visual ones, then the audio ones.
  public var label = 1

  /// The whole matrix.
  public var matrix = SessionMatrix()

  /// The clip selected in the table, which need not be the open one.
  public var selected: String?

  /// What was searched in the table.
  public var search = ""

  /// The comparison of the paper that was chosen last on Compare, after which the next one comes.
  public var lineUp = LineUp.ablation.rawValue

  /// As at a first start.
  public init() {}
}

/// Where a user was in the whole matrix, and how it was ordered.
public struct SessionMatrix: Hashable, Codable, Sendable {
  /// Whether it was shown, not that of the five best classes.
  public var isOpen = false

  /// The entry under the cursor.
  public var cell = LabelCell(visual: 0, audio: 0)

  /// The first column and row in sight.
  public var origin = Point(x: 0, y: 0)

  /// Whether the rows stood by their largest entries.
  public var rowsByMaximum = false

  /// The same of the columns.
  public var columnsByMaximum = false

  /// What was searched last, such as `a:bark`; empty for nothing.
  public var search = ""

  /// As at a first start.
  public init() {}
}

extension ExplorerState {
  /// Where the user is.
  var sessionView: SessionView {
    var view = SessionView()
    for (screen, pane) in focus { view.panes[screen.rawValue] = pane + 1 }
    view.alone = isPaneAlone
    view.probe = probe
    view.cursor = cursor
    view.label = labelList.selection + 1
    view.matrix = matrix.saved
    view.selected = rows.indices.contains(table.selection) ? clips[rows[table.selection]].id : nil
    view.search = searchText
    view.lineUp = compare.lineUp.rawValue
    return view
  }

  /// Goes where the user was, except for the clip, the screen and the selected row.
  mutating func take(_ view: SessionView) {
    for screen in ScreenName.allCases {
      if let pane = view.panes[screen.rawValue] {
        focus[screen] = max(0, min(pane - 1, screen.panes.count - 1))
      }
    }
    isPaneAlone = view.alone
    probe = view.probe.map { $0.within(width: Self.probeExtent, height: Self.probeExtent) }
    cursor = view.cursor.within(width: 5, height: 5)
    labelList = ListState(selection: max(0, view.label - 1))
    matrix.take(view.matrix)
    searchText = view.search
    compare.lineUp = LineUp(rawValue: view.lineUp) ?? .ablation
  }

  /// Selects the row of the table that was selected, if it is shown.
  mutating func select(_ view: SessionView) {
    guard let selected = view.selected, let row = rows.firstIndex(where: { clips[$0].id == selected }) else {
      return
    }
    table.select(row, count: rows.count, height: tableHeight)
  }
}

extension MatrixBrowser {
  /// What a session keeps.
  var saved: SessionMatrix {
    var saved = SessionMatrix()
    saved.isOpen = isOpen
    saved.cell = cell
    saved.origin = origin
    saved.rowsByMaximum = rowsByMaximum
    saved.columnsByMaximum = columnsByMaximum
    saved.search = searchText.isEmpty ? "" : "\(axis):\(searchText)"
    return saved
  }

  /// Takes what a session kept; the cursor is put within the matrix when there is one.
  mutating func take(_ saved: SessionMatrix) {
    isOpen = saved.isOpen
    cell = saved.cell
    origin = Point(x: max(0, saved.origin.x), y: max(0, saved.origin.y))
    rowsByMaximum = saved.rowsByMaximum
    columnsByMaximum = saved.columnsByMaximum
    let (axis, text) = Axis.read(saved.search)
    self.axis = axis ?? .visual
    searchText = text
  }
}

extension Point {
  /// The closest point of an extent.
  fileprivate func within(width: Int, height: Int) -> Point {
    Point(x: max(0, min(x, width - 1)), y: max(0, min(y, height - 1)))
  }
}
