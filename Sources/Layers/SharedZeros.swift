import Glibc
import Tensors

extension Tensor {
  /// Zeros to be read only, which take no memory: all such tensors are the same pages, and those the system's page of zeros.
  static func sharedZeros(_ shape: Shape) -> Tensor {
    guard let zeros = SharedZeros.shared, shape.count <= SharedZeros.count else {
      return Tensor(zeros: shape)
    }
    return Tensor(borrowing: zeros.base, shape, keepingAlive: zeros)
  }
}

/// A stretch of addresses that reads as zeros.
private final class SharedZeros: @unchecked Sendable {
  /// More floats than any layer's weights have (VGGish's first linear layer: 50 million).
  static let count = 1 << 26

  /// nil where the system has no room for the addresses.
  static let shared = SharedZeros()

  let base: UnsafePointer<Float>

  private init?() {
    let address = mmap(
      nil, Self.count * MemoryLayout<Float>.stride, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1,
      0)
    guard let address, address != MAP_FAILED else { return nil }
    base = UnsafePointer(address.assumingMemoryBound(to: Float.self))
  }
}
