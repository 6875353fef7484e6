/// Reads the JSON of safetensors headers: objects, strings, and arrays of whole numbers that are not negative.
///
/// Foundation's reader keeps the last of two equal keys and takes 1.5 or true for a number; here both are errors.
struct JSONScanner {
  private let bytes: Bytes
  private let name: String
  private var position = 0

  init(_ bytes: Bytes, name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// A defect at the present place.
  func malformed(_ problem: String) -> Malformed { Malformed("\(name), byte \(position)", problem) }

  /// `{"key": value, ...}`; `value` reads what follows each key.
  mutating func object(
    _ value: (String, inout JSONScanner) throws(Malformed) -> Void
  ) throws(Malformed) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try value(key, &self)
    } while try accept(",")
    try expect("}")
  }

  /// `[1, 2, 3]`.
  mutating func integers(atMost limit: Int) throws(Malformed) -> [Int] {
    try expect("[")
    var values: [Int] = []
    if try accept("]") { return values }
    repeat {
      guard values.count < limit else { throw malformed("more than \(limit) numbers in a list") }
      values.append(try integer())
    } while try accept(",")
    try expect("]")
    return values
  }

  private mutating func integer() throws(Malformed) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let digit = next, (0x30...0x39).contains(digit) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow, !carry else { throw malformed("a number beyond 64 bits") }
      value = sum
      position += 1
    }
    guard position > start, !".eE".utf8.contains(next ?? 0) else {
      throw malformed("expected a whole number that is not negative")
    }
    guard bytes[start] != 0x30 || position == start + 1 else {
      throw malformed("a number with a leading zero")
    }
    return value
  }

  /// `"text"`.
  mutating func string() throws(Malformed) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw malformed("a control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\\") { text += try escape() } else { text.append(byte) }
    }
    try expect("\"", skippingSpace: false)
    guard let string = String(validating: text, as: UTF8.self) else {
      throw malformed("a text that is not UTF-8")
    }
    return string
  }

  private mutating func escape() throws(Malformed) -> [UInt8] {
    guard let letter = next else { throw malformed("ends within a text") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var unit = UInt32(try hexadecimal())
      if (0xd800..<0xdc00).contains(unit), next == UInt8(ascii: "\\") {
        position += 1
        guard next == UInt8(ascii: "u") else { throw malformed("half a surrogate pair") }
        position += 1
        let low = UInt32(try hexadecimal())
        guard (0xdc00..<0xe000).contains(low) else { throw malformed("half a surrogate pair") }
        unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw malformed("half a surrogate pair") }
      return Array(String(Character(scalar)).utf8)
    default: throw malformed("an unknown escape in a text")
    }
  }

  private mutating func hexadecimal() throws(Malformed) -> UInt16 {
    guard let part = bytes.part(position, 4), let text = part.text, text.utf8.allSatisfy(isDigit),
      let unit = UInt16(text, radix: 16)
    else { throw malformed("expected four hexadecimal digits") }
    position += 4
    return unit
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// Checks that only space is left.
  mutating func end() throws(Malformed) {
    skipSpace()
    guard next == nil else { throw malformed("more behind the end of the object") }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) throws(Malformed) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, skippingSpace: Bool = true) throws(Malformed) {
    if skippingSpace { skipSpace() }
    guard let byte = next else { throw malformed("ends where '\(character)' is expected") }
    guard byte == UInt8(ascii: character) else {
      throw malformed("found '\(printable(String(Unicode.Scalar(byte))))', expected '\(character)'")
    }
    position += 1
  }
}
