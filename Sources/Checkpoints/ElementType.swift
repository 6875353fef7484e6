/// The types of number that a file can store.
public enum ElementType: Sendable, CaseIterable, CustomStringConvertible {
  case float16, bfloat16, float32, float64, int8, uint8, int16, int32, int64, bool

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// Whether the elements are whole numbers; truth values count as 0 and 1.
  public var isInteger: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: false
    case .int8, .uint8, .int16, .int32, .int64, .bool: true
    }
  }

  /// The name that safetensors uses, such as `F32`.
  public var description: String {
    switch self {
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    case .int8: "I8"
    case .uint8: "U8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .bool: "BOOL"
    }
  }

  init?(safetensors name: String) {
    guard let type = Self.allCases.first(where: { $0.description == name }) else { return nil }
    self = type
  }

  /// From NumPy's kind and size, such as `f4`, without the byte order.
  init?(numpy code: String) {
    switch code {
    case "f2": self = .float16
    case "f4": self = .float32
    case "f8": self = .float64
    case "i1": self = .int8
    case "u1": self = .uint8
    case "i2": self = .int16
    case "i4": self = .int32
    case "i8": self = .int64
    case "b1": self = .bool
    default: return nil
    }
  }

  /// From the name of a PyTorch storage class without `Storage`, such as `Half`.
  init?(torchStorage name: String) {
    switch name {
    case "Half": self = .float16
    case "BFloat16": self = .bfloat16
    case "Float": self = .float32
    case "Double": self = .float64
    case "Char": self = .int8
    case "Byte": self = .uint8
    case "Short": self = .int16
    case "Int": self = .int32
    case "Long": self = .int64
    case "Bool": self = .bool
    default: return nil
    }
  }

  /// From the name of a PyTorch dtype, such as `float16`.
  init?(torch name: String) {
    switch name {
    case "float16": self = .float16
    case "bfloat16": self = .bfloat16
    case "float32": self = .float32
    case "float64": self = .float64
    case "int8": self = .int8
    case "uint8": self = .uint8
    case "int16": self = .int16
    case "int32": self = .int32
    case "int64": self = .int64
    case "bool": self = .bool
    default: return nil
    }
  }
}
