/// How the chunks of a dataset are found.
struct HDF5ChunkIndex {
  struct Chunk {
    /// The position of its first element in the dataset.
    let first: [Int]
    let address, byteCount: UInt64
    /// A bit for each filter that was not applied.
    let skipped: UInt32
  }

  private enum Kind {
    case tree
    case single(filteredBytes: UInt64?, skipped: UInt32)
    case implicit
    case fixedArray
  }

  /// The extents of a chunk.
  let chunk: [Int]

  private let kind: Kind
  private let address: UInt64
  private let place: String

  /// Reads what the layout message says about chunks.
  init(
    _ layout: ByteReader, _ version: UInt8, rank: Int, isFiltered: Bool, _ file: HDF5File, _ place: String
  ) throws(Malformed) {
    var layout = layout
    self.place = place
    func extents(_ size: Int) throws(Malformed) -> [Int] {
      var extents: [Int] = []
      // The last one is the size of an element.
      for _ in 0...rank { extents.append(Int(exactly: try layout.number(ofBytes: size)) ?? -1) }
      return extents.dropLast()
    }
    let flags = version == 3 ? 0 : try layout.number(UInt8.self)
    let axes = try layout.number(UInt8.self)
    guard Int(axes) == rank + 1 else {
      throw Malformed(place, "chunks of \(axes) axes, expected \(rank + 1)")
    }
    if version == 3 {
      address = try layout.number(ofBytes: file.addressSize)
      chunk = try extents(4)
      kind = .tree
      return
    }
    let size = Int(try layout.number(UInt8.self))
    guard (1...8).contains(size) else { throw Malformed(place, "chunk extents of \(size) bytes") }
    chunk = try extents(size)
    switch try layout.number(UInt8.self) {
    case 1:
      kind =
        flags & 2 == 0
        ? .single(filteredBytes: nil, skipped: 0)
        : .single(
          filteredBytes: try layout.number(ofBytes: file.lengthSize), skipped: try layout.number(UInt32.self))
    case 2: kind = .implicit
    case 3:
      _ = try layout.take(1)
      kind = .fixedArray
    case let other:
      throw Malformed(
        place,
        "chunks of a dataset that grows without limit, in a new file version (index \(other)); "
          + "write it with a fixed shape")
    }
    address = try layout.number(ofBytes: file.addressSize)
  }

  /// The chunks that were written.
  func chunks(of shape: HDF5Shape, chunkBytes: Int, _ file: inout HDF5File) throws(Malformed) -> [Chunk] {
    if file.isUndefined(address) { return [] }
    switch kind {
    case .tree:
      var chunks: [Chunk] = []
      try walk(address, level: nil, &chunks, shape, &file)
      return chunks
    case .single(let filtered, let skipped):
      return [
        Chunk(
          first: chunk.map { _ in 0 }, address: address, byteCount: filtered ?? UInt64(chunkBytes),
          skipped: skipped)
      ]
    case .implicit:
      let (start, size) = (address, UInt64(chunkBytes))
      return try grid(shape, &file) { _, index throws(Malformed) in
        let (offset, overflow) = UInt64(index).multipliedReportingOverflow(by: size)
        let (address, carry) = start.addingReportingOverflow(offset)
        guard !overflow, !carry else { throw Malformed(place, "chunks beyond the file") }
        return (address, size, 0)
      }
    case .fixedArray: return try fixedArray(shape, chunkBytes, &file)
    }
  }

  /// A version 1 B-tree: keys are the size in bytes, the skipped filters and the position.
  private func walk(
    _ address: UInt64, level expected: UInt8?, _ chunks: inout [Chunk], _ shape: HDF5Shape,
    _ file: inout HDF5File
  ) throws(Malformed) {
    var node = try file.reader(at: address, signature: "TREE", place)
    let (type, level) = (try node.number(UInt8.self), try node.number(UInt8.self))
    guard type == 1, level < 16, expected == nil || level == expected else {
      throw Malformed(place, "a tree node of type \(type) at level \(level)")
    }
    let count = try node.number(UInt16.self)
    _ = try node.take(2 * file.addressSize)
    for _ in 0..<count {
      try file.step(place)
      let byteCount = try node.number(UInt32.self)
      let skipped = try node.number(UInt32.self)
      var first: [Int] = []
      for _ in chunk { first.append(Int(exactly: try node.number(UInt64.self)) ?? -1) }
      _ = try node.take(8)
      let child = try node.number(ofBytes: file.addressSize)
      if level > 0 {
        try walk(child, level: level - 1, &chunks, shape, &file)
      } else {
        guard zip(first, shape.extents).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
          throw Malformed(place, "a chunk at \(first) outside of the shape \(shape.extents)")
        }
        chunks.append(Chunk(first: first, address: child, byteCount: UInt64(byteCount), skipped: skipped))
      }
    }
  }

  /// An array of addresses, in pages where it is long.
  private func fixedArray(
    _ shape: HDF5Shape, _ chunkBytes: Int, _ file: inout HDF5File
  ) throws(Malformed) -> [Chunk] {
    var header = try file.reader(at: address, signature: "FAHD", place)
    _ = try header.take(1)
    let isFiltered = try header.number(UInt8.self) == 1
    let entrySize = Int(try header.number(UInt8.self))
    let pageBits = try header.number(UInt8.self)
    let sizeBytes = entrySize - file.addressSize - 4
    guard isFiltered ? (1...8).contains(sizeBytes) : entrySize == file.addressSize,
      (1..<32).contains(pageBits),
      let count = Int(exactly: try header.number(ofBytes: file.lengthSize)), count <= file.bytes.count
    else { throw Malformed(place, "an array of chunks with entries of \(entrySize) bytes") }
    let block = try header.number(ofBytes: file.addressSize)
    if file.isUndefined(block) { return [] }
    var data = try file.reader(at: block, signature: "FADB", place)
    _ = try data.take(2 + file.addressSize)
    let page = 1 << Int(pageBits)
    let pages = count > page ? (count + page - 1) / page : 0
    let isWritten = try data.take((pages + 7) / 8, "page bits")
    if pages > 0 { _ = try data.take(4, "checksum") }
    let entries = data
    return try grid(shape, &file) { file, index throws(Malformed) in
      guard index < count else { throw Malformed(place, "chunk \(index) of \(count)") }
      var entry = entries
      if pages > 0 {
        guard isWritten[index / page / 8] & (0x80 >> UInt8(index / page % 8)) != 0 else { return nil }
      }
      // A checksum follows each page.
      let checksums = pages > 0 ? index / page * 4 : 0
      _ = try entry.take(index * entrySize + checksums, "array of chunks")
      let address = try entry.number(ofBytes: file.addressSize)
      if file.isUndefined(address) { return nil }
      guard isFiltered else { return (address, UInt64(chunkBytes), 0) }
      return (address, try entry.number(ofBytes: sizeBytes), try entry.number(UInt32.self))
    }
  }

  /// The chunks of the dataset in row-major order; the index counts those it may grow to as well.
  private func grid(
    _ shape: HDF5Shape, _ file: inout HDF5File,
    _ find: (HDF5File, Int) throws(Malformed) -> (address: UInt64, byteCount: UInt64, skipped: UInt32)?
  ) throws(Malformed) -> [Chunk] {
    guard let largest = shape.largest else { throw Malformed(place, "an array of chunks without an end") }
    let all = zip(largest, chunk).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
    let present = zip(shape.extents, chunk).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
    guard StridedLayout.count(all) != nil, zip(present, all).allSatisfy({ $0 <= $1 }) else {
      throw Malformed(place, "a shape of \(shape.extents) beyond its limit \(largest)")
    }
    var chunks: [Chunk] = []
    var position = [Int](repeating: 0, count: chunk.count)
    while true {
      try file.step(place)
      let index = zip(position, all).reduce(0) { $0 * $1.1 + $1.0 }
      if let found = try find(file, index) {
        let first = zip(position, chunk).map { $0 * $1 }
        chunks.append(
          Chunk(first: first, address: found.address, byteCount: found.byteCount, skipped: found.skipped))
      }
      var axis = position.count - 1
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < present[axis] { break }
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return chunks }
    }
  }
}
