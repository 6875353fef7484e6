/// A cell's place: columns from the left, rows from the top, both from 0.
public struct Point: Hashable, Sendable, Codable {
  /// The column.
  public var x: Int
  /// The row.
  public var y: Int

  /// The cell at a column and a row.
  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// An extent in cells; negative extents become zero.
public struct Size: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int

  /// An extent of columns and rows.
  public init(width: Int, height: Int) {
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// Reads `120x40`; nil for anything else and for extents above 10,000.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else { return nil }
    guard (0...10_000).contains(width), (0...10_000).contains(height) else { return nil }
    self.init(width: width, height: height)
  }

  /// `120x40`.
  public var description: String { "\(width)x\(height)" }
}

/// A rectangle of cells; negative extents become zero.
public struct Rect: Hashable, Sendable, Codable {
  /// The leftmost column.
  public let x: Int
  /// The topmost row.
  public let y: Int
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int

  /// A rectangle by its top left cell and extents.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The rectangle at the origin of an extent.
  public init(_ size: Size) {
    self.init(x: 0, y: 0, width: size.width, height: size.height)
  }

  /// The extent.
  public var size: Size { Size(width: width, height: height) }
  /// The top left cell.
  public var origin: Point { Point(x: x, y: y) }
  /// The first column to the right.
  public var maxX: Int { x + width }
  /// The first row below.
  public var maxY: Int { y + height }
  /// Whether there is no cell inside.
  public var isEmpty: Bool { width == 0 || height == 0 }

  /// Whether a cell lies inside.
  public func contains(_ point: Point) -> Bool {
    point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
  }

  /// The common part; empty when there is none.
  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }

  /// The rectangle without a margin on each side.
  public func inset(_ columns: Int, _ rows: Int) -> Rect {
    Rect(x: x + columns, y: y + rows, width: width - 2 * columns, height: height - 2 * rows)
  }

  /// One row, counted from the top, as a rectangle of height 1; empty when it lies outside.
  public func row(_ index: Int) -> Rect {
    Rect(x: x, y: y + index, width: width, height: index >= 0 && index < height ? 1 : 0)
  }

  /// What remains without some rows at the top or at the bottom.
  public func dropping(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) -> Rect {
    Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
  }

  /// A rectangle of an extent in the middle of this one, no larger than this one.
  public func centered(_ size: Size) -> Rect {
    let inner = Size(width: min(size.width, width), height: min(size.height, height))
    return Rect(
      x: x + (width - inner.width) / 2, y: y + (height - inner.height) / 2, width: inner.width,
      height: inner.height)
  }
}
