extension Unpickler {
  /// What a pickle's call of a class or function means as data.
  mutating func call(_ callable: Value, _ arguments: Value) throws(Malformed) -> Value {
    switch kind(of: callable) {
    case .global(let global): return try call(global, arguments)
    // A method of an opaque object, or an object made by one.
    case .opaque(let name): return make(.opaque(name))
    default: throw malformed("calls a value that is no class and no function")
    }
  }

  private mutating func call(_ global: PickleGlobal, _ arguments: Value) throws(Malformed) -> Value {
    if case .opaque(let name) = global { return make(.opaque(name)) }
    guard let arguments = elements(of: arguments) else {
      throw malformed("calls \(global.name) without a tuple of arguments")
    }
    switch global {
    case .dict: return try makeDict(arguments)
    case .namespace(let name): return make(.object(name))
    case .torchSize: return arguments.first ?? make(.tuple)
    case .rebuildTensor: return try rebuildTensor(arguments)
    case .rebuildTypedTensor: return try rebuildTypedTensor(arguments)
    case .rebuildParameter: return try rebuildParameter(arguments)
    case .rebuildSubclass: return try rebuildSubclass(arguments)
    case .loadFromBytes: return try loadFromBytes(arguments)
    case .numpyReconstruct: return make(.unfilledArray)
    case .numpyFromBuffer: return try arrayFromBuffer(arguments)
    case .numpyType: return try numpyType(arguments)
    case .numpyScalar: return try numpyScalar(arguments)
    case .encode: return try encode(arguments)
    case .bytes: return arguments.isEmpty ? make(.bytes(Bytes([]))) : make(.opaque("bytes"))
    case .reconstructor:
      guard let type = arguments.first else { throw malformed("an object without its class") }
      return try call(type, make(.tuple))
    case .torchStorage, .torchType: return make(.opaque(global.name))
    case .opaque(let name): return make(.opaque(name))
    }
  }

  /// `OrderedDict()` or, from old versions, `OrderedDict([[key, value], ...])`.
  private mutating func makeDict(_ arguments: [Value]) throws(Malformed) -> Value {
    var items: [Value] = []
    for pair in arguments.first.flatMap({ elements(of: $0) }) ?? [] {
      guard let pair = elements(of: pair), pair.count == 2 else {
        throw malformed("a dict of what are not pairs")
      }
      items += pair
    }
    try spend(items.count)
    return make(.dict, items)
  }

  /// `_codecs.encode(text, 'latin1')`: how protocol 2 spells bytes.
  private mutating func encode(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count == 2, case .string(let text) = arguments[0],
      case .string(let encoding) = arguments[1],
      encoding == "latin1" || encoding == "latin-1"
    else { return make(.opaque("_codecs.encode")) }
    try spend(bytes: text.utf8.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else {
        throw malformed("a character beyond Latin-1 in bytes spelt as text")
      }
      bytes.append(byte)
    }
    return make(.bytes(Bytes(bytes)))
  }

  /// Gives an object its state; what an opaque object or a dict is given is dropped.
  mutating func build(_ target: Value, _ state: Value) throws(Malformed) {
    guard case .record(let index) = target else { return }
    switch records[index].kind {
    case .object: records[index].children.append(state)
    case .unfilledArray: records[index].kind = try filledArray(state)
    case .numpyType(let code, _): records[index].kind = try numpyType(code, state)
    default: break
    }
  }
}
