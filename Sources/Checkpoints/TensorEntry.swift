import Tensors

/// A tensor of a file that has not been decoded yet.
public struct TensorEntry: Sendable {
  /// The name in the state dict; empty for a tensor elsewhere in the file's object.
  public let name: String

  /// The extents in PyTorch's order: `[outputs, inputs, height, width]` for a convolution.
  public let shape: Shape

  /// The type of the stored elements.
  public let elementType: ElementType

  let layout: StridedLayout
  private let bytes: Bytes
  private let isBigEndian: Bool

  /// - Parameter bytes: the whole storage that `layout` was checked against.
  init(
    name: String = "", elementType: ElementType, layout: StridedLayout, bytes: Bytes,
    isBigEndian: Bool = false
  ) {
    self.name = name
    self.shape = Shape(layout.extents)
    self.elementType = elementType
    self.layout = layout
    self.bytes = bytes
    self.isBigEndian = isBigEndian && elementType.byteCount > 1
  }

  /// The same tensor under another name.
  func named(_ name: String) -> TensorEntry {
    TensorEntry(name: name, elementType: elementType, layout: layout, bytes: bytes, isBigEndian: isBigEndian)
  }

  /// Whether ``tensor()`` lends the file's own memory: contiguous, aligned, little-endian float32.
  public var isLentByFile: Bool {
    elementType == .float32 && !isBigEndian && layout.isContiguous
      && Int(bitPattern: bytes.start + layout.offset * 4) % MemoryLayout<Float>.alignment == 0
  }

  /// The memory from the first to the last byte that belongs to the tensor.
  private var reach: (start: UnsafeRawPointer, count: Int) {
    let size = elementType.byteCount
    return (bytes.start + layout.reach.lowerBound * size, layout.reach.count * size)
  }

  /// The addresses of the tensor's bytes within a file's contents; nil for a tensor without any.
  var addresses: Range<UInt>? {
    guard bytes.owner is FileContents, reach.count > 0 else { return nil }
    let start = UInt(bitPattern: reach.start)
    return start..<start + UInt(reach.count)
  }

  /// Gives the memory that the tensor has in the file's contents back to the system, unless it is lent.
  func release() { (bytes.owner as? FileContents)?.release(reach.start, reach.count) }

  /// Traps where the elements are not in memory: in an outline, or after they were given back.
  private func expectElements() {
    precondition(bytes.outline == nil, "tensor \(name): an outline has no elements")
    (bytes.owner as? FileContents)?.expectPresent(reach.start, reach.count)
  }

  /// The elements as float32 in row-major order, whatever their stored type and strides.
  ///
  /// What is contiguous, aligned, little-endian float32 lends the memory that the file was read into.
  public func tensor() -> Tensor {
    expectElements()
    if isLentByFile {
      let address = (bytes.start + layout.offset * 4).assumingMemoryBound(to: Float.self)
      if let contents = bytes.owner as? FileContents {
        return Tensor(
          borrowing: address, shape, keepingAlive: contents.lend(reach.start, reach.count))
      }
      return Tensor(borrowing: address, shape, keepingAlive: bytes.owner)
    }
    return Tensor(shape) { out in
      switch elementType {
      case .float16: decode(UInt16.self, out) { float(half: $0) }
      case .bfloat16: decode(UInt16.self, out) { Float(bitPattern: UInt32($0) << 16) }
      case .float32: decode(UInt32.self, out) { Float(bitPattern: $0) }
      case .float64: decode(UInt64.self, out) { Float(Double(bitPattern: $0)) }
      case .int8: decode(Int8.self, out) { Float($0) }
      case .uint8: decode(UInt8.self, out) { Float($0) }
      case .int16: decode(Int16.self, out) { Float($0) }
      case .int32: decode(Int32.self, out) { Float($0) }
      case .int64: decode(Int64.self, out) { Float($0) }
      case .bool: decode(UInt8.self, out) { $0 == 0 ? 0 : 1 }
      }
    }
  }

  /// The elements in row-major order, or nil if they are not whole numbers; truth values are 0 and 1.
  public func integers() -> [Int64]? {
    guard elementType.isInteger else { return nil }
    expectElements()
    return [Int64](unsafeUninitializedCapacity: layout.count) { buffer, count in
      defer { count = layout.count }
      guard let out = buffer.baseAddress else { return }
      switch elementType {
      case .int8: decode(Int8.self, out) { Int64($0) }
      case .uint8: decode(UInt8.self, out) { Int64($0) }
      case .int16: decode(Int16.self, out) { Int64($0) }
      case .int32: decode(Int32.self, out) { Int64($0) }
      case .int64: decode(Int64.self, out) { $0 }
      case .bool: decode(UInt8.self, out) { $0 == 0 ? 0 : 1 }
      case .float16, .bfloat16, .float32, .float64: break
      }
    }
  }

  /// Writes the elements to `out` in row-major order, each through `convert`.
  @inline(__always)
  private func decode<Stored: FixedWidthInteger, Element>(
    _: Stored.Type, _ out: UnsafeMutablePointer<Element>, _ convert: (Stored) -> Element
  ) {
    let size = MemoryLayout<Stored>.size
    var next = out
    withExtendedLifetime(bytes.owner) {
      layout.eachRow { first, count, stride in
        let row = bytes.start + first * size
        if isBigEndian {
          for i in 0..<count {
            let stored = row.loadUnaligned(fromByteOffset: i * stride * size, as: Stored.self)
            next[i] = convert(Stored(bigEndian: stored))
          }
        } else {
          for i in 0..<count {
            let stored = row.loadUnaligned(fromByteOffset: i * stride * size, as: Stored.self)
            next[i] = convert(Stored(littleEndian: stored))
          }
        }
        next += count
      }
    }
  }
}

/// The value of IEEE half-precision bits; subnormal numbers, infinities and NaN included.
///
/// The processor's baseline has no conversion, and the runtime's is a call per element.
@inline(__always)
private func float(half bits: UInt16) -> Float {
  let magnitude = UInt32(bits & 0x7fff)
  // Moved into float32's place the exponent lacks the difference of the biases, 127 - 15.
  let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
  let isFinite = magnitude < 0x7c00
  let absolute = isFinite ? scaled.bitPattern : (magnitude << 13) | 0x7f80_0000
  return Float(bitPattern: absolute | UInt32(bits & 0x8000) << 16)
}
