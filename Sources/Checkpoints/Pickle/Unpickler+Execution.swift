extension Unpickler {
  /// Executes one operation.
  mutating func execute(_ operation: PickleOperation) throws(Malformed) {
    switch operation {
    case .stop: break
    case .version: try checkVersion()
    // A frame says how much to read ahead; everything is at hand already.
    case .frame: _ = try reader.number(UInt64.self)

    case .mark: mark()
    case .pop: try discard()
    case .popMark: _ = try popToMark()
    case .duplicate: push(try top())
    case .put: try memorise(decimal(UInt32.self))
    case .put8: try memorise(UInt32(reader.number(UInt8.self)))
    case .put32: try memorise(reader.number(UInt32.self))
    case .memorise: try memorise()
    case .get: push(try recall(decimal(UInt32.self)))
    case .get8: push(try recall(UInt32(reader.number(UInt8.self))))
    case .get32: push(try recall(reader.number(UInt32.self)))

    case .none: push(Value.none)
    case .yes: push(.bool(true))
    case .no: push(.bool(false))
    case .int32: push(.int(Int64(try reader.number(Int32.self))))
    case .uint8: push(.int(Int64(try reader.number(UInt8.self))))
    case .uint16: push(.int(Int64(try reader.number(UInt16.self))))
    case .integer: try pushInteger()
    case .long: try pushLong()
    case .long8: try push(long: UInt64(reader.number(UInt8.self)))
    case .long32: try push(long: UInt64(reader.number(UInt32.self)))
    case .float64: push(.float(Double(bitPattern: try reader.number(UInt64.self).byteSwapped)))
    case .float: push(.float(try decimal(Double.self)))

    case .unicode8: try push(text: UInt64(reader.number(UInt8.self)))
    case .unicode32: try push(text: UInt64(reader.number(UInt32.self)))
    case .unicode64: try push(text: reader.number(UInt64.self))
    case .unicode: push(.string(try reader.line()))
    case .string: push(.string(String(try reader.line().dropFirst().dropLast())))
    case .string8: try push(string: UInt64(reader.number(UInt8.self)))
    case .string32: try push(string: UInt64(reader.number(UInt32.self)))
    case .bytes8: try push(bytes: UInt64(reader.number(UInt8.self)))
    case .bytes32: try push(bytes: UInt64(reader.number(UInt32.self)))
    case .bytes64, .byteArray: try push(bytes: reader.number(UInt64.self))
    case .readOnlyBuffer: break

    case .emptyTuple: push(.tuple)
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .tuple: push(.tuple, try popToMark())
    case .emptyList, .emptySet: push(.list)
    case .list, .frozenSet: push(.list, try popToMark())
    case .emptyDict: push(.dict)
    case .dict:
      let items = try popToMark()
      push(.dict)
      try extend(top(), by: items, isDict: true)
    case .append:
      let value = try pop()
      try extend(top(), by: [value], isDict: false)
    case .appends, .addItems:
      let values = try popToMark()
      try extend(top(), by: values, isDict: false)
    case .setItem:
      let value = try pop()
      let key = try pop()
      try extend(top(), by: [key, value], isDict: true)
    case .setItems:
      let items = try popToMark()
      try extend(top(), by: items, isDict: true)

    case .global: try push(global: reader.line(), reader.line())
    case .stackGlobal: try pushStackGlobal()
    case .reduce, .newObject:
      let arguments = try pop()
      push(try call(pop(), arguments))
    case .newObjectWithKeywords:
      _ = try pop()
      let arguments = try pop()
      push(try call(pop(), arguments))
    case .object:
      let values = try popToMark()
      guard let callable = values.first else { throw malformed("an object without its class") }
      push(try call(callable, make(.tuple, Array(values.dropFirst()))))
    case .instance:
      let arguments = try popToMark()
      try push(global: reader.line(), reader.line())
      push(try call(pop(), make(.tuple, arguments)))
    case .build:
      let state = try pop()
      try build(top(), state)
    case .persistent: push(try loadStorage(pop()))
    case .persistentText: throw malformed("a persistent id in text form, which PyTorch does not write")
    }
  }

  private mutating func checkVersion() throws(Malformed) {
    let version = try reader.number(UInt8.self)
    guard version <= 5 else { throw malformed("pickle protocol \(version), expected at most 5") }
  }

  private mutating func decimal<Number: LosslessStringConvertible>(
    _: Number.Type
  ) throws(Malformed) -> Number {
    let text = try reader.line()
    guard let number = Number(text) else { throw malformed("the number \(printable(text))") }
    return number
  }

  /// Protocol 0 spells the truth values as the numbers 00 and 01.
  private mutating func pushInteger() throws(Malformed) {
    let text = try reader.line()
    if text == "00" || text == "01" { return push(.bool(text == "01")) }
    guard let number = Int64(text) else { throw malformed("the number \(printable(text))") }
    push(.int(number))
  }

  private mutating func pushLong() throws(Malformed) {
    let text = try reader.line()
    let digits = text.hasSuffix("L") ? text.dropLast() : text[...]
    guard let number = Int64(digits) else {
      return push(.opaque("int beyond 64 bits"))
    }
    push(.int(number))
  }

  private mutating func push(long length: UInt64) throws(Malformed) {
    let bytes = try reader.take(stated: length, "number")
    guard bytes.count <= 8 else { return push(.largeInteger(bytes)) }
    var bits: UInt64 = 0
    for index in 0..<bytes.count { bits |= UInt64(bytes[index]) << UInt64(8 * index) }
    // Two's complement of as many bytes as there are.
    let unused = UInt64(64 - 8 * bytes.count)
    push(.int(bytes.count == 0 ? 0 : Int64(bitPattern: bits << unused) >> Int64(unused)))
  }

  private mutating func push(text length: UInt64) throws(Malformed) {
    guard let text = try reader.take(stated: length, "text").text else {
      throw malformed("a text that is not UTF-8")
    }
    push(.string(text))
  }

  /// A string of Python 2: text or bytes, whichever it can be.
  private mutating func push(string length: UInt64) throws(Malformed) {
    let bytes = try reader.take(stated: length, "string")
    if let text = bytes.text { push(.string(text)) } else { push(.bytes(bytes)) }
  }

  private mutating func push(bytes length: UInt64) throws(Malformed) {
    push(.bytes(try reader.take(stated: length, "byte string")))
  }

  private mutating func pushTuple(_ count: Int) throws(Malformed) {
    var values: [Value] = []
    for _ in 0..<count { values.append(try pop()) }
    push(.tuple, values.reversed())
  }

  private mutating func pushStackGlobal() throws(Malformed) {
    guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
      throw malformed("a class whose name is not a text")
    }
    try push(global: module, name)
  }

  private mutating func push(global module: String, _ name: String) throws(Malformed) {
    guard module.utf8.count + name.utf8.count <= PickleGlobal.longestName else {
      throw malformed("a class name longer than \(PickleGlobal.longestName) bytes")
    }
    guard !PickleGlobal.isHostile(module: module, name: name) else {
      throw malformed(
        "names \(printable(module)).\(printable(name)), which no checkpoint needs; nothing was run, refused")
    }
    push(.global(PickleGlobal(module: module, name: name)))
  }
}
