/// What a pickled file holds, as data: nothing of it was ever executed.
public indirect enum PickledValue: Sendable {
  case none
  case bool(Bool)
  case int(Int64)
  case float(Double)
  case string(String)
  case bytes([UInt8])
  /// A list or a set.
  case list([PickledValue])
  case tuple([PickledValue])
  /// A dict of any kind, in its order; no text and no whole number is a key twice.
  case dict([Item])
  /// An object that is a bag of attributes, such as `argparse.Namespace`: its class and its attributes.
  case object(String, [Item])
  /// A PyTorch tensor or a NumPy array of numbers.
  case tensor(TensorEntry)
  /// A value of a class that is not read: the class's qualified name, or a description.
  case opaque(String)

  /// A key and its value.
  public struct Item: Sendable {
    /// The key; mostly a string.
    public let key: PickledValue
    /// The value.
    public let value: PickledValue
  }

  /// The items of a dict or the attributes of an object; empty for others.
  public var items: [Item] {
    switch self {
    case .dict(let items), .object(_, let items): items
    default: []
    }
  }

  /// The value under a text key of a dict or object, or nil; takes time in proportion to the number of items.
  public subscript(key: String) -> PickledValue? {
    items.first { $0.key.string == key }?.value
  }

  /// Whether it is a dict or an object with attributes, also one without any.
  var isDict: Bool {
    switch self {
    case .dict, .object: true
    default: false
    }
  }

  /// The text, or nil for other values.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The whole number, or nil for other values.
  public var int: Int64? {
    if case .int(let number) = self { number } else { nil }
  }

  /// The number of tensors directly under text keys of a dict or object.
  var tensorCount: Int {
    items.count { item in
      if case .tensor = item.value { item.key.string != nil } else { false }
    }
  }

  /// A description of one line, such as `dict, 310 tensors`, `int 650000` or `opaque utils.Sampler`.
  public var summary: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "bool True" : "bool False"
    case .int(let value): "int \(value)"
    case .float(let value): "float \(value)"
    case .string(let text): "str '\(printable(text))'"
    case .bytes(let bytes): "bytes, \(bytes.count) long"
    case .list(let elements): "list, " + Self.number(elements.count, "element")
    case .tuple(let elements): "tuple, " + Self.number(elements.count, "element")
    case .dict: "dict, " + itemSummary
    case .object(let name, _): "\(printable(name)), \(itemSummary)"
    case .tensor(let tensor): "tensor, \(tensor.elementType) \(tensor.shape)"
    case .opaque(let name): "opaque " + printable(name)
    }
  }

  private var itemSummary: String {
    let (all, tensors) = (items.count, tensorCount)
    if tensors == 0 { return all == 1 ? "1 entry" : "\(all) entries" }
    if tensors == all { return Self.number(all, "tensor") }
    return "\(all) entries, \(tensors) of them tensors"
  }

  /// `1 tensor`, `2 tensors`.
  static func number(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}
