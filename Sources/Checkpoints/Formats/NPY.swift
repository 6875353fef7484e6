/// One NumPy array in a file. Source: NumPy Enhancement Proposal 1, versions 1 to 3.
enum NPY {
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  static let tensorName = "array"

  static func read(_ contents: Bytes, file: String) throws(Malformed) -> Checkpoint {
    var reader = ByteReader(contents, name: "header")
    _ = try reader.take(magic.count)
    let version = try reader.number(UInt8.self)
    _ = try reader.number(UInt8.self)
    guard (1...3).contains(version) else {
      throw Malformed("header", "NPY version \(version), expected 1, 2 or 3")
    }
    let length =
      version == 1 ? UInt64(try reader.number(UInt16.self)) : UInt64(try reader.number(UInt32.self))
    guard length <= 1 << 16 else {
      throw Malformed("header", "a length of \(length) bytes, expected at most 65536")
    }
    guard let text = try reader.take(stated: length, "header").text else {
      throw Malformed("header", "not UTF-8")
    }
    let header = try Header(text)
    guard let count = StridedLayout.count(header.extents) else {
      throw Malformed("header", "the impossible shape \(header.extents)")
    }
    guard count * header.type.byteCount == reader.remaining else {
      throw Malformed(
        "data",
        "\(reader.remaining) bytes, expected \(count * header.type.byteCount) for \(header.type) of shape "
          + "\(header.extents); truncated or damaged")
    }
    let layout = try StridedLayout(
      extents: header.extents, strides: header.isFortran ? columnMajor(header.extents) : nil, capacity: count,
      place: "header")
    let tensor = TensorEntry(
      name: tensorName, elementType: header.type, layout: layout, bytes: try reader.take(reader.remaining),
      isBigEndian: header.isBigEndian)
    let top = Checkpoint.TopLevelEntry(
      name: tensorName, summary: PickledValue.tensor(tensor).summary, isStateDict: true)
    return Checkpoint(file: file, format: .npy, contents: contents, tensors: [tensor], topLevel: [top])
  }

  /// The strides of Fortran order: the first index varies fastest.
  static func columnMajor(_ extents: [Int]) -> [Int] {
    var strides: [Int] = []
    var step = 1
    for extent in extents {
      strides.append(step)
      step *= max(extent, 1)
    }
    return strides
  }

  /// `{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 527), }`.
  private struct Header {
    let type: ElementType
    let isBigEndian: Bool
    let isFortran: Bool
    let extents: [Int]

    init(_ text: String) throws(Malformed) {
      let descriptor = try Self.value(of: "descr", in: text)
      let quoted = descriptor.dropFirst().prefix { $0 != "'" }
      guard descriptor.first == "'", let order = quoted.first, "<>|=".contains(order),
        let type = ElementType(numpy: String(quoted.dropFirst()))
      else {
        throw Malformed(
          "header", "elements \(printable(String(descriptor.prefix(40)))), expected numbers such as '<f4'")
      }
      let fortran = try Self.value(of: "fortran_order", in: text)
      guard fortran.hasPrefix("True") || fortran.hasPrefix("False") else {
        throw Malformed("header", "fortran_order is neither True nor False")
      }
      let shape = try Self.value(of: "shape", in: text)
      guard shape.first == "(", let close = shape.firstIndex(of: ")") else {
        throw Malformed("header", "a shape that is not a tuple")
      }
      var extents: [Int] = []
      for part in shape[..<close].dropFirst().split(separator: ",") {
        var digits = part.drop { $0 == " " }
        while digits.last == " " || digits.last == "L" { digits.removeLast() }
        if digits.isEmpty { continue }
        guard let extent = Int(digits), extent >= 0, extents.count < StridedLayout.largestRank else {
          throw Malformed("header", "the impossible shape \(printable(String(shape[...close])))")
        }
        extents.append(extent)
      }
      self.type = type
      self.isBigEndian = order == ">"
      self.isFortran = fortran.hasPrefix("True")
      self.extents = extents
    }

    /// The text behind `'key':`.
    private static func value(of key: String, in text: String) throws(Malformed) -> Substring {
      guard let range = text.firstRange(of: "'\(key)':") else {
        throw Malformed("header", "no '\(key)'")
      }
      return text[range.upperBound...].drop { $0 == " " }
    }
  }
}
