extension Unpickler {
  /// `numpy.dtype('f8', False, True)`; its byte order comes with its state.
  mutating func numpyType(_ arguments: [Value]) throws(Malformed) -> Value {
    guard case .string(let code)? = arguments.first, code.utf8.count <= 64 else {
      return make(.opaque("numpy.dtype"))
    }
    return make(.numpyType(code, isBigEndian: false))
  }

  /// The state `(version, byte order, ...)` of an element type.
  func numpyType(_ code: String, _ state: Value) throws(Malformed) -> Kind {
    guard let fields = elements(of: state), fields.count >= 2, case .string(let order) = fields[1] else {
      throw malformed("a numpy.dtype without its byte order")
    }
    return .numpyType(code, isBigEndian: order == ">")
  }

  /// The state `(version, shape, element type, is Fortran order, data)` of an array.
  func filledArray(_ state: Value) throws(Malformed) -> Kind {
    guard let fields = elements(of: state), fields.count == 5, case .bool(let isFortran) = fields[3] else {
      throw malformed("a NumPy array without its five fields")
    }
    return try array(shape: fields[1], type: fields[2], isFortran: isFortran, data: fields[4])
  }

  /// `_frombuffer(data, element type, shape, 'C')`: how protocol 5 spells an array.
  mutating func arrayFromBuffer(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count == 4, case .string(let order) = arguments[3] else {
      throw malformed("a NumPy array without its four fields")
    }
    return make(
      try array(shape: arguments[2], type: arguments[1], isFortran: order == "F", data: arguments[0]))
  }

  private func array(shape: Value, type: Value, isFortran: Bool, data: Value) throws(Malformed) -> Kind {
    guard case .numpyType(let code, let isBigEndian) = kind(of: type) else {
      throw malformed("a NumPy array without an element type")
    }
    // Objects, texts and dates are data for Python only.
    guard let elementType = ElementType(numpy: code) else { return .opaque("numpy.ndarray of \(code)") }
    let bytes = try rawBytes(data)
    let extents = try integers(shape, "shape")
    guard let count = StridedLayout.count(extents), count * elementType.byteCount == bytes.count else {
      throw malformed("a NumPy array of \(elementType) and shape \(extents) in \(bytes.count) bytes")
    }
    let layout = try StridedLayout(
      extents: extents, strides: isFortran ? NPY.columnMajor(extents) : nil, capacity: count,
      place: reader.place)
    return .array(
      TensorEntry(elementType: elementType, layout: layout, bytes: bytes, isBigEndian: isBigEndian))
  }

  /// `scalar(element type, data)`.
  mutating func numpyScalar(_ arguments: [Value]) throws(Malformed) -> Value {
    guard arguments.count == 2, case .numpyType(let code, let isBigEndian) = kind(of: arguments[0]),
      let elementType = ElementType(numpy: code)
    else { return make(.opaque("numpy scalar")) }
    let bytes = try rawBytes(arguments[1])
    guard bytes.count == elementType.byteCount else {
      throw malformed("a NumPy scalar of \(elementType) in \(bytes.count) bytes")
    }
    let layout = try StridedLayout(extents: [], capacity: 1, place: reader.place)
    let entry = TensorEntry(
      elementType: elementType, layout: layout, bytes: bytes, isBigEndian: isBigEndian)
    if elementType == .bool { return .bool(entry.integers() == [1]) }
    if let integer = entry.integers()?.first { return .int(integer) }
    if elementType == .float64 {
      let bits = bytes.number(UInt64.self, at: 0)
      return .float(Double(bitPattern: isBigEndian ? bits.byteSwapped : bits))
    }
    return .float(Double(entry.tensor()[0]))
  }

  /// The bytes of a byte string, or of a text that Python 2 used as one.
  private func rawBytes(_ value: Value) throws(Malformed) -> Bytes {
    if case .bytes(let bytes) = kind(of: value) { return bytes }
    guard case .string(let text) = value else { throw malformed("data that is not a byte string") }
    try spend(bytes: text.utf8.count)
    return Bytes(text.utf8)
  }

  /// The whole numbers of a tuple, such as a shape.
  func integers(_ value: Value, _ what: String) throws(Malformed) -> [Int] {
    guard let elements = elements(of: value), elements.count <= StridedLayout.largestRank else {
      throw malformed("a \(what) that is not a tuple of at most \(StridedLayout.largestRank) numbers")
    }
    var integers: [Int] = []
    for element in elements {
      guard case .int(let integer) = element else { throw malformed("a \(what) that holds no whole number") }
      integers.append(Int(integer))
    }
    return integers
  }
}
