/// Tensors behind a JSON header. Source: the safetensors format description.
///
///     8 bytes   length of the header, little-endian
///     header    {"__metadata__": {...}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
///     data      the elements, little-endian, row-major
enum Safetensors {
  /// The longest header that the format allows.
  static let largestHeader = 100_000_000

  /// Gaps up to this many bytes, less one, are padding for alignment; longer ones are damage.
  static let largestPadding = 64

  static func read(_ contents: Bytes, file: String) throws(Malformed) -> Checkpoint {
    var reader = ByteReader(contents, name: "header")
    let length = try reader.number(UInt64.self)
    guard length <= UInt64(largestHeader) else {
      throw Malformed("header", "a length of \(length) bytes, expected at most \(largestHeader)")
    }
    let header = try SafetensorsHeader(reader.take(stated: length, "header"))
    let data = try reader.take(reader.remaining)
    let tensors = header.tensors.sorted {
      ($0.begin, $0.end, $0.order) < ($1.begin, $1.end, $1.order)
    }
    var entries: [TensorEntry] = []
    var end = 0
    for tensor in tensors {
      let place = "tensor " + printable(tensor.name)
      guard tensor.begin <= tensor.end, tensor.end <= data.count else {
        throw Malformed(
          place,
          "bytes \(tensor.begin) to \(tensor.end) of \(data.count) bytes of data; truncated or damaged")
      }
      guard tensor.begin >= end else {
        throw Malformed(
          place, "begins at byte \(tensor.begin), inside the tensor before it, which ends at \(end)")
      }
      guard tensor.begin - end < largestPadding else {
        throw Malformed(place, "a hole of \(tensor.begin - end) bytes before it")
      }
      end = tensor.end
      entries.append(try entry(tensor, data, place))
    }
    guard data.count - end < largestPadding else {
      throw Malformed("data", "\(data.count - end) bytes behind the last tensor belong to none")
    }
    return Checkpoint(
      file: file, format: .safetensors, contents: contents, tensors: entries, metadata: header.metadata)
  }

  private static func entry(
    _ tensor: SafetensorsHeader.Tensor, _ data: Bytes, _ place: String
  ) throws(Malformed) -> TensorEntry {
    guard let type = ElementType(safetensors: tensor.type) else {
      let known = ElementType.allCases.map(\.description).joined(separator: ", ")
      throw Malformed(place, "the element type \(printable(tensor.type)), expected one of \(known)")
    }
    let size = tensor.end - tensor.begin
    guard let count = StridedLayout.count(tensor.extents), count * type.byteCount == size,
      let bytes = data.part(tensor.begin, size)
    else {
      throw Malformed(place, "\(type) of shape \(tensor.extents) in \(size) bytes")
    }
    let layout = try StridedLayout(extents: tensor.extents, capacity: count, place: place)
    return TensorEntry(name: tensor.name, elementType: type, layout: layout, bytes: bytes)
  }
}
