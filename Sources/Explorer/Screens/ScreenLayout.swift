import TerminalUI

/// Where the parts that all screens share are.
struct ScreenLayout {
  /// The smallest extent that is drawn.
  static let minimum = Size(width: 40, height: 12)

  /// The smallest extent that shows more than the focused pane.
  static let paned = Size(width: 80, height: 24)

  let title: Rect
  let tabs: Rect
  let body: Rect
  let notice: Rect
  let status: Rect

  /// Whether only the focused pane is shown.
  let showsOnePane: Bool

  init(_ rect: Rect) {
    let noticeHeight = rect.height >= 36 ? 2 : 1
    let parts = rect.rows([.fixed(1), .fixed(1), .share(1), .fixed(noticeHeight), .fixed(1)])
    (title, tabs, body, notice, status) = (parts[0], parts[1], parts[2], parts[3], parts[4])
    showsOnePane = rect.width < Self.paned.width || rect.height < Self.paned.height
  }
}

extension ExplorerState {
  /// The rows of clips in sight.
  var tableHeight: Int { CellGrid.tableHeight(in: ClipsScreen.tableRect(in: ScreenLayout(Rect(size)).body)) }

  /// The rows of the history in sight.
  var historyHeight: Int {
    let layout = ScreenLayout(Rect(size))
    return CellGrid.tableHeight(
      in: JobsScreen.historyRect(in: layout.body, onePane: layout.showsOnePane).inset(1, 1))
  }

  /// The columns that help may take.
  var helpColumns: Int { max(0, size.width - 8) }

  /// The lines of help in sight.
  var helpHeight: Int { max(0, min(size.height, helpLines(columns: helpColumns).count + 2) - 2) }

  func helpLines(columns: Int) -> [StyledLine] { Self.keys.help(in: screenContexts, columns: columns) }
}
