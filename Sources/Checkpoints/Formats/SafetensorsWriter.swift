import Tensors

/// Writes tensors to a safetensors file, in their order, but whole numbers first so that they are aligned; an existing file is
/// replaced only when all is written.
///
/// - Parameters:
///   - tensors: names, each once, and values.
///   - metadata: what `__metadata__` shall say.
///   - elementType: `.float32`, or `.float16` for half the size with 11 bits of precision; a tensor with values that half
///     precision does not reach, such as a batch norm's variance, stays as it is, and so do whole numbers (int64).
///   - path: the file; the data begins at a multiple of 64 bytes in it.
/// - Throws: ``CheckpointError`` for names that cannot be stored or a file that cannot be written.
public func writeSafetensors(
  _ tensors: [StoredTensor], metadata: [String: String] = [:], as elementType: ElementType = .float32,
  to path: String
) throws(CheckpointError) {
  precondition(elementType == .float32 || elementType == .float16, "tensors are written as F32 or F16")
  var names: Set<String> = ["__metadata__"]
  for tensor in tensors where !names.insert(tensor.name).inserted {
    throw CheckpointError(
      file: path, place: "tensor \(printable(tensor.name))", problem: "cannot be written: the name is taken")
  }
  let tensors = tensors.filter(\.isInteger) + tensors.filter { !$0.isInteger }
  let types = tensors.map { $0.elementType(elementType) }
  let header = safetensorsHeader(tensors, metadata, types)
  try ReplacementFile.write(to: path) { (file) throws(CheckpointError) in
    try file.append(header)
    for (stored, type) in zip(tensors, types) {
      switch stored.elements {
      case .integers(let integers): try file.append(integers.flatMap(littleEndianBytes))
      case .numbers(let tensor) where type == .float16: try appendHalves(tensor, to: file)
      case .numbers(let tensor): try file.append(tensor)
      }
    }
  }
}

/// Writes tensors of numbers.
public func writeSafetensors(
  _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
  as elementType: ElementType = .float32, to path: String
) throws(CheckpointError) {
  try writeSafetensors(
    tensors.map { StoredTensor($0.name, $0.tensor) }, metadata: metadata, as: elementType, to: path)
}

/// The length and the JSON, padded with spaces so that the data is aligned.
private func safetensorsHeader(
  _ tensors: [StoredTensor], _ metadata: [String: String], _ types: [ElementType]
) -> [UInt8] {
  var fields: [String] = []
  if !metadata.isEmpty {
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
    fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
  }
  var begin = 0
  for (tensor, elementType) in zip(tensors, types) {
    let end = begin + tensor.shape.count * elementType.byteCount
    let shape = tensor.shape.extents.map(String.init).joined(separator: ",")
    fields.append(
      "\(quoted(tensor.name)):{\"dtype\":\"\(elementType)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
    )
    begin = end
  }
  var json = Array("{\(fields.joined(separator: ","))}".utf8)
  while (json.count + 8) % 64 != 0 { json.append(UInt8(ascii: " ")) }
  return littleEndianBytes(Int64(json.count)) + json
}

private func littleEndianBytes(_ number: Int64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// A JSON string.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// Appends the elements as half precision, a chunk at a time, so that no copy of a large tensor is needed.
private func appendHalves(_ tensor: Tensor, to file: ReplacementFile) throws(CheckpointError) {
  let chunk = 1 << 16
  for start in stride(from: 0, to: tensor.count, by: chunk) {
    let end = min(start + chunk, tensor.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * (end - start))
    tensor.read { elements in
      for position in start..<end {
        let bits = Float16(elements[position]).bitPattern
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bytes.append(UInt8(bits >> 8))
      }
    }
    try file.append(bytes)
  }
}
