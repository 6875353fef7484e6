/// A dense array of 32-bit floats: contiguous, row-major, channels last.
///
/// A value type: copies share their memory until one of them is written. There are no strides, no views
/// and no other element types; whatever a file holds becomes this when it is read.
public struct Tensor: @unchecked Sendable {
  /// The extents.
  public let shape: Shape

  private var storage: Storage

  private init(shape: Shape, storage: Storage) {
    self.shape = shape
    self.storage = storage
  }

  /// Makes a tensor whose memory `fill` writes completely; it arrives uninitialised.
  public init(_ shape: Shape, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    self.init(shape: shape, storage: Storage(count: shape.count))
    try fill(storage.base)
  }

  /// A tensor with every element equal to `value`.
  public init(repeating value: Float, _ shape: Shape) {
    self.init(shape) { $0.initialize(repeating: value, count: shape.count) }
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape) {
    self.init(repeating: 0, shape)
  }

  /// A tensor of the given values in row-major order, as many as `shape` has elements.
  public init(_ values: [Float], _ shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values for a tensor of shape \(shape)")
    self.init(shape) { $0.initialize(from: values, count: values.count) }
  }

  /// A read-only tensor over memory that `owner` keeps alive, such as the contents of a checkpoint.
  public init(borrowing address: UnsafePointer<Float>, _ shape: Shape, keepingAlive owner: AnyObject) {
    self.init(shape: shape, storage: Storage(borrowing: address, keepingAlive: owner))
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The bytes of the tensor's own memory, unless it was counted already.
  func ownBytes(notIn counted: inout Set<ObjectIdentifier>) -> Int {
    storage.isWritable && counted.insert(ObjectIdentifier(storage)).inserted
      ? count * MemoryLayout<Float>.stride : 0
  }

  /// The same elements under another shape of as many elements.
  public func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == self.shape.count, "cannot see \(self.shape) as \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  /// Lends the elements for reading; the pointer must not outlive `body`.
  @discardableResult
  public func read<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(UnsafePointer(storage.base)) }
  }

  /// Lends the elements for writing, after copying them if they are shared.
  @discardableResult
  public mutating func write<Result>(
    _ body: (UnsafeMutablePointer<Float>) throws -> Result
  ) rethrows -> Result {
    if !storage.isWritable || !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: count)
      read { copy.base.initialize(from: $0, count: count) }
      storage = copy
    }
    return try withExtendedLifetime(storage) { try body(storage.base) }
  }

  /// A copy of the elements in row-major order.
  public var values: [Float] {
    read { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// The element at a row-major position.
  public subscript(position: Int) -> Float {
    precondition(position >= 0 && position < count, "position \(position) outside a tensor of shape \(shape)")
    return read { $0[position] }
  }

  /// The elements `range` of the outermost axis, such as some frames of a clip; memory is shared until one is written.
  public func slice(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "\(range) outside \(shape)")
    let inner = Shape(Array(shape.extents.dropFirst())).count
    return Tensor(
      borrowing: UnsafePointer(storage.base) + range.lowerBound * inner,
      Shape([range.count] + shape.extents.dropFirst()), keepingAlive: storage)
  }

  /// The tensors stacked along the outermost axis; all inner extents must agree.
  public static func concatenate(_ parts: [Tensor]) -> Tensor {
    precondition(!parts.isEmpty, "nothing to concatenate")
    let inner = Array(parts[0].shape.extents.dropFirst())
    precondition(
      parts.allSatisfy { Array($0.shape.extents.dropFirst()) == inner },
      "cannot concatenate \(parts.map(\.shape))")
    return Tensor(Shape([parts.reduce(0) { $0 + $1.shape[0] }] + inner)) { out in
      var position = 0
      for part in parts {
        part.read { (out + position).initialize(from: $0, count: part.count) }
        position += part.count
      }
    }
  }
}

/// Lends two tensors at once; see ``Tensor/read(_:)``.
@discardableResult
public func read<Result>(
  _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) throws -> Result
) rethrows -> Result {
  try a.read { a in try b.read { b in try body(a, b) } }
}

/// Lends three tensors at once; see ``Tensor/read(_:)``.
@discardableResult
public func read<Result>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws -> Result
) rethrows -> Result {
  try a.read { a in try b.read { b in try c.read { c in try body(a, b, c) } } }
}

/// Lends four tensors at once; see ``Tensor/read(_:)``.
@discardableResult
public func read<Result>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws ->
    Result
) rethrows -> Result {
  try a.read { a in try b.read { b in try c.read { c in try d.read { d in try body(a, b, c, d) } } } }
}
