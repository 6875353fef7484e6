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

  /// - Parameters:
  ///   - noticeHeight: the rows that the notice would like.
  ///   - isPaneAlone: whether the user wants the focused pane to have the whole screen.
  init(_ rect: Rect, noticeHeight: Int, isPaneAlone: Bool) {
    let noticeHeight = max(1, min(noticeHeight, rect.height >= 24 ? 2 : 1))
    let parts = rect.rows([.fixed(1), .fixed(1), .share(1), .fixed(noticeHeight), .fixed(1)])
    (title, tabs, body, notice, status) = (parts[0], parts[1], parts[2], parts[3], parts[4])
    showsOnePane = isPaneAlone || rect.width < Self.paned.width || rect.height < Self.paned.height
  }
}

extension ExplorerState {
  func layout(in rect: Rect) -> ScreenLayout {
    ScreenLayout(
      rect, noticeHeight: noticeLines(columns: rect.width - 2).count, isPaneAlone: isPaneAlone)
  }

  /// The rows of clips in sight.
  var tableHeight: Int { CellGrid.tableHeight(in: ClipsScreen.tableRect(in: layout(in: Rect(size)).body)) }

  /// The rows of the history in sight.
  var historyHeight: Int {
    let layout = layout(in: Rect(size))
    return CellGrid.tableHeight(
      in: JobsScreen.historyRect(in: layout.body, onePane: layout.showsOnePane).inset(1, 1)
        .dropping(bottom: jobReasonHeight))
  }

  /// The rows below the history for why the selected job failed; none where no job did.
  var jobReasonHeight: Int { history.contains { $0.problem != nil } ? 2 : 0 }

  /// The columns that help may take.
  var helpColumns: Int { max(0, size.width - 8) }

  /// The lines of help in sight.
  func helpHeight(of lines: Int) -> Int { max(0, min(size.height, lines + 2) - 2) }

  /// The keys of the focused pane, then those of lines that are typed.
  func helpLines(columns: Int) -> [StyledLine] {
    func section(_ title: String, _ context: KeyContext) -> [StyledLine] {
      ["", StyledLine(title, .header)] + keyTable.help(in: [context], columns: columns)
    }
    return keyTable.help(in: screenContexts, columns: columns) + screen.explanationLines(columns: columns)
      + section("while typing", .prompt)
      + section("in the list of commands", .palette) + section("in the list of bookmarks", .bookmarks)
      + section("in this help", .help) + Self.soundHelp(columns: columns)
  }
}
