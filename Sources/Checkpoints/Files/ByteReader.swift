/// Reads little-endian numbers and stretches one after another, never beyond the end.
struct ByteReader {
  let bytes: Bytes
  private let name: String
  private(set) var position = 0

  /// - Parameter name: what the bytes are, for messages: `archive/data.pkl`.
  init(_ bytes: Bytes, name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// The bytes that are left.
  var remaining: Int { bytes.count - position }

  /// The place of the next byte, for messages.
  var place: String { name.isEmpty ? "byte \(position)" : "\(name), byte \(position)" }

  /// A defect at the present place.
  func malformed(_ problem: String) -> Malformed { Malformed(place, problem) }

  /// The next `count` bytes.
  mutating func take(_ count: Int, _ what: String = "value") throws(Malformed) -> Bytes {
    guard let part = bytes.part(position, count) else {
      throw malformed("a \(what) of \(count) bytes in the last \(remaining) bytes; truncated or damaged")
    }
    position += count
    return part
  }

  /// As ``take(_:_:)``, for a length as a file states it.
  mutating func take(stated count: UInt64, _ what: String) throws(Malformed) -> Bytes {
    guard count <= UInt64(remaining) else {
      throw malformed("a \(what) of \(count) bytes in the last \(remaining) bytes; truncated or damaged")
    }
    return try take(Int(count), what)
  }

  /// The next number.
  mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(Malformed) -> T {
    try take(MemoryLayout<T>.size, "number").number(T.self, at: 0)
  }

  /// The text up to the next line feed, which is read too.
  mutating func line(limit: Int = 1024) throws(Malformed) -> String {
    var length = 0
    while length < remaining, bytes[position + length] != UInt8(ascii: "\n") {
      length += 1
      guard length <= limit else { throw malformed("a line longer than \(limit) bytes") }
    }
    guard length < remaining else { throw malformed("the file ends within a line; truncated or damaged") }
    guard let text = try take(length, "line").text else { throw malformed("a line that is not UTF-8") }
    position += 1
    return text
  }
}
