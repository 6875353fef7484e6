/// The JSON header of a safetensors file, read strictly: no other keys, no key twice, whole numbers only.
struct SafetensorsHeader {
  struct Tensor {
    let name: String
    let type: String
    let extents: [Int]
    let begin: Int
    let end: Int
    /// The position in the header, to order empty tensors that begin at the same byte.
    let order: Int
  }

  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [String: String] = [:]

  init(_ bytes: Bytes) throws(Malformed) {
    var json = JSONScanner(bytes, name: "header")
    var names: Set<String> = []
    try json.object { (name, json) throws(Malformed) in
      guard names.insert(name).inserted else { throw json.malformed("\(printable(name)) appears twice") }
      if name == "__metadata__" {
        try json.object { (key, json) throws(Malformed) in
          let value = try json.string()
          guard metadata.updateValue(value, forKey: key) == nil else {
            throw json.malformed("the metadata \(printable(key)) appears twice")
          }
        }
      } else {
        tensors.append(try Self.tensor(name, order: tensors.count, &json))
      }
    }
    try json.end()
  }

  private static func tensor(
    _ name: String, order: Int, _ json: inout JSONScanner
  ) throws(Malformed) -> Tensor {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try json.object { (key, json) throws(Malformed) in
      switch key {
      case "dtype" where type == nil: type = try json.string()
      case "shape" where shape == nil: shape = try json.integers(atMost: StridedLayout.largestRank)
      case "data_offsets" where offsets == nil: offsets = try json.integers(atMost: 2)
      default:
        throw json.malformed(
          "\(printable(key)) in the tensor \(printable(name)), expected dtype, shape and data_offsets once each"
        )
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw json.malformed("the tensor \(printable(name)) lacks its dtype, shape or two data_offsets")
    }
    return Tensor(name: name, type: type, extents: shape, begin: offsets[0], end: offsets[1], order: order)
  }
}
