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

  /// Lets go of the pages that hold nothing but this tensor's storage, once it has been copied; they come back from the file
  /// when they are read again.
  public func releasePages() {
    let end = bytes.start + bytes.count
    (bytes.owner as? MappedFile)?.releasePages(bytes.start, end)
  }

  /// The elements as float32 in row-major order, whatever their stored type and strides.
  public func tensor() -> Tensor {
    if isLentByFile {
      let address = (bytes.start + layout.offset * 4).assumingMemoryBound(to: Float.self)
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
