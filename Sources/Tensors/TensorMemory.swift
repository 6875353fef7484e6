/// The bytes of all tensors in a value, however deep they lie in structures, arrays and optionals.
///
/// Memory that tensors share counts once; what is lent by a file's contents and what classes hold does not count.
public func tensorBytes(in value: Any) -> Int {
  var counted = Set<ObjectIdentifier>()
  return tensorBytes(in: value, &counted)
}

private func tensorBytes(in value: Any, _ counted: inout Set<ObjectIdentifier>) -> Int {
  if let tensor = value as? Tensor { return tensor.ownBytes(notIn: &counted) }
  // Numbers in arrays may be many and hold no tensors.
  if value is [Int] || value is [Float] || value is [Double] || value is [Bool] || value is [UInt8] {
    return 0
  }
  let mirror = Mirror(reflecting: value)
  if mirror.displayStyle == .class { return 0 }
  return mirror.children.reduce(0) { $0 + tensorBytes(in: $1.value, &counted) }
}
