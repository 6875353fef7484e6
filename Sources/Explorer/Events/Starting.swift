extension ExplorerState {
  /// Goes to a clip and a screen, as the command line asks.
  ///
  /// - Parameter clip: the id of a clip in the list; nil opens none.
  /// - Returns: What the world is asked to do.
  public mutating func start(clip: String?, screen wanted: ScreenName?) -> [Effect] {
    evaluation.asksForScores = true
    guard let clip, let position = clips.firstIndex(where: { $0.id == clip }) else {
      screen = wanted ?? .clips
      return followEvaluation()
    }
    table.select(rows.firstIndex(of: position) ?? 0, count: rows.count, height: tableHeight)
    screen = wanted ?? .inspect
    let effects = open(position)
    return effects + followEvaluation()
  }
}
