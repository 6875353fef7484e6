import Glibc
import Synchronization

/// Keeps freed blocks by size class, because a fresh 48 MiB block costs 25 times a reused one in page faults.
///
/// Blocks are 64-byte aligned; from 2 MiB on they are aligned to huge pages and ask for them.
public final class StoragePool: Sendable {
  /// The pool that all tensors draw from.
  public static let shared = StoragePool()

  struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let bytes: Int
  }

  private struct State: Sendable {
    var free: [Int: [Block]] = [:]
    var kept = 0
    var inUse = 0
    var peak = 0
  }

  private let state = Mutex(State())
  private static let hugePage = 2 << 20

  /// The bytes of all living tensors.
  public var bytesInUse: Int { state.withLock { $0.inUse } }

  /// The largest value that ``bytesInUse`` has had.
  public var peakBytesInUse: Int { state.withLock { $0.peak } }

  /// The bytes kept for reuse.
  public var bytesKept: Int { state.withLock { $0.kept } }

  /// Gives all kept blocks back to the system, as after loading a model or at the end of a job.
  public func trim() {
    let blocks = state.withLock { state in
      defer {
        state.free = [:]
        state.kept = 0
      }
      return state.free.values.flatMap { $0 }
    }
    for block in blocks { free(block.address) }
  }

  func take(bytes: Int) -> Block {
    let size = Self.sizeClass(bytes)
    let reused: Block? = state.withLock { state in
      state.inUse += size
      state.peak = max(state.peak, state.inUse)
      guard let block = state.free[size]?.popLast() else { return nil }
      state.kept -= size
      return block
    }
    return reused ?? Self.allocate(size)
  }

  func give(_ block: Block) {
    state.withLock { state in
      state.inUse -= block.bytes
      state.kept += block.bytes
      state.free[block.bytes, default: []].append(block)
    }
  }

  /// The smallest of 64 bytes x 2^n x {4, 5, 6, 7}/4 that holds `bytes`: at most a quarter is wasted.
  static func sizeClass(_ bytes: Int) -> Int {
    var power = 64
    while power * 2 <= bytes { power *= 2 }
    if bytes <= power { return power }
    let step = max(power / 4, 64)
    return (bytes + step - 1) / step * step
  }

  private static func allocate(_ bytes: Int) -> Block {
    let isBig = bytes >= hugePage
    var address: UnsafeMutableRawPointer?
    let failure = posix_memalign(&address, isBig ? hugePage : 64, bytes)
    guard failure == 0, let address else { fatalError("out of memory: \(bytes) bytes for a tensor") }
    if isBig { madvise(address, bytes, MADV_HUGEPAGE) }
    return Block(address: address, bytes: bytes)
  }
}
