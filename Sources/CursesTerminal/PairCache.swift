import CNcurses
import TerminalUI

/// Which curses pair stands for which two colours. Pairs are made when first needed and never change, because
/// curses repaints all cells of a pair that changes.
struct PairCache {
  private struct Colors: Hashable {
    var foreground: Int32
    var background: Int32
  }

  private let limit: Int32
  private let direct: Bool
  private var pairs: [Colors: Int32] = [:]

  init(limit: Int32, direct: Bool) {
    // Half of what the largest terminals offer is more than a screen has cells.
    self.limit = min(limit, 32_767)
    self.direct = direct
  }

  /// Whether so few pairs are left that a screen of a number of cells might not find its own.
  func isNearlyFull(cells: Int) -> Bool {
    // With few pairs, such as 63, forgetting wouldn't help: all of them may be needed at once.
    limit > 255 && pairs.count + cells > Int(limit) && pairs.count > Int(limit) / 2
  }

  /// Forgets all pairs.
  mutating func removeAll() { pairs.removeAll(keepingCapacity: true) }

  /// The pair of a style, and whether it must be shown reversed because no pair was left for its colours.
  mutating func pair(_ style: Style) -> (number: Int32, reversed: Bool) {
    let wanted = Colors(foreground: number(style.foreground), background: number(style.background))
    if wanted.foreground < 0 && wanted.background < 0 { return (0, false) }
    if let known = pairs[wanted] { return (known, false) }
    let next = Int32(pairs.count + 1)
    if next <= limit, terminal_define_pair(next, wanted.foreground, wanted.background) {
      pairs[wanted] = next
      return (next, false)
    }
    // The foreground alone is the better half; a bright background alone is shown by reversing.
    if let alone = pairs[Colors(foreground: wanted.foreground, background: -1)] { return (alone, false) }
    let bright = (style.background.components?.luminance ?? 0) > 0.5
    return (0, bright)
  }

  // -1 is the terminal's own colour. With direct colour, numbers below 8 mean the eight named ones.
  private func number(_ color: Color) -> Int32 {
    switch color {
    case .standard: return -1
    case .ansi(let index): return Int32(index)
    case .indexed(let index): return direct ? value(RGB(xterm: index)) : Int32(index)
    case .rgb(let red, let green, let blue): return value(RGB(red, green, blue))
    }
  }

  private func value(_ color: RGB) -> Int32 {
    max(8, Int32(color.red) << 16 | Int32(color.green) << 8 | Int32(color.blue))
  }
}
