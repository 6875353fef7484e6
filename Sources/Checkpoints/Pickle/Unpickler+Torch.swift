/// A block of elements that tensors of PyTorch share.
struct TorchStorage {
  /// The name of its class, such as `FloatStorage`.
  let typeName: String
  /// Nil for types that are not read, such as complex numbers.
  let elementType: ElementType?
  /// The name that the file has for the block.
  let key: String
  /// The elements of the whole block.
  let blockCount: Int
  /// The elements of it that are this storage.
  let range: Range<Int>
  /// The elements of this storage; nil until a legacy file's blocks are read.
  var bytes: Bytes?
}

extension Unpickler {
  /// `('storage', torch.FloatStorage, key, location, count)` and, in legacy files, a view or None.
  mutating func loadStorage(_ id: Value) throws(Malformed) -> Value {
    guard let fields = elements(of: id), fields.count == 5 || fields.count == 6,
      case .string("storage") = fields[0],
      case .global(.torchStorage(let typeName, let elementType)) = kind(of: fields[1]),
      let key = storageKey(fields[2]), case .int(let count) = fields[4], let count = Int(exactly: count),
      count >= 0
    else { throw malformed("a persistent id that is no PyTorch storage") }
    guard key.utf8.count <= 1024 else { throw malformed("a storage key longer than 1024 bytes") }
    var range = 0..<count
    if fields.count == 6, let view = elements(of: fields[5]) {
      guard view.count == 3, case .int(let offset) = view[1], case .int(let size) = view[2], offset >= 0,
        size >= 0,
        offset <= count, size <= Int64(count) - offset
      else { throw malformed("a view that leaves its storage of \(count) elements") }
      range = Int(offset)..<Int(offset + size)
    }
    var storage = TorchStorage(
      typeName: typeName, elementType: elementType, key: key, blockCount: count, range: range)
    if let elementType { storage.bytes = try elements(of: storage, elementType) }
    return add(storage)
  }

  private func storageKey(_ value: Value) -> String? {
    switch value {
    case .string(let text): text
    case .int(let number): String(number)
    default: nil
    }
  }

  private mutating func add(_ storage: TorchStorage) -> Value {
    storages.append(storage)
    return make(.storage(storages.count - 1))
  }

  private func elements(of storage: TorchStorage, _ type: ElementType) throws(Malformed) -> Bytes? {
    switch source {
    case .following: return nil
    case .nowhere: throw malformed("a storage outside the pickle, which a plain pickle cannot have")
    case .members(let archive, let root, _):
      let name = "\(root)data/\(storage.key)"
      guard let block = try archive.contents(name) else {
        throw malformed("the storage \(printable(name)), which is not in the file")
      }
      return try storage.elements(in: block, reader.place)
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
  mutating func rebuildTensor(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count >= 4, case .int(let offset) = arguments[1] else {
      throw malformed("a tensor without its storage, offset, size and stride")
    }
    guard case .storage(let index) = kind(of: arguments[0]) else {
      guard case .opaque(let name) = kind(of: arguments[0]) else {
        throw malformed("a tensor without a storage")
      }
      return make(.opaque("tensor of \(name)"))
    }
    let storage = storages[index]
    guard let type = storage.elementType else { return make(.opaque("tensor of torch.\(storage.typeName)")) }
    let layout = try StridedLayout(
      extents: integers(arguments[2], "size"), strides: integers(arguments[3], "stride"), offset: Int(offset),
      capacity: storage.range.count, place: reader.place)
    return make(.tensor(storage: index, type, layout))
  }

  /// `_rebuild_tensor_v3(untyped storage, offset, size, stride, requires_grad, hooks, dtype)`.
  mutating func rebuildTypedTensor(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count >= 7, case .storage(let index) = kind(of: arguments[0]) else {
      throw malformed("a tensor without its storage, offset, size, stride and type")
    }
    guard case .global(.torchType(let type)) = kind(of: arguments[6]) else {
      return make(.opaque("tensor of a type that is not read"))
    }
    let storage = storages[index]
    guard storage.elementType == .uint8 else { throw malformed("a typed tensor over a storage with a type") }
    guard case .int(let offset) = arguments[1] else { throw malformed("a tensor without an offset") }
    let layout = try StridedLayout(
      extents: integers(arguments[2], "size"), strides: integers(arguments[3], "stride"), offset: Int(offset),
      capacity: storage.range.count / type.byteCount, place: reader.place)
    return make(.tensor(storage: index, type, layout))
  }

  /// `_rebuild_parameter(tensor, requires_grad, hooks)`.
  func rebuildParameter(_ arguments: [Value]) throws(Malformed) -> Value {
    guard let tensor = arguments.first else { throw malformed("a parameter without its tensor") }
    return tensor
  }

  /// `_rebuild_from_type_v2(_rebuild_tensor_v2, type, arguments, state)`: a tensor with attributes.
  mutating func rebuildSubclass(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count >= 3, case .global(.rebuildTensor) = kind(of: arguments[0]),
      let inner = elements(of: arguments[2])
    else { return make(.opaque("tensor subclass")) }
    return try rebuildTensor(inner)
  }

  /// `_load_from_bytes(data)`: a storage as a legacy file inside the pickle.
  mutating func loadFromBytes(_ arguments: [Value]) throws(Malformed) -> Value {
    guard case .bytes(let bytes)? = arguments.first.flatMap({ kind(of: $0) }), PyTorchLegacy.begins(bytes)
    else {
      return make(.opaque("torch.storage._load_from_bytes"))
    }
    guard budget.nesting > 0 else { throw malformed("pickles nested in pickles too deeply") }
    budget.nesting -= 1
    defer { budget.nesting += 1 }
    let (inner, root) = try PyTorchLegacy.unpickle(bytes, name: reader.place + ", inside", budget)
    guard case .storage(let index) = inner.kind(of: root) else {
      return make(.opaque("torch.storage._load_from_bytes"))
    }
    return add(inner.storages[index])
  }
}

extension TorchStorage {
  /// The part of the block that is this storage, after checking the block's size.
  func elements(in block: Bytes, _ place: String) throws(Malformed) -> Bytes {
    let size = elementType?.byteCount ?? 0
    let (expected, overflow) = blockCount.multipliedReportingOverflow(by: size)
    guard !overflow, block.count == expected,
      let part = block.part(range.lowerBound * size, range.count * size)
    else {
      throw Malformed(
        place,
        "the storage \(printable(key)) has \(block.count) bytes, expected \(blockCount) elements of \(size)")
    }
    return part
  }
}
