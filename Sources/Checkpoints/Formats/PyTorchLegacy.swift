/// PyTorch's file format before 1.6: five pickles, then the storages.
///
///     magic number, protocol 1001, system information, the object, the list of storage keys
///     for each key: the number of elements in 8 bytes, then the elements
enum PyTorchLegacy {
  /// 0x1950a86a20f9469cfc6c, little-endian.
  private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  private static let version: Int64 = 1001

  /// Whether the first pickle is the magic number, after its protocol and perhaps a frame.
  static func begins(_ bytes: Bytes) -> Bool {
    [4, 13].contains { bytes.part($0, magic.count)?.starts(with: magic) ?? false }
  }

  static func read(_ contents: Bytes) throws(Malformed) -> PickledValue {
    let (unpickler, root) = try unpickle(contents, name: "", .init(fileSize: contents.count))
    return try PickledValueBuilder(unpickler).build(root)
  }

  /// Reads a legacy file, or one that is a byte string inside a pickle; all storages have their bytes then.
  static func unpickle(
    _ contents: Bytes, name: String, _ budget: Unpickler.Budget
  ) throws(Malformed) -> (Unpickler, root: Unpickler.Value) {
    var reader = ByteReader(contents, name: name)
    func next(_ source: Unpickler.StorageSource) throws(Malformed) -> (Unpickler, Unpickler.Value) {
      var unpickler = Unpickler(reader, source: source, budget: budget)
      let value = try unpickler.run()
      reader = unpickler.reader
      return (unpickler, value)
    }
    _ = try next(.nowhere)
    guard case (_, .int(let found)) = try next(.nowhere), found == version else {
      throw reader.malformed("not version \(version) of the PyTorch legacy format")
    }
    _ = try next(.nowhere)
    var (object, root) = try next(.following)
    let (list, keyList) = try next(.nowhere)
    guard let keys = list.elements(of: keyList) else { throw reader.malformed("no list of storage keys") }
    let blocks = try readBlocks(keys, &reader, object.storages)
    for index in object.storages.indices {
      let storage = object.storages[index]
      guard storage.elementType != nil else { continue }
      guard let block = blocks[storage.key] else {
        throw reader.malformed("the storage \(printable(storage.key)) is not in the file")
      }
      object.storages[index].bytes = try storage.elements(in: block, reader.place)
    }
    return (object, root)
  }

  private static func readBlocks(
    _ keys: [Unpickler.Value], _ reader: inout ByteReader, _ storages: [TorchStorage]
  ) throws(Malformed) -> [String: Bytes] {
    let known = Dictionary(storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var blocks: [String: Bytes] = [:]
    for key in keys {
      guard case .string(let key) = key, let storage = known[key] else {
        throw reader.malformed("a storage that no tensor uses, of unknown element type")
      }
      guard let type = storage.elementType else {
        throw reader.malformed("the elements of torch.\(storage.typeName) cannot be read")
      }
      let count = try reader.number(UInt64.self)
      let (size, overflow) = count.multipliedReportingOverflow(by: UInt64(type.byteCount))
      guard !overflow, count == UInt64(storage.blockCount) else {
        throw reader.malformed(
          "the storage \(printable(key)) has \(count) elements, expected \(storage.blockCount)")
      }
      guard blocks.updateValue(try reader.take(stated: size, "storage"), forKey: key) == nil else {
        throw reader.malformed("the storage \(printable(key)) appears twice")
      }
    }
    return blocks
  }
}
