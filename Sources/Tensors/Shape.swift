/// The extents of a tensor, outermost first. Images are `[frames, height, width, channels]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first.
  public let extents: [Int]

  /// A shape of the given extents, none of which may be negative.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "negative extent in \(extents)")
    self.extents = extents
  }

  /// `[5, 56, 56, 64]`.
  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  /// The number of axes.
  public var rank: Int { extents.count }

  /// The number of elements; 1 for a scalar's empty shape.
  public var count: Int { extents.reduce(1, *) }

  /// The extent of the innermost axis: channels.
  public var last: Int { extents[extents.count - 1] }

  /// The number of innermost rows: everything but the channels.
  public var rows: Int { extents.dropLast().reduce(1, *) }

  /// The extent of an axis.
  public subscript(axis: Int) -> Int { extents[axis] }

  /// `[5, 56, 56, 64]`.
  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}
