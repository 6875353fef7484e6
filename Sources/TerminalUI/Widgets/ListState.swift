/// A step in a list.
public enum ListMotion: Hashable, Sendable {
  /// Some rows down, or up if negative.
  case by(Int)
  /// Some half pages down, or up if negative.
  case halfPages(Int)
  /// Some pages down, or up if negative.
  case pages(Int)
  /// To the first row.
  case first
  /// To the last row.
  case last
}

/// The selected row of a list and the first row shown.
public struct ListState: Hashable, Sendable, Codable {
  /// The selected row; 0 in an empty list.
  public private(set) var selection: Int
  /// The first row shown.
  public private(set) var top: Int

  /// A list at a row.
  public init(selection: Int = 0) {
    self.selection = max(0, selection)
    top = 0
  }

  /// Moves the selection in a list of `count` rows of which `height` are shown.
  public mutating func move(_ motion: ListMotion, count: Int, height: Int) {
    let page = max(1, height)
    switch motion {
    case .by(let rows): selection += rows
    case .halfPages(let halves): scroll(halves * max(1, page / 2), count: count, height: height)
    case .pages(let pages): scroll(pages * page, count: count, height: height)
    case .first: selection = 0
    case .last: selection = count - 1
    }
    clamp(count: count, height: height)
  }

  /// Selects a row.
  public mutating func select(_ row: Int, count: Int, height: Int) {
    selection = row
    clamp(count: count, height: height)
  }

  /// Makes the state valid after the list or its height changed; the selection stays in sight.
  public mutating func clamp(count: Int, height: Int) {
    selection = max(0, min(selection, count - 1))
    let shown = max(1, height)
    top = min(top, max(0, count - shown))
    top = max(0, min(top, selection), selection - shown + 1)
  }

  /// The rows in sight.
  public func visible(count: Int, height: Int) -> Range<Int> {
    let first = max(0, min(top, count))
    return first..<max(first, min(count, first + max(0, height)))
  }

  // The text moves and the selection keeps its row on the screen, as in pagers.
  private mutating func scroll(_ rows: Int, count: Int, height: Int) {
    selection += rows
    top = max(0, min(top + rows, count - height))
  }
}
