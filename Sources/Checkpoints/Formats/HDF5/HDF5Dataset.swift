/// A dataset of an HDF5 file: its numbers, or what it holds that is no number.
enum HDF5Dataset {
  case tensor(TensorEntry)
  case unread(String)

  init(_ header: HDF5Header, _ file: inout HDF5File) throws(Malformed) {
    let place = header.place
    guard let space = header.first(.dataspace), let type = header.first(.datatype),
      let layout = header.first(.layout)
    else { throw Malformed(place, "a dataset without its shape, element type or layout") }
    guard let element = try HDF5Element(type) else {
      self = .unread("elements that are no float and no signed integer")
      return
    }
    guard header.first(.externalFiles) == nil else {
      self = .unread("elements in another file")
      return
    }
    let shape = try HDF5Shape(space, file)
    guard let shape else {
      self = .unread("nothing")
      return
    }
    guard let count = StridedLayout.count(shape.extents) else {
      throw Malformed(place, "the impossible shape \(shape.extents)")
    }
    let placement = HDF5Placement(
      shape: shape, element: element, byteCount: count * element.type.byteCount, place: place)
    let bytes = try placement.bytes(
      layout,
      filters: header.first(.filters).map { filters throws(Malformed) in try HDF5Filter.all(filters) } ?? [],
      fill: HDF5Fill.value(header.first(.fillValue)), &file)
    self = .tensor(
      TensorEntry(
        elementType: element.type,
        layout: try StridedLayout(extents: shape.extents, capacity: count, place: place), bytes: bytes,
        isBigEndian: element.isBigEndian))
  }
}

/// An element type that is read.
struct HDF5Element {
  let type: ElementType
  let isBigEndian: Bool

  /// Nil for texts, compounds, unsigned numbers of several bytes and other types that no weight has.
  init?(_ message: ByteReader) throws(Malformed) {
    var message = message
    let kind = try message.number(UInt8.self) & 15
    let bits = try message.number(UInt8.self)
    _ = try message.take(2)
    let size = try message.number(UInt32.self)
    isBigEndian = bits & 1 != 0
    switch kind {
    case 0:
      switch (size, bits & 8 != 0) {
      case (1, true): type = .int8
      case (1, false): type = .uint8
      case (2, true): type = .int16
      case (4, true): type = .int32
      case (8, true): type = .int64
      default: return nil
      }
    case 1:
      // Offset and precision in bits, then place and size of exponent and mantissa.
      _ = try message.take(5)
      let exponent = try message.number(UInt8.self)
      _ = try message.take(1)
      let mantissa = try message.number(UInt8.self)
      guard bits & 0x40 == 0 else { return nil }
      switch (size, exponent, mantissa) {
      case (2, 5, 10): type = .float16
      case (2, 8, 7): type = .bfloat16
      case (4, 8, 23): type = .float32
      case (8, 11, 52): type = .float64
      default: return nil
      }
    default: return nil
    }
  }
}

/// The extents of a dataset, and those that it may grow to.
struct HDF5Shape {
  let extents: [Int]

  /// As ``extents`` where the dataset cannot grow; nil where an axis has no limit.
  let largest: [Int]?

  /// Nil for a dataset without elements.
  init?(_ message: ByteReader, _ file: HDF5File) throws(Malformed) {
    var message = message
    let version = try message.number(UInt8.self)
    let rank = Int(try message.number(UInt8.self))
    let flags = try message.number(UInt8.self)
    let kind = try message.number(UInt8.self)
    guard version == 1 || version == 2, rank <= StridedLayout.largestRank else {
      throw message.malformed("version \(version) and \(rank) axes, expected version 1 or 2")
    }
    if version == 2, kind == 2 { return nil }
    if version == 1 { _ = try message.take(4) }
    func axes() throws(Malformed) -> [Int?] {
      var axes: [Int?] = []
      for _ in 0..<rank { axes.append(Int(exactly: try message.number(ofBytes: file.lengthSize))) }
      return axes
    }
    let extents = try axes()
    let found = extents.compactMap { $0 }
    guard found.count == rank else { throw message.malformed("an impossible shape") }
    self.extents = found
    guard flags & 1 != 0 else {
      largest = found
      return
    }
    // All bits set: without limit.
    let limits = try axes().compactMap { $0 }.filter { file.lengthSize == 8 || $0 != Int(UInt32.max) }
    largest = limits.count == rank ? limits : nil
  }
}

/// The value of elements that were never written.
enum HDF5Fill {
  /// The bytes of one element; empty for zero.
  static func value(_ message: ByteReader?) throws(Malformed) -> [UInt8] {
    guard var message else { return [] }
    let version = try message.number(UInt8.self)
    let flags = try message.number(UInt8.self)
    if version < 3 {
      _ = try message.number(UInt8.self)
      guard try message.number(UInt8.self) != 0 else { return [] }
    } else if flags & 0x20 == 0 {
      return []
    }
    let length = try message.number(UInt32.self)
    guard length <= 64 else { throw message.malformed("a fill value of \(length) bytes") }
    return try message.take(Int(length), "fill value").array
  }
}
