extension ExplorerState {
  /// Goes to a clip and a screen, as the command line asks.
  ///
  /// - Parameters:
  ///   - clip: the id of a clip in the list; nil opens none.
  ///   - frame: from 1; clamped once the clip is read.
  ///   - wanted: the screen; nil for the one that suits.
  /// - Returns: What the world is asked to do.
  public mutating func start(clip: String?, frame: Int = 1, screen wanted: ScreenName?) -> [Effect] {
    evaluation.asksForScores = true
    guard let clip, let position = clips.firstIndex(where: { $0.id == clip }) else {
      screen = wanted ?? .clips
      return followEvaluation()
    }
    table.select(rows.firstIndex(of: position) ?? 0, count: rows.count, height: tableHeight)
    screen = wanted ?? .inspect
    let effects = open(position)
    self.frame = frame - 1
    return effects + followEvaluation()
  }
}
