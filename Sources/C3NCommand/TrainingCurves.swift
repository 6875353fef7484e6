import Foundation
import Glibc
import TerminalUI
import Training

/// The loss and mIoU curves of a run's log, as text.
struct TrainingCurves {
  private let path: String
  private let appearance: Appearance

  /// The curves of a log.
  init(_ path: String) {
    self.path = path
    appearance = Appearance(environment: ProcessInfo.processInfo.environment)
  }

  /// Prints the curves, and if `follows`, again whenever the log has grown; Ctrl-C ends that.
  func show(follows: Bool) throws {
    var shown = 0
    repeat {
      let rows = try TrainingLog.read(path)
      if rows.count != shown || !follows {
        if shown > 0, isatty(STDOUT_FILENO) != 0 { print("\u{1B}[H\u{1B}[2J", terminator: "") }
        print(text(rows, width: Self.columns))
        fflush(nil)
        shown = rows.count
      }
      if follows { sleep(2) }
    } while follows
  }

  /// The terminal's width, or 80.
  private static var columns: Int {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Both curves and the last numbers.
  func text(_ rows: [TrainingLog.Row], width: Int) -> String {
    let steps = rows.filter { $0.kind == "train" }
    let validations = rows.filter { $0.kind == "val" }
    var lines = ["\(TerminalText.escaped(path)): \(steps.count) steps, \(validations.count) validations"]
    let losses = steps.compactMap { $0.loss.map { Float($0) } }
    if !losses.isEmpty { lines += curve("loss", losses, width: width, height: 8) }
    let ious = validations.compactMap { $0.meanIoU.map { Float($0) } }
    if !ious.isEmpty { lines += curve("mIoU", ious, width: width, height: 6, low: 0, high: 1) }
    if let last = steps.last {
      lines.append(
        String(
          format:
            "step %d  epoch %d  loss %.4f (bce %.4f, dice %.4f)  lr %.2g  %.2f clips/s  %.0f s  %.0f MB",
          last.step, last.epoch, last.loss ?? 0, last.entropy ?? 0, last.dice ?? 0, last.learningRate ?? 0,
          last.clipsPerSecond ?? 0, last.seconds ?? 0, last.memory ?? 0))
    }
    if let best = validations.max(by: { ($0.meanIoU ?? 0) < ($1.meanIoU ?? 0) }) {
      lines.append(
        String(format: "best mIoU %.4f in epoch %d, F %.4f", best.meanIoU ?? 0, best.epoch, best.f ?? 0))
    }
    return lines.joined(separator: "\n")
  }

  /// A curve below its name, between its least and its greatest value unless they are given.
  private func curve(
    _ name: String, _ values: [Float], width: Int, height: Int, low: Float? = nil, high: Float? = nil
  ) -> [String] {
    let (least, greatest) = (low ?? values.min()!, high ?? values.max()!)
    let range = max(greatest - least, 1e-9)
    var grid = CellGrid(
      size: Size(width: min(width, max(20, values.count * 4)), height: height), appearance: appearance)
    // Even the least value leaves a mark.
    grid.drawSparkline(values.map { 0.02 + 0.98 * ($0 - least) / range }, in: grid.bounds)
    let title = String(
      format: "%@  %.4f to %.4f, last %.4f", name, values.min()!, values.max()!, values.last!)
    let picture = grid.plainText
    return ["", title] + picture.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
