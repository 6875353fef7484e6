/// Makes a tree of values of an unpickler's records; shared records share their memory in it.
struct PickledValueBuilder {
  /// Real files nest less than ten deep; this keeps the recursion of all who walk the tree short.
  static let largestDepth = 100

  /// Keys longer than this are taken for damage.
  static let longestKey = 1024

  private let unpickler: Unpickler
  private var finished: [Finished?]
  private var isOpen: [Bool]
  private let isBigEndian: Bool

  private struct Finished {
    let value: PickledValue
    let height: Int
  }

  init(_ unpickler: Unpickler) {
    self.unpickler = unpickler
    finished = Array(repeating: nil, count: unpickler.records.count)
    isOpen = Array(repeating: false, count: unpickler.records.count)
    if case .members(_, _, true) = unpickler.source { isBigEndian = true } else { isBigEndian = false }
  }

  /// The tree below `root`. A value that contains itself has none and is refused.
  consuming func build(_ root: Unpickler.Value) throws(Malformed) -> PickledValue {
    try value(root, depth: 0).value
  }

  private mutating func value(_ value: Unpickler.Value, depth: Int) throws(Malformed) -> Finished {
    switch value {
    case .none: return Finished(value: .none, height: 0)
    case .bool(let value): return Finished(value: .bool(value), height: 0)
    case .int(let value): return Finished(value: .int(value), height: 0)
    case .float(let value): return Finished(value: .float(value), height: 0)
    case .string(let value): return Finished(value: .string(value), height: 0)
    case .record(let index):
      if let done = finished[index] {
        try check(depth + done.height)
        return done
      }
      guard !isOpen[index] else {
        throw unpickler.malformed("a value that contains itself, which no checkpoint needs; refused")
      }
      try check(depth)
      isOpen[index] = true
      let done = try build(unpickler.records[index], depth)
      isOpen[index] = false
      finished[index] = done
      return done
    }
  }

  private func check(_ depth: Int) throws(Malformed) {
    guard depth <= Self.largestDepth else {
      throw unpickler.malformed("values nested more than \(Self.largestDepth) deep")
    }
  }

  private mutating func build(_ record: Unpickler.Record, _ depth: Int) throws(Malformed) -> Finished {
    switch record.kind {
    case .list, .tuple:
      var elements: [PickledValue] = []
      var height = 0
      for child in record.children {
        let element = try value(child, depth: depth + 1)
        elements.append(element.value)
        height = max(height, element.height + 1)
      }
      if case .tuple = record.kind { return Finished(value: .tuple(elements), height: height) }
      return Finished(value: .list(elements), height: height)
    case .dict:
      let (items, height) = try items(record.children, depth)
      return Finished(value: .dict(items), height: height)
    case .object(let name):
      // The last state that has items; an object that is also a dict has them twice.
      var state: Finished?
      for child in record.children {
        let candidate = try value(child, depth: depth + 1)
        if !candidate.value.items.isEmpty { state = candidate }
      }
      return Finished(value: .object(name, state?.value.items ?? []), height: (state?.height ?? 0) + 1)
    default: return Finished(value: try leaf(record.kind), height: 0)
    }
  }

  private func leaf(_ kind: Unpickler.Kind) throws(Malformed) -> PickledValue {
    switch kind {
    case .list, .tuple, .dict, .object: preconditionFailure("a container is not a leaf")
    case .opaque(let name): return .opaque(name)
    case .global(let global): return .opaque(global.name)
    case .bytes(let bytes): return .bytes(bytes.array)
    case .largeInteger(let bytes): return .opaque("int of \(bytes.count) bytes")
    case .unfilledArray: return .opaque("numpy.ndarray without its contents")
    case .numpyType(let code, _): return .opaque("numpy.dtype \(code)")
    case .array(let entry): return .tensor(entry)
    case .storage(let index):
      let storage = unpickler.storages[index]
      return .opaque("torch.\(storage.typeName), \(storage.range.count) elements")
    case .tensor(let index, let type, let layout):
      guard let bytes = unpickler.storages[index].bytes else {
        throw Malformed("", "the storage \(printable(unpickler.storages[index].key)) is not in the file")
      }
      return .tensor(TensorEntry(elementType: type, layout: layout, bytes: bytes, isBigEndian: isBigEndian))
    }
  }

  /// The items of a dict; of equal keys the last value counts, as in Python.
  private mutating func items(
    _ children: [Unpickler.Value], _ depth: Int
  ) throws(Malformed) -> (items: [PickledValue.Item], height: Int) {
    var items: [PickledValue.Item] = []
    var positions: [Key: Int] = [:]
    var height = 0
    for index in stride(from: 0, to: children.count, by: 2) {
      let key = try value(children[index], depth: depth + 1)
      let value = try value(children[index + 1], depth: depth + 1)
      height = max(height, key.height + 1, value.height + 1)
      let item = PickledValue.Item(key: key.value, value: value.value)
      guard let hashed = try Self.hashed(key.value, unpickler) else {
        items.append(item)
        continue
      }
      if let position = positions[hashed] {
        items[position] = item
      } else {
        positions[hashed] = items.count
        items.append(item)
      }
    }
    return (items, height)
  }

  private enum Key: Hashable {
    case text(String)
    case number(Int64)
  }

  private static func hashed(_ key: PickledValue, _ unpickler: Unpickler) throws(Malformed) -> Key? {
    switch key {
    case .string(let text):
      guard text.utf8.count <= longestKey else {
        throw unpickler.malformed("a key longer than \(longestKey) bytes")
      }
      return .text(text)
    case .int(let number): return .number(number)
    default: return nil
    }
  }
}
