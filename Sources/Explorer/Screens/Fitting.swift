import TerminalUI

extension StyledLine {
  /// The first of some wordings that fits so many columns; if none does, the last. What a line is about, its result,
  /// must not be what is cut off.
  static func fitting(_ columns: Int, _ wordings: [StyledLine]) -> StyledLine {
    wordings.first { $0.columns <= columns } ?? wordings.last ?? ""
  }
}
