import TerminalUI

extension ExplorerState {
  /// The one table that dispatches keys, documents them and feeds the palette.
  package static let keys = KeyTable<Command, KeyContext>(tables.flatMap { $0 })

  private typealias Rows = [KeyBinding<Command, KeyContext>]

  // A sum of so many literals takes the compiler minutes.
  private static let tables: [Rows] = [
    clipKeys, pictureKeys, frameKeys, motionKeys, screenKeys, knobKeys, jobKeys, generalKeys, overlayKeys,
    matrixKeys, researchKeys, compareKeys, whatIfKeys, keepingKeys, figureKeys,
  ]

  private typealias Row = KeyBinding<Command, KeyContext>

  private static let clipKeys = [
    Row(["Enter"], .open, in: [.clips], "open"),
    Row(["f"], .filter, in: [.clips], "filter"),
    Row(["/"], .search, in: [.clips], "search"),
    Row(["s"], .sort, in: [.clips], "sort"),
    Row(["S"], .reverse, in: [.clips], "reverse order"),
    Row(["n"], .find(1), in: [.clips], "next match"),
    Row(["N"], .find(-1), in: [.clips], "previous match"),
  ]

  private static let pictureKeys = [
    Row(["o"], .overlay, in: [.overlays], "overlay"),
    Row(["v"], .heatKind, in: [.maps], "kind of map"),
    Row(["z"], .scale, in: [.maps], "scale"),
    Row(["c"], .colorMap, in: [.maps, .matrix], "colours"),
  ]

  private static let frameKeys = [
    Row(["."], .frame(1), in: [.anywhere], "next frame"),
    Row([","], .frame(-1), in: [.anywhere], "previous frame"),
    Row(["]"], .clip(1), in: [.anywhere], "next clip"),
    Row(["["], .clip(-1), in: [.anywhere], "previous clip"),
    Row(["Space"], .play, in: [.anywhere], "play"),
  ]

  private static let motionKeys = [
    Row(["j", "Down"], .move(.down), in: [.list, .plane], "down"),
    Row(["k", "Up"], .move(.up), in: [.list, .plane], "up"),
    Row(["h", "Left"], .move(.left), in: [.plane], "left"),
    Row(["l", "Right"], .move(.right), in: [.plane], "right"),
    Row(["h", "Left", "k", "Up"], .move(.left), in: [.film], "frame before"),
    Row(["l", "Right", "j", "Down"], .move(.right), in: [.film], "frame after"),
    Row(["Ctrl-d"], .move(.halfPageDown), in: [.list, .plane], "half a page down"),
    Row(["Ctrl-u"], .move(.halfPageUp), in: [.list, .plane], "half a page up"),
    Row(["Ctrl-f", "PgDn"], .move(.pageDown), in: [.list, .plane], "page down"),
    Row(["Ctrl-b", "PgUp"], .move(.pageUp), in: [.list, .plane], "page up"),
    Row(["gg", "Home"], .move(.top), in: [.list], "first row"),
    Row(["G", "End"], .move(.bottom), in: [.list], "last row"),
    Row(["gg"], .move(.top), in: [.plane], "top"),
    Row(["G"], .move(.bottom), in: [.plane], "bottom"),
    Row(["Home"], .move(.leftEdge), in: [.plane], "left edge"),
    Row(["End"], .move(.rightEdge), in: [.plane], "right edge"),
    Row(["gg", "Home"], .move(.leftEdge), in: [.film], "first frame"),
    Row(["G", "End"], .move(.rightEdge), in: [.film], "last frame"),
  ]

  private static let screenKeys =
    [
      Row(["Tab"], .pane(1), in: [.anywhere], "next pane"),
      Row(["S-Tab"], .pane(-1), in: [.anywhere], "previous pane"),
      Row(["+"], .paneAlone(true), in: [.anywhere], "larger: this pane alone"),
      Row(["_"], .paneAlone(false), in: [.anywhere], "smaller: all panes"),
    ]
    + ScreenName.allCases.map { Row([String($0.key)], .show($0), in: [.anywhere], $0.title) }

  private static let knobKeys = [
    Row(["A"], .alpha(1), in: [.anywhere], "alpha + 0.05"),
    Row(["a"], .alpha(-1), in: [.anywhere], "alpha - 0.05"),
    Row(["B"], .beta(1), in: [.anywhere], "beta + 0.05"),
    Row(["b"], .beta(-1), in: [.anywhere], "beta - 0.05"),
    Row(["u"], .consensus, in: [.anywhere], "label: CC, none, CC-V"),
    Row(["t"], .audioFeatures, in: [.anywhere], "audio features on/off"),
    Row(["w"], .nonLocal, in: [.anywhere], "non-local on/off"),
    Row(["y"], .audioScores, in: [.anywhere], "audio softmax input"),
    Row(["R"], .published, in: [.anywhere], "knobs as published"),
  ]

  private static let jobKeys = [
    Row(["r"], .run, in: [.anywhere], "run"),
    Row(["x"], .cancel, in: [.anywhere], "cancel"),
    Row(["et"], .exportText, in: [.anywhere], "export text"),
    Row(["ep"], .exportPNG, in: [.anywhere], "export picture"),
    Row(["ej"], .exportJSON, in: [.anywhere], "export numbers"),
  ]

  private static let generalKeys = [
    Row([":", "Ctrl-p"], .palette, in: [.anywhere], "commands"),
    Row(["?"], .help, in: [.anywhere], "help"),
    Row(["Ctrl-l"], .redraw, in: [.anywhere], "redraw"),
    Row(["Ctrl-z"], .suspend, in: [.anywhere], "suspend"),
    Row(["Esc"], .dismiss, in: [.anywhere], "dismiss, hide probe"),
    Row(["q"], .back, in: [.anywhere], "back, then quit"),
  ]

  private static let overlayKeys = [
    Row(["q", "Esc", "?"], .close, in: [.help], "close help"),
    Row(["Enter"], .accept, in: [.prompt, .palette], "accept"),
    Row(["Esc", "Ctrl-g", "Ctrl-c"], .close, in: [.prompt, .palette], "close"),
    Row(["Down", "Ctrl-n", "Tab"], .move(.down), in: [.palette], "next command"),
    Row(["Up", "Ctrl-p", "S-Tab"], .move(.up), in: [.palette], "previous command"),
  ]

  /// Where keys are looked up now, the innermost place first.
  package var contexts: [KeyContext] {
    switch overlay {
    case .none: screenContexts
    case .help: [.help, .list]
    case .palette: [.palette]
    case .prompt: [.prompt]
    case .bookmarks: [.bookmarks, .list]
    }
  }

  /// The places of the focused pane, whatever lies over it.
  package var screenContexts: [KeyContext] { Self.contexts(of: pane, wholeMatrix: matrix.isOpen) }

  /// The places of a pane, the innermost first.
  static func contexts(of pane: Pane, wholeMatrix: Bool) -> [KeyContext] {
    let inner: [KeyContext]
    switch pane {
    case .table: inner = [.clips, .list]
    case .frame: inner = [.overlays, .maps, .plane]
    case .time: inner = [.film, .overlays, .maps]
    case .labels: inner = [.overlays, .maps, .list]
    case .similarity, .reweighted: inner = [wholeMatrix ? .wholeMatrix : .topMatrix, .matrix, .plane]
    case .stage: inner = [.maps, .ccam, .plane]
    case .history: inner = [.list]
    case .columns: inner = [.columns, .maps]
    }
    return inner + [.anywhere]
  }

  /// The keys worth a place in the status line: those of the pane first, without mere movements.
  func hints(columns: Int) -> StyledLine {
    let places = screenContexts.filter { ![.list, .plane].contains($0) }
    let rows = keyTable.bindings.filter { row in
      if case .move = row.command { return row.contexts.contains(.film) }
      return true
    }
    return KeyTable(rows).hints(in: places, columns: columns)
  }
}
