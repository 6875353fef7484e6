/// The members of a zip file, found through its central directory; zip64 included.
///
/// Only stored members can be read: PyTorch never compresses. Source: PKWARE's APPNOTE 6.3.
struct ZipArchive {
  struct Member {
    let name: String
    let size: UInt64
    fileprivate let compressedSize: UInt64
    fileprivate let headerOffset: UInt64
    fileprivate let method: UInt16
    fileprivate let isEncrypted: Bool
  }

  private let bytes: Bytes

  /// The members in the order of the directory.
  private(set) var members: [Member] = []

  private var indices: [String: Int] = [:]

  init(_ bytes: Bytes) throws(Malformed) {
    self.bytes = bytes
    let directory = try Self.locateDirectory(bytes)
    var reader = ByteReader(directory.bytes, name: "zip directory")
    for _ in 0..<directory.count {
      let member = try Self.readMember(&reader)
      guard indices.updateValue(members.count, forKey: member.name) == nil else {
        throw Malformed("zip directory", "the member \(printable(member.name)) appears twice")
      }
      members.append(member)
    }
  }

  /// The contents of a stored member, or nil if there is none of that name.
  func contents(_ name: String) throws(Malformed) -> Bytes? {
    guard let index = indices[name] else { return nil }
    let member = members[index]
    let place = "zip member " + printable(name)
    guard !member.isEncrypted else { throw Malformed(place, "is encrypted") }
    guard member.method == 0, member.compressedSize == member.size else {
      throw Malformed(
        place, "is compressed (method \(member.method)), expected a stored member as PyTorch writes")
    }
    guard let offset = Int(exactly: member.headerOffset), let header = bytes.part(offset, 30),
      header.starts(with: [0x50, 0x4b, 0x03, 0x04])
    else { throw Malformed(place, "has no header at byte \(member.headerOffset)") }
    let names = Int(header.number(UInt16.self, at: 26)) + Int(header.number(UInt16.self, at: 28))
    guard let size = Int(exactly: member.size), let data = bytes.part(offset + 30 + names, size) else {
      throw Malformed(place, "of \(member.size) bytes ends beyond the file")
    }
    return data
  }

  /// The directory's bytes and the number of its entries, from the record at the end of the file.
  private static func locateDirectory(_ bytes: Bytes) throws(Malformed) -> (bytes: Bytes, count: UInt64) {
    // The record has 22 bytes and a comment of at most 65535.
    var record = bytes.count - 22
    let lowest = max(0, record - 65535)
    while record >= lowest, bytes.number(UInt32.self, at: record) != 0x0605_4b50 { record -= 1 }
    guard record >= lowest else {
      throw Malformed("", "a zip file without its directory at the end; truncated or damaged")
    }
    var count = UInt64(bytes.number(UInt16.self, at: record + 10))
    var size = UInt64(bytes.number(UInt32.self, at: record + 12))
    var offset = UInt64(bytes.number(UInt32.self, at: record + 16))
    if record >= 20, bytes.number(UInt32.self, at: record - 20) == 0x0706_4b50 {
      let position = bytes.number(UInt64.self, at: record - 12)
      guard let position = Int(exactly: position), let extended = bytes.part(position, 56),
        extended.number(UInt32.self, at: 0) == 0x0606_4b50
      else { throw Malformed("zip directory", "no zip64 record at byte \(position)") }
      count = extended.number(UInt64.self, at: 32)
      size = extended.number(UInt64.self, at: 40)
      offset = extended.number(UInt64.self, at: 48)
    }
    guard let start = Int(exactly: offset), let length = Int(exactly: size),
      let directory = bytes.part(start, length), count <= size / 46
    else {
      throw Malformed(
        "zip directory", "\(count) members in \(size) bytes at byte \(offset); truncated or damaged")
    }
    return (directory, count)
  }

  private static func readMember(_ reader: inout ByteReader) throws(Malformed) -> Member {
    let fixed = try reader.take(46, "entry")
    guard fixed.number(UInt32.self, at: 0) == 0x0201_4b50 else {
      throw reader.malformed("no entry where one is expected; damaged")
    }
    guard let name = try reader.take(Int(fixed.number(UInt16.self, at: 28)), "name").text else {
      throw reader.malformed("a name that is not UTF-8")
    }
    let extra = try reader.take(Int(fixed.number(UInt16.self, at: 30)), "extra field")
    _ = try reader.take(Int(fixed.number(UInt16.self, at: 32)), "comment")
    var size = UInt64(fixed.number(UInt32.self, at: 24))
    var compressedSize = UInt64(fixed.number(UInt32.self, at: 20))
    var headerOffset = UInt64(fixed.number(UInt32.self, at: 42))
    if var wide = try zip64Field(extra) {
      // Only the values that do not fit their 32 bits are present, in this order.
      if size == 0xffff_ffff { size = try wide.number(UInt64.self) }
      if compressedSize == 0xffff_ffff { compressedSize = try wide.number(UInt64.self) }
      if headerOffset == 0xffff_ffff { headerOffset = try wide.number(UInt64.self) }
    }
    return Member(
      name: name, size: size, compressedSize: compressedSize, headerOffset: headerOffset,
      method: fixed.number(UInt16.self, at: 10), isEncrypted: fixed.number(UInt16.self, at: 8) & 1 != 0)
  }

  private static func zip64Field(_ extra: Bytes) throws(Malformed) -> ByteReader? {
    var reader = ByteReader(extra, name: "zip directory, extra field")
    while reader.remaining >= 4 {
      let kind = try reader.number(UInt16.self)
      let field = try reader.take(Int(reader.number(UInt16.self)), "field")
      if kind == 1 { return ByteReader(field, name: "zip directory, zip64 field") }
    }
    return nil
  }
}
