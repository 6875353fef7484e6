/// The messages of an HDF5 object's header, which say what the object is.
struct HDF5Header {
  /// The messages that mean something here.
  enum Kind: UInt16 {
    case dataspace = 1
    case linkInfo = 2
    case datatype = 3
    case fillValue = 5
    case link = 6
    case externalFiles = 7
    case layout = 8
    case filters = 11
    case continuation = 16
    case symbolTable = 17
  }

  /// The object, for messages.
  let place: String

  private var messages: [(kind: Kind, data: Bytes)] = []
  private var waiting: [(address: UInt64, length: UInt64)] = []

  private static let mostBlocks = 1000

  /// Reads the header at an address, of either version.
  init(at address: UInt64, _ place: String, _ file: inout HDF5File) throws(Malformed) {
    self.place = place
    var reader = try file.reader(at: address, place)
    let isNew = reader.bytes.starts(with: Array("OHDR".utf8))
    var hasOrder = false
    if isNew {
      _ = try reader.take(4)
      let version = try reader.number(UInt8.self)
      guard version == 2 else { throw Malformed(place, "a header of version \(version), expected 1 or 2") }
      let flags = try reader.number(UInt8.self)
      // Four times, and two numbers about attributes.
      if flags & 0x20 != 0 { _ = try reader.take(16) }
      if flags & 0x10 != 0 { _ = try reader.take(4) }
      hasOrder = flags & 0x04 != 0
      let length = try reader.number(ofBytes: 1 << Int(flags & 3))
      try read(reader.take(stated: length, "header"), isNew, hasOrder, &file)
    } else {
      let version = try reader.number(UInt8.self)
      guard version == 1 else { throw Malformed(place, "a header of version \(version), expected 1 or 2") }
      // Reserved byte, number of messages, references.
      _ = try reader.take(7)
      let length = try reader.number(UInt32.self)
      _ = try reader.take(4, "padding")
      try read(reader.take(stated: UInt64(length), "header"), isNew, hasOrder, &file)
    }
    var next = 0
    while next < waiting.count {
      guard next < Self.mostBlocks else { throw Malformed(place, "a header of more than \(next) blocks") }
      let block = waiting[next]
      next += 1
      var part = try file.part(block.address, block.length, place)
      if isNew {
        guard part.starts(with: Array("OCHK".utf8)), let inner = part.part(4, part.count - 8) else {
          throw Malformed(place, "no block OCHK at byte \(block.address)")
        }
        part = inner
      }
      try read(part, isNew, hasOrder, &file)
    }
  }

  private mutating func read(
    _ block: Bytes, _ isNew: Bool, _ hasOrder: Bool, _ file: inout HDF5File
  ) throws(Malformed) {
    var reader = ByteReader(block, name: place)
    let head = isNew ? (hasOrder ? 6 : 4) : 8
    while reader.remaining >= head {
      try file.step(place)
      let type = isNew ? UInt16(try reader.number(UInt8.self)) : try reader.number(UInt16.self)
      let length = try reader.number(UInt16.self)
      let flags = try reader.number(UInt8.self)
      _ = try reader.take(isNew ? (hasOrder ? 2 : 0) : 3)
      let data = try reader.take(Int(length), "message")
      guard let kind = Kind(rawValue: type) else { continue }
      guard flags & 2 == 0 else { throw Malformed(place, "a message that is shared with other objects") }
      if kind == .continuation {
        var inner = ByteReader(data, name: place)
        waiting.append(
          (try inner.number(ofBytes: file.addressSize), try inner.number(ofBytes: file.lengthSize)))
      } else {
        messages.append((kind, data))
      }
    }
  }

  /// Whether the object is a group.
  var isGroup: Bool { first(.symbolTable) != nil || first(.linkInfo) != nil || first(.link) != nil }

  /// The first message of a kind.
  func first(_ kind: Kind) -> ByteReader? { all(kind).first }

  /// All messages of a kind.
  func all(_ kind: Kind) -> [ByteReader] {
    messages.filter { $0.kind == kind }.map { ByteReader($0.data, name: "\(place), \(kind)") }
  }
}
