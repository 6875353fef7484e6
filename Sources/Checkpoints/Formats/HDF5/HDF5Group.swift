/// The members of an HDF5 group.
enum HDF5Group {
  struct Link {
    let name: String
    let address: UInt64
  }

  /// The hard links of a group, old style or new; soft and external links are passed over. By name.
  static func links(_ header: HDF5Header, _ file: inout HDF5File) throws(Malformed) -> [Link] {
    var links: [Link] = []
    if var table = header.first(.symbolTable) {
      let tree = try table.number(ofBytes: file.addressSize)
      let names = try localHeap(at: table.number(ofBytes: file.addressSize), header.place, file)
      try symbols(tree, level: nil, names, header.place, &links, &file)
    }
    for message in header.all(.link) {
      if let link = try link(message, file) { links.append(link) }
    }
    if var info = header.first(.linkInfo) {
      _ = try info.number(UInt8.self)
      if try info.number(UInt8.self) & 1 != 0 { _ = try info.take(8) }
      guard try file.isUndefined(info.number(ofBytes: file.addressSize)) else {
        throw Malformed(
          header.place,
          "more members than the reader takes (a fractal heap); store the matrix in its own file")
      }
    }
    return links.sorted { $0.name < $1.name }
  }

  /// `version, flags, type?, order?, character set?, length, name, address`.
  private static func link(_ message: ByteReader, _ file: HDF5File) throws(Malformed) -> Link? {
    var message = message
    _ = try message.number(UInt8.self)
    let flags = try message.number(UInt8.self)
    let type = flags & 0x08 == 0 ? 0 : try message.number(UInt8.self)
    if flags & 0x04 != 0 { _ = try message.take(8) }
    if flags & 0x10 != 0 { _ = try message.take(1) }
    let length = try message.number(ofBytes: 1 << Int(flags & 3))
    guard let name = try message.take(stated: length, "name").text else {
      throw message.malformed("a name that is not UTF-8")
    }
    return type == 0 ? Link(name: name, address: try message.number(ofBytes: file.addressSize)) : nil
  }

  /// The texts of an old group.
  private static func localHeap(
    at address: UInt64, _ place: String, _ file: HDF5File
  ) throws(Malformed) -> Bytes {
    var heap = try file.reader(at: address, signature: "HEAP", place)
    _ = try heap.take(4)
    let length = try heap.number(ofBytes: file.lengthSize)
    _ = try heap.take(file.lengthSize)
    return try file.part(heap.number(ofBytes: file.addressSize), length, place)
  }

  /// Walks a version 1 B-tree of symbol table nodes; each level must be one lower, so it ends.
  private static func symbols(
    _ address: UInt64, level expected: UInt8?, _ names: Bytes, _ place: String, _ links: inout [Link],
    _ file: inout HDF5File
  ) throws(Malformed) {
    var node = try file.reader(at: address, signature: "TREE", place)
    let (type, level) = (try node.number(UInt8.self), try node.number(UInt8.self))
    guard type == 0, level < 16, expected == nil || level == expected else {
      throw Malformed(place, "a tree node of type \(type) at level \(level)")
    }
    let count = try node.number(UInt16.self)
    _ = try node.take(2 * file.addressSize)
    for _ in 0..<count {
      try file.step(place)
      _ = try node.take(file.lengthSize)
      let child = try node.number(ofBytes: file.addressSize)
      if level > 0 {
        try symbols(child, level: level - 1, names, place, &links, &file)
      } else {
        try leaf(child, names, place, &links, &file)
      }
    }
  }

  private static func leaf(
    _ address: UInt64, _ names: Bytes, _ place: String, _ links: inout [Link], _ file: inout HDF5File
  ) throws(Malformed) {
    var node = try file.reader(at: address, signature: "SNOD", place)
    _ = try node.take(2)
    let count = try node.number(UInt16.self)
    for _ in 0..<count {
      try file.step(place)
      let offset = try node.number(ofBytes: file.addressSize)
      let header = try node.number(ofBytes: file.addressSize)
      let isSoft = try node.number(UInt32.self) == 2
      _ = try node.take(20)
      guard let start = Int(exactly: offset), start < names.count else {
        throw Malformed(place, "a name at byte \(offset) of \(names.count)")
      }
      var end = start
      while end < names.count, names[end] != 0 {
        end += 1
        guard end - start <= 1024 else { throw Malformed(place, "a name beyond 1024 bytes") }
      }
      guard let name = names.part(start, end - start)?.text else {
        throw Malformed(place, "a name that is not UTF-8")
      }
      if !isSoft { links.append(Link(name: name, address: header)) }
    }
  }
}
