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
        // Nobody reads it any more: there is nothing left to follow for.
        try StandardOutput.finish()
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
    lines += curve(
      "loss", steps, \.loss, width: width, height: 8, from: "step \(steps.first?.step ?? 0)",
      to: steps.last.map { "step \($0.step) (epoch \($0.epoch))" })
    lines += curve(
      "mIoU", validations, \.meanIoU, range: 0...1, width: width, height: 6,
      from: "epoch \(validations.first?.epoch ?? 0)", to: validations.last.map { "epoch \($0.epoch)" })
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

  /// A curve with its axes below its name, between its least and its greatest value unless they are given; nothing of no values.
  ///
  /// - Parameters:
  ///   - first: What the axis says of the first row.
  ///   - last: What it says of the last.
  private func curve(
    _ name: String, _ rows: [TrainingLog.Row], _ value: (TrainingLog.Row) -> Double?,
    range: ClosedRange<Float>? = nil, width: Int, height: Int, from first: String, to last: String?
  ) -> [String] {
    let values = rows.compactMap { value($0).map { Float($0) } }
    guard let least = values.min(), let greatest = values.max(), let last else { return [] }
    let (low, high) = (range?.lowerBound ?? least, range?.upperBound ?? greatest)
    let labels = [high, low].map { String(format: "%.4f", $0) }
    let margin = labels.map(\.count).max()!
    let (tick, line, corner, rule) = appearance.isASCII ? ("+", "|", "+", "-") : ("┤", "│", "└", "─")
    let columns = max(1, min(width - margin - 2, max(20, values.count * 4)))
    var grid = CellGrid(size: Size(width: columns, height: height), appearance: appearance)
    // Even the least value leaves a mark.
    grid.drawSparkline(values.map { 0.02 + 0.98 * ($0 - low) / max(high - low, 1e-9) }, in: grid.bounds)
    let picture = grid.plainText.split(separator: "\n", omittingEmptySubsequences: false).prefix(height)
    func padded(_ label: String) -> String { String(repeating: " ", count: margin - label.count) + label }
    var lines = [
      "", String(format: "%@  %.4f to %.4f, last %.4f", name, least, greatest, values.last!),
    ]
    for (row, text) in picture.enumerated() {
      let label = row == 0 ? labels[0] : row == height - 1 ? labels[1] : ""
      lines.append("\(padded(label)) \(label.isEmpty ? line : tick)\(text)")
    }
    lines.append("\(padded("")) \(corner)\(String(repeating: rule, count: columns))")
    let gap = String(repeating: " ", count: max(1, columns - first.count - last.count))
    lines.append("\(padded(""))  " + (first == last ? first : first + gap + last))
    return lines
  }
}
