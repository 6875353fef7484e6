import CZlib

/// A step that chunks went through when they were written.
struct HDF5Filter {
  private enum Kind: Equatable {
    case deflate
    case shuffle(elementSize: Int)
    case checksum
    case lzf
  }

  private let kind: Kind

  /// The filters of a dataset in the order of writing.
  static func all(_ message: ByteReader) throws(Malformed) -> [HDF5Filter] {
    var message = message
    let version = try message.number(UInt8.self)
    guard version == 1 || version == 2 else {
      throw message.malformed("version \(version), expected 1 or 2")
    }
    let count = try message.number(UInt8.self)
    guard count <= 32 else { throw message.malformed("\(count) filters, expected at most 32") }
    if version == 1 { _ = try message.take(6) }
    var filters: [HDF5Filter] = []
    for _ in 0..<count {
      let code = try message.number(UInt16.self)
      let nameLength = version == 1 || code >= 256 ? Int(try message.number(UInt16.self)) : 0
      _ = try message.take(2, "flags")
      let valueCount = Int(try message.number(UInt16.self))
      let name = try message.take(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength, "name").text?.prefix {
        $0 != "\0"
      }
      var values: [UInt32] = []
      for _ in 0..<valueCount { values.append(try message.number(UInt32.self)) }
      if version == 1, valueCount % 2 == 1 { _ = try message.take(4, "padding") }
      switch code {
      case 1: filters.append(.init(kind: .deflate))
      case 2:
        guard let size = values.first, (1...64).contains(size) else {
          throw message.malformed("shuffled elements of an unknown size")
        }
        filters.append(.init(kind: .shuffle(elementSize: Int(size))))
      case 3: filters.append(.init(kind: .checksum))
      case 32_000: filters.append(.init(kind: .lzf))
      default:
        throw message.malformed(
          "the filter \(code) \(printable(String(name ?? ""))), expected deflate (gzip), shuffle, lzf or fletcher32"
        )
      }
    }
    return filters
  }

  /// The bytes before the filter was applied.
  ///
  /// - Parameter largest: The bytes of an unpacked chunk.
  func undo(_ bytes: Bytes, largest: Int, _ place: String) throws(Malformed) -> Bytes {
    // Four bytes of a checksum may have been packed too.
    let capacity = largest + 4
    switch kind {
    case .checksum:
      // Not compared: a damaged matrix has other ways to be wrong, and the shape is checked.
      guard let part = bytes.part(0, bytes.count - 4) else {
        throw Malformed(place, "a chunk without its checksum")
      }
      return part
    case .shuffle(let size): return Self.unshuffled(bytes, size)
    case .deflate:
      var count = uLongf(capacity)
      var status = Z_OK
      bytes.fetch()
      let unpacked = Bytes(count: capacity) { target in
        status = uncompress(
          target.baseAddress?.assumingMemoryBound(to: Bytef.self), &count,
          bytes.start.assumingMemoryBound(to: Bytef.self), uLong(bytes.count))
      }
      guard status == Z_OK, let part = unpacked.part(0, Int(count)) else {
        throw Malformed(place, "a chunk that cannot be inflated (zlib's error \(status)); damaged")
      }
      return part
    case .lzf:
      var count: Int?
      let unpacked = Bytes(count: capacity) { count = Self.unpackLZF(bytes, into: $0) }
      guard let count, let part = unpacked.part(0, count) else {
        throw Malformed(place, "a chunk that cannot be unpacked (LZF); damaged")
      }
      return part
    }
  }

  /// Shuffling stores the first bytes of all elements, then their second bytes, and so on.
  private static func unshuffled(_ bytes: Bytes, _ size: Int) -> Bytes {
    let count = bytes.count / size
    return Bytes(count: bytes.count) { target in
      for byte in 0..<size {
        for i in 0..<count { target[i * size + byte] = bytes[byte * count + i] }
      }
      for i in count * size..<bytes.count { target[i] = bytes[i] }
    }
  }

  /// LZF: a byte below 32 is followed by that many literals and one, others repeat what was unpacked before.
  ///
  /// Returns the number of bytes, or nil for damage. Source: LibLZF's format, as h5py registers it.
  private static func unpackLZF(_ bytes: Bytes, into target: UnsafeMutableRawBufferPointer) -> Int? {
    var (from, to) = (0, 0)
    while from < bytes.count {
      let control = Int(bytes[from])
      from += 1
      if control < 32 {
        guard from + control < bytes.count, to + control < target.count else { return nil }
        for _ in 0...control {
          target[to] = bytes[from]
          (from, to) = (from + 1, to + 1)
        }
        continue
      }
      var length = control >> 5
      if length == 7 {
        guard from < bytes.count else { return nil }
        length += Int(bytes[from])
        from += 1
      }
      guard from < bytes.count else { return nil }
      let distance = (control & 31) << 8 + Int(bytes[from]) + 1
      from += 1
      guard distance <= to, to + length + 2 <= target.count else { return nil }
      for _ in 0..<length + 2 {
        target[to] = target[to - distance]
        to += 1
      }
    }
    return to
  }
}
