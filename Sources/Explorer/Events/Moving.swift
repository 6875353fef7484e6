import TerminalUI

extension Motion {
  /// The same movement in a list; nil for sideways.
  var inList: ListMotion? {
    switch self {
    case .down: .by(1)
    case .up: .by(-1)
    case .halfPageDown: .halfPages(1)
    case .halfPageUp: .halfPages(-1)
    case .pageDown: .pages(1)
    case .pageUp: .pages(-1)
    case .top: .first
    case .bottom: .last
    case .left, .right, .leftEdge, .rightEdge: nil
    }
  }

  /// A place after the movement by steps of an extent, within `width` x `height`.
  func moved(_ point: Point, step: Int, width: Int, height: Int) -> Point {
    var (x, y) = (point.x, point.y)
    switch self {
    case .left: x -= step
    case .right: x += step
    case .up: y -= step
    case .down: y += step
    case .halfPageDown: y += max(step, height / 4)
    case .halfPageUp: y -= max(step, height / 4)
    case .pageDown: y += max(step, height / 2)
    case .pageUp: y -= max(step, height / 2)
    case .top: y = 0
    case .bottom: y = height - 1
    case .leftEdge: x = 0
    case .rightEdge: x = width - 1
    }
    return Point(x: max(0, min(x, width - 1)), y: max(0, min(y, height - 1)))
  }
}

extension ExplorerState {
  /// The grid of the probe: that of the finest stage.
  static let probeExtent = 56

  mutating func move(_ motion: Motion) -> [Effect] {
    switch overlay {
    case .help(let top): scrollHelp(motion, from: top)
    case .palette: movePalette(motion)
    case .bookmarks(let selection): moveBookmarks(motion, from: selection)
    case .none, .prompt: moveInPane(motion)
    }
    return []
  }

  private mutating func moveInPane(_ motion: Motion) {
    switch pane {
    case .table: moveList(\.table, motion, count: rows.count, height: tableHeight)
    case .labels: moveList(\.labelList, motion, count: labelCount, height: labelCount)
    case .history: moveList(\.historyList, motion, count: history.count, height: historyHeight)
    case .time:
      switch motion {
      case .leftEdge: stepFrame(-frameCount)
      case .rightEdge: stepFrame(frameCount)
      default: stepFrame(motion == .right ? 1 : -1)
      }
    case .frame: moveProbe(motion, step: 1)
    case .stage:
      let extent = heatMaps.maps.first { $0.stage == stage }?.attention.shape[2] ?? Self.probeExtent
      moveProbe(motion, step: max(1, Self.probeExtent / max(1, extent)))
    case .similarity where matrix.isOpen, .reweighted where matrix.isOpen: moveInMatrix(motion)
    case .columns: perform(.focus(motion == .left ? -1 : motion == .right ? 1 : 0))
    case .similarity, .reweighted:
      cursor = motion.moved(
        cursor, step: 1, width: max(1, frameAnalysis?.audioTop.count ?? 5),
        height: max(1, frameAnalysis?.visualTop.count ?? 5))
    }
  }

  /// The first movement shows the probe in the middle.
  private mutating func moveProbe(_ motion: Motion, step: Int) {
    let extent = Self.probeExtent
    guard let probe else {
      self.probe = Point(x: extent / 2, y: extent / 2)
      return
    }
    self.probe = motion.moved(probe, step: step, width: extent, height: extent)
  }

  private mutating func moveList(
    _ list: WritableKeyPath<ExplorerState, ListState>, _ motion: Motion, count: Int, height: Int
  ) {
    guard let motion = motion.inList else { return }
    self[keyPath: list].move(motion, count: count, height: height)
  }

  private mutating func scrollHelp(_ motion: Motion, from top: Int) {
    guard let motion = motion.inList else { return }
    let lines = helpLines(columns: helpColumns).count
    let page = helpHeight(of: lines)
    let last = max(0, lines - page)
    let wanted: Int
    switch motion {
    case .by(let rows): wanted = top + rows
    case .halfPages(let halves): wanted = top + halves * max(1, page / 2)
    case .pages(let pages): wanted = top + pages * max(1, page)
    case .first: wanted = 0
    case .last: wanted = last
    }
    overlay = .help(top: max(0, min(wanted, last)))
  }

  private mutating func movePalette(_ motion: Motion) {
    guard case .palette(let field, let selection) = overlay else { return }
    let count = paletteMatches(field.text).count
    let wanted = selection + (motion == .down ? 1 : -1)
    overlay = .palette(field, selection: max(0, min(wanted, count - 1)))
  }

  /// The classes that Inspect lists.
  var labelCount: Int { (frameAnalysis?.visualTop.count ?? 0) + (frameAnalysis?.audioTop.count ?? 0) }

  mutating func clampLists() {
    table.clamp(count: rows.count, height: tableHeight)
    labelList.clamp(count: labelCount, height: labelCount)
    historyList.clamp(count: history.count, height: historyHeight)
  }
}
