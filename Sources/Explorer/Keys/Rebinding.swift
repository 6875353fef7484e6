import AVSBench
import TerminalUI

extension ExplorerState {
  /// The table with the user's keys in place of some; commands are named as help and palette name them.
  ///
  /// - Throws: `KeyRebindingProblem`; an unknown name comes with those most like it.
  public mutating func rebind(_ changes: [String: [String]]) throws(KeyRebindingProblem) {
    let titles = Self.keys.bindings.map(\.title)
    for title in changes.keys.sorted() where !titles.contains(title) {
      let closest = closestNames(to: title, among: titles, count: 3).map { "\"\($0)\"" }
      throw KeyRebindingProblem(
        title: title, problem: "no command of this name; closest: \(closest.joined(separator: ", "))")
    }
    keyTable = try Self.keys.rebound(changes, places: Self.places, typing: [.prompt, .palette])
  }

  /// The contexts that hold together, for every pane and for what lies over it.
  package static var places: [[KeyContext]] {
    var panes: [[KeyContext]] = []
    for screen in ScreenName.allCases {
      for (pane, wholeMatrix) in screen.panes.flatMap({ [($0, false), ($0, true)] }) {
        let contexts = Self.contexts(of: pane, wholeMatrix: wholeMatrix)
        if !panes.contains(contexts) { panes.append(contexts) }
      }
    }
    return panes + [[.help, .list], [.prompt], [.palette], [.bookmarks, .list]]
  }
}

extension ExplorerState {
  /// Begins with other colours of heat maps.
  public mutating func prefer(_ colorMap: ColorMap) { display.colorMap = colorMap }
}
