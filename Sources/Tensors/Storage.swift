/// A block of 32-bit floats that tensors share until one of them writes.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>

  /// Whether the memory may be written: what is borrowed may not.
  let isWritable: Bool

  private let owner: Owner

  private enum Owner {
    case pool(StoragePool.Block)
    case borrowed(AnyObject)
  }

  /// Memory for `count` floats, not initialised.
  init(count: Int) {
    let block = StoragePool.shared.take(bytes: max(count, 1) * MemoryLayout<Float>.stride)
    base = block.address.assumingMemoryBound(to: Float.self)
    isWritable = true
    owner = .pool(block)
  }

  /// Read-only memory that lives as long as `owner`, such as the contents of a checkpoint.
  init(borrowing address: UnsafePointer<Float>, keepingAlive owner: AnyObject) {
    base = UnsafeMutablePointer(mutating: address)
    isWritable = false
    self.owner = .borrowed(owner)
  }

  deinit {
    if case .pool(let block) = owner { StoragePool.shared.give(block) }
  }
}
