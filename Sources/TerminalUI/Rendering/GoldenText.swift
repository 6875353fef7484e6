extension CellGrid {
  /// The grid for golden tests: a plane of glyphs, a plane of one letter for each style, and their legend.
  ///
  /// Letters are given in the order of first appearance; `.` is the default style, left out at the ends of rows.
  public var goldenText: String {
    var letters: [Style: Character] = [.plain: "."]
    var legend: [String] = []
    var styleRows: [String] = []
    for y in 0..<size.height {
      var row = ""
      for x in 0..<size.width {
        let style = self[x, y].style
        if letters[style] == nil {
          letters[style] = Self.letter(letters.count - 1)
          legend.append("\(letters[style]!) \(style)")
        }
        row.append(letters[style]!)
      }
      while row.last == "." { row.removeLast() }
      styleRows.append(row)
    }
    let glyphRows = (0..<size.height).map(glyphs(of:))
    let header = "\(size) \(appearance.colors) \(appearance.glyphs)"
    let planes = ["glyphs"] + glyphRows.map { "|\($0)|" } + ["styles"] + styleRows.map { "|\($0)" }
    return ([header] + planes + ["legend"] + legend).joined(separator: "\n") + "\n"
  }

  // Letters and digits, then the Braille patterns, which continue for 256 more, then CJK for the rest.
  private static func letter(_ index: Int) -> Character {
    let simple = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    if index < simple.count { return simple[index] }
    let beyond = UInt32(index - simple.count)
    return Character(Unicode.Scalar(beyond < 256 ? 0x2800 + beyond : 0x4E00 + (beyond - 256) % 20_000)!)
  }
}
