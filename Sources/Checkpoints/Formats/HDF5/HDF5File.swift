/// The frame of an HDF5 file: its superblock, and the checks that every address and every step go through.
struct HDF5File {
  let bytes: Bytes

  /// Where the root group's header is.
  let rootHeader: UInt64

  /// The bytes of an address and of a length.
  let addressSize, lengthSize: Int

  /// The work that is left: links, messages and chunks. No honest file of this size needs more.
  private var steps: Int

  /// The bytes that may still be decoded out of filtered or scattered chunks, in all datasets together.
  ///
  /// Twice the file and 12 MiB: the matrix of [1000, 527] doubles has 4 MiB however well it is compressed.
  private var decodable: Int

  /// Reads the superblock.
  init(_ contents: Bytes) throws(Malformed) {
    var reader = ByteReader(contents, name: "HDF5 superblock")
    _ = try reader.take(HDF5.signature.count)
    let version = try reader.number(UInt8.self)
    guard version <= 3 else { throw Malformed("HDF5 superblock", "version \(version), expected at most 3") }
    let isOld = version < 2
    if isOld { _ = try reader.take(4, "versions") }
    addressSize = Int(try reader.number(UInt8.self))
    lengthSize = Int(try reader.number(UInt8.self))
    guard [4, 8].contains(addressSize), [4, 8].contains(lengthSize) else {
      throw Malformed(
        "HDF5 superblock", "addresses of \(addressSize) and lengths of \(lengthSize) bytes, expected 4 or 8")
    }
    // Reserved byte, sizes of tree nodes, flags; or flags alone.
    _ = try reader.take(isOld ? (version == 1 ? 13 : 9) : 1, "flags")
    let base = try reader.number(ofBytes: addressSize)
    guard base == 0 else {
      throw Malformed("HDF5 superblock", "a base address of \(base), expected 0")
    }
    // Free space or extension.
    _ = try reader.take(addressSize)
    let end = try reader.number(ofBytes: addressSize)
    guard end <= UInt64(contents.count) else {
      throw Malformed(
        "HDF5 superblock", "a file of \(end) bytes, \(contents.count) are there; truncated or damaged")
    }
    // The driver's block and the name of the root group.
    if isOld { _ = try reader.take(2 * addressSize) }
    rootHeader = try reader.number(ofBytes: addressSize)
    bytes = contents
    steps = 100_000 + contents.count / 32
    decodable = 2 * contents.count + 12 << 20
  }

  /// Counts a step of work.
  mutating func step(_ place: String) throws(Malformed) {
    steps -= 1
    guard steps >= 0 else { throw Malformed(place, "more parts than a file of this size needs; refused") }
  }

  /// Counts bytes that are about to be decoded.
  mutating func decode(_ count: Int, _ place: String) throws(Malformed) {
    guard count <= decodable else {
      throw Malformed(
        place, "unpacks to \(count) bytes, expected at most \(decodable) from this file; refused")
    }
    decodable -= count
  }

  /// Whether an address says that there is nothing.
  func isUndefined(_ address: UInt64) -> Bool {
    address == (addressSize == 8 ? UInt64.max : UInt64(UInt32.max))
  }

  /// The bytes from an address to the end of the file.
  func reader(at address: UInt64, _ place: String) throws(Malformed) -> ByteReader {
    guard let start = Int(exactly: address), let rest = bytes.part(start, bytes.count - start) else {
      throw Malformed(place, "at byte \(address), beyond the file's \(bytes.count) bytes")
    }
    return ByteReader(rest, name: "\(place), at \(address)")
  }

  /// The stretch of stated length at an address.
  func part(_ address: UInt64, _ count: UInt64, _ place: String) throws(Malformed) -> Bytes {
    var reader = try reader(at: address, place)
    return try reader.take(stated: count, "block")
  }

  /// A reader behind the four letters that a block begins with.
  func reader(at address: UInt64, signature: String, _ place: String) throws(Malformed) -> ByteReader {
    var reader = try reader(at: address, place)
    guard try reader.take(4, "signature").starts(with: Array(signature.utf8)) else {
      throw Malformed(place, "no block \(signature) at byte \(address)")
    }
    return reader
  }
}

extension ByteReader {
  /// The next little-endian number of 1 to 8 bytes.
  mutating func number(ofBytes count: Int) throws(Malformed) -> UInt64 {
    let part = try take(count, "number")
    var value: UInt64 = 0
    for i in 0..<min(count, 8) { value |= UInt64(part[i]) << UInt64(8 * i) }
    return value
  }
}
