import AVSBench
import Inference
import TerminalUI

extension ExplorerState {
  /// The state as if the user had opened a clip and waited for its analysis: for pictures of screens without a
  /// terminal. Drawn at `size` by ``draw(in:on:)``.
  ///
  /// - Parameters:
  ///   - screen: the screen that is shown.
  ///   - contents: the open clip, read; nil leaves none open.
  ///   - analysis: what a job told last; nil before any.
  ///   - frame: from 0; clamped to the clip.
  ///   - size: the extent of the screen.
  ///   - display: overlay, maps and colours.
  public func snapshot(
    _ screen: ScreenName, contents: ClipContents? = nil, analysis: ClipAnalysis? = nil, frame: Int = 0,
    size: Size,
    display: Display = Display()
  ) -> ExplorerState {
    var state = self
    state.display = display
    _ = state.handle(.resize(size))
    if let contents, let position = clips.firstIndex(where: { $0.id == contents.clip.id }) {
      state.table.select(rows.firstIndex(of: position) ?? 0, count: rows.count, height: state.tableHeight)
      _ = state.open(position)
      _ = state.handle(.contents(generation: state.generation, contents))
      if let analysis { _ = state.handle(.job(generation: state.generation, .analysis(analysis))) }
    }
    state.frame = max(0, min(frame, state.frameCount - 1))
    state.screen = screen
    _ = state.settle()
    state.message = nil
    return state
  }
  /// Why the open clip or a column of the comparison could not be run; nil where nothing failed.
  public var failure: String? {
    if let current, results[current].status == .failed { return results[current].problem }
    for work in compare.work {
      if case .failed(let reason) = work.status { return reason }
    }
    return nil
  }

  /// Takes the last remark from the status line, as any key does.
  public mutating func clearMessage() { (message, notice) = (nil, nil) }
}
