/// Where the elements of a dataset are: in one piece, in its header, or in chunks.
struct HDF5Placement {
  let shape: HDF5Shape
  let element: HDF5Element
  let byteCount: Int
  let place: String

  /// The elements in row-major order.
  func bytes(
    _ layout: ByteReader, filters: [HDF5Filter], fill: [UInt8], _ file: inout HDF5File
  ) throws(Malformed) -> Bytes {
    var layout = layout
    let version = try layout.number(UInt8.self)
    guard (3...5).contains(version) else {
      throw layout.malformed("version \(version), expected 3, 4 or 5")
    }
    let kind = try layout.number(UInt8.self)
    switch kind {
    case 0:
      let length = try layout.number(UInt16.self)
      return try whole(layout.take(Int(length), "elements"))
    case 1:
      let address = try layout.number(ofBytes: file.addressSize)
      let length = try layout.number(ofBytes: file.lengthSize)
      if file.isUndefined(address) || byteCount == 0 { return try filled(fill, &file) }
      return try whole(file.part(address, length, place))
    case 2: return try chunked(layout, version, filters, fill, &file)
    default: throw layout.malformed("kind \(kind), expected compact, contiguous or chunked (0 to 2)")
    }
  }

  private func whole(_ bytes: Bytes) throws(Malformed) -> Bytes {
    guard bytes.count == byteCount else {
      throw Malformed(
        place, "\(bytes.count) bytes, expected \(byteCount) for \(element.type) of shape \(shape.extents)")
    }
    return bytes
  }

  private func filled(_ fill: [UInt8], _ file: inout HDF5File) throws(Malformed) -> Bytes {
    try file.decode(byteCount, place)
    return Bytes(count: byteCount) { self.fill($0, fill) }
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer, _ value: [UInt8]) {
    let size = element.type.byteCount
    for i in target.indices { target[i] = value.count == size ? value[i % size] : 0 }
  }

  private func chunked(
    _ layout: ByteReader, _ version: UInt8, _ filters: [HDF5Filter], _ fill: [UInt8], _ file: inout HDF5File
  ) throws(Malformed) -> Bytes {
    let rank = shape.extents.count
    let index = try HDF5ChunkIndex(layout, version, rank: rank, isFiltered: !filters.isEmpty, file, place)
    guard rank > 0, index.chunk.allSatisfy({ $0 > 0 }), let elements = StridedLayout.count(index.chunk) else {
      throw Malformed(place, "the impossible chunks \(index.chunk)")
    }
    let chunkBytes = elements * element.type.byteCount
    // A chunk is unpacked beside the dataset, and counts once however many there are.
    try file.decode(chunkBytes, place)
    try file.decode(byteCount, place)
    let result = Bytes(count: byteCount) { self.fill($0, fill) }
    guard byteCount > 0 else { return result }
    let chunks = try index.chunks(of: shape, chunkBytes: chunkBytes, &file)
    // A chunk may be named again and again, and each time be unpacked.
    let places = StridedLayout.count(zip(shape.extents, index.chunk).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) })
    guard chunks.count <= places ?? .max else {
      throw Malformed(place, "\(chunks.count) chunks of \(index.chunk), expected at most \(places ?? .max)")
    }
    for chunk in chunks {
      var bytes = try file.part(chunk.address, chunk.byteCount, place)
      for (position, filter) in filters.enumerated().reversed() where chunk.skipped >> position & 1 == 0 {
        bytes = try filter.undo(bytes, largest: chunkBytes, place)
      }
      guard bytes.count == chunkBytes else {
        throw Malformed(place, "a chunk of \(bytes.count) bytes, expected \(chunkBytes)")
      }
      copy(bytes, index.chunk, at: chunk.first, into: result)
    }
    return result
  }

  /// Copies the part of a chunk that is inside of the dataset, row by row.
  private func copy(_ chunk: Bytes, _ extents: [Int], at first: [Int], into result: Bytes) {
    let size = element.type.byteCount
    let last = extents.count - 1
    let inside = extents.indices.map { min(extents[$0], shape.extents[$0] - first[$0]) }
    guard inside.allSatisfy({ $0 > 0 }) else { return }
    let target = UnsafeMutableRawPointer(mutating: result.start)
    chunk.fetch()
    var position = [Int](repeating: 0, count: extents.count)
    while true {
      var (from, to) = (0, 0)
      for axis in extents.indices {
        from = from * extents[axis] + position[axis]
        to = to * shape.extents[axis] + first[axis] + position[axis]
      }
      withExtendedLifetime((chunk.owner, result.owner)) {
        (target + to * size).copyMemory(from: chunk.start + from * size, byteCount: inside[last] * size)
      }
      var axis = last - 1
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < inside[axis] { break }
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
