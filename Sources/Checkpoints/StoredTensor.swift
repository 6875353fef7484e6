import Tensors

/// A tensor as it goes into a file: numbers, or whole numbers as PyTorch's counters and tables of indices are.
public struct StoredTensor: Sendable {
  /// The name in the state dict.
  public let name: String

  /// The extents in PyTorch's order.
  public let shape: Shape

  let elements: Elements

  enum Elements: Sendable {
    case numbers(Tensor)
    case integers([Int64])
  }

  /// Numbers.
  public init(_ name: String, _ tensor: Tensor) {
    self.name = name
    shape = tensor.shape
    elements = .numbers(tensor)
  }

  /// As many whole numbers as `shape` has elements, in row-major order.
  public init(_ name: String, integers: [Int64], shape: Shape) {
    precondition(integers.count == shape.count, "\(integers.count) numbers for a tensor of shape \(shape)")
    self.name = name
    self.shape = shape
    elements = .integers(integers)
  }

  /// The same under another name.
  public func named(_ name: String) -> StoredTensor {
    switch elements {
    case .numbers(let tensor): StoredTensor(name, tensor)
    case .integers(let integers): StoredTensor(name, integers: integers, shape: shape)
    }
  }

  var isInteger: Bool { if case .integers = elements { true } else { false } }

  /// The type in a file whose numbers are of type `wanted`.
  func elementType(_ wanted: ElementType) -> ElementType {
    switch elements {
    case .integers: .int64
    case .numbers(let tensor): wanted == .float16 && !fitsHalves(tensor) ? .float32 : wanted
    }
  }
}

extension TensorEntry {
  /// The tensor for another file: whole numbers stay whole, what is lent by this file stays lent.
  public var stored: StoredTensor {
    integers().map { StoredTensor(name, integers: $0, shape: shape) } ?? StoredTensor(name, tensor())
  }
}

/// Whether no finite element becomes infinite in half precision.
private func fitsHalves(_ tensor: Tensor) -> Bool {
  tensor.read { elements in
    (0..<tensor.count).allSatisfy {
      !elements[$0].isFinite || elements[$0].magnitude <= Float(Float16.greatestFiniteMagnitude)
    }
  }
}
