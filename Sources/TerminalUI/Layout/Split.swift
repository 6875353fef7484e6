/// How much of a split one part gets.
public enum Length: Hashable, Sendable {
  /// Exactly so many cells while there is room.
  case fixed(Int)
  /// A share of what the fixed parts leave, in proportion to the weight, and no less than the minimum while
  /// there is room.
  case share(Int, minimum: Int = 0)
}

extension Rect {
  /// Parts from left to right. They always are as many as the lengths; those without room are empty.
  public func columns(_ lengths: [Length], gap: Int = 0) -> [Rect] {
    var left = x
    return Self.extents(lengths, total: width, gap: gap).map { extent in
      defer { left = min(maxX, left + extent + gap) }
      return Rect(x: left, y: y, width: min(extent, maxX - left), height: height)
    }
  }

  /// Parts from top to bottom. They always are as many as the lengths; those without room are empty.
  public func rows(_ lengths: [Length], gap: Int = 0) -> [Rect] {
    var top = y
    return Self.extents(lengths, total: height, gap: gap).map { extent in
      defer { top = min(maxY, top + extent + gap) }
      return Rect(x: x, y: top, width: width, height: min(extent, maxY - top))
    }
  }

  // Fixed parts first, then the shares: those below their minimum get it, the others divide the rest.
  static func extents(_ lengths: [Length], total: Int, gap: Int) -> [Int] {
    var rest = max(0, total - gap * max(0, lengths.count - 1))
    var extents = Array(repeating: 0, count: lengths.count)
    var open: [(index: Int, weight: Int, minimum: Int)] = []
    for (index, length) in lengths.enumerated() {
      switch length {
      case .fixed(let cells):
        extents[index] = min(max(0, cells), rest)
        rest -= extents[index]
      case .share(let weight, let minimum): open.append((index, max(1, weight), max(0, minimum)))
      }
    }
    while true {
      let weights = open.reduce(0) { $0 + $1.weight }
      guard let short = open.firstIndex(where: { rest * $0.weight < $0.minimum * weights }) else { break }
      let part = open.remove(at: short)
      extents[part.index] = min(part.minimum, rest)
      rest -= extents[part.index]
    }
    // Each takes its share of what is left, so that rounding never loses a cell.
    var weights = open.reduce(0) { $0 + $1.weight }
    for part in open {
      extents[part.index] = rest * part.weight / weights
      rest -= extents[part.index]
      weights -= part.weight
    }
    return extents
  }
}
