import Glibc
import Synchronization

/// The memory of tensors, kept for reuse: a fresh 48 MiB block costs 25 times a reused one in page faults.
///
/// Blocks from 64 KiB on lie in chunks of reserved addresses, at the lowest place that has room; what is freed joins its
/// free neighbours, so that the decoder's few large blocks and a backbone's many small ones use the same pages. What was
/// freed last waits a while for somebody who needs just that size, because the caches still hold it. Smaller blocks are
/// kept by size class. All blocks are 64-byte aligned; chunks ask for huge pages.
public final class StoragePool: Sendable {
  /// The pool that all tensors draw from.
  public static let shared = StoragePool()

  package struct Block: @unchecked Sendable {
    package let address: UnsafeMutableRawPointer
    package let bytes: Int
  }

  private struct State: Sendable {
    /// Free small blocks by size.
    var small: [Int: [Block]] = [:]
    /// The large blocks that were freed last, the oldest first.
    var recent: [Block] = []
    var recentBytes = 0
    /// Free regions of the chunks by address; no two touch.
    var regions: [Region] = []
    var kept = 0
    var inUse = 0
    var peak = 0
    /// The addresses of all chunks.
    var reserved = 0
    /// What large blocks take of them.
    var largeInUse = 0
  }

  private struct Region: Sendable {
    var start: UInt
    var bytes: Int
    var end: UInt { start + UInt(bytes) }
  }

  private let recentLimit: Int

  /// An empty pool, in which so many freed bytes wait for the same size to be asked for again.
  package init(recentLimit: Int = 32 << 20) {
    self.recentLimit = recentLimit
  }

  private let state = Mutex(State())
  private static let large = 64 << 10
  private static let granularity = 16 << 10

  /// The addresses that are reserved at a time: 4 GiB, or little where addresses are limited (`ulimit -v`), which others
  /// need too.
  private static let chunk: Int = {
    var chunk = 4 << 30
    for resource in [RLIMIT_AS, RLIMIT_DATA] {
      var limit = rlimit()
      if getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) {
        chunk = min(chunk, max(64 << 20, Int(limit.rlim_cur) / 32))
      }
    }
    return chunk
  }()

  /// What is done when the system gives no more memory: told of the bytes that were wanted, it says so and ends the
  /// process, since a tensor cannot be without its memory. nil traps.
  public static let exhaustion = Mutex<(@Sendable (_ bytes: Int) -> Never)?>(nil)

  /// The bytes of all living tensors.
  public var bytesInUse: Int { state.withLock { $0.inUse } }

  /// The largest value that ``bytesInUse`` has had.
  public var peakBytesInUse: Int { state.withLock { $0.peak } }

  /// Begins ``peakBytesInUse`` anew, with what is in use now.
  public func resetPeak() { state.withLock { $0.peak = $0.inUse } }

  /// About the bytes that are kept for reuse: what was freed, less what was taken since.
  public var bytesKept: Int { state.withLock { $0.kept } }

  /// The reserved addresses that no tensor uses, some of them without memory.
  public var bytesReserved: Int { state.withLock { $0.reserved - $0.largeInUse } }

  /// Gives the pages of all free blocks back to the system, as after loading a model or at the end of a job.
  public func trim() {
    let blocks = state.withLock { state in
      while !state.recent.isEmpty { Self.settleOldest(&state) }
      for region in state.regions {
        madvise(UnsafeMutableRawPointer(bitPattern: region.start), region.bytes, MADV_DONTNEED)
      }
      defer {
        state.small = [:]
        state.kept = 0
      }
      return state.small.values.flatMap { $0 }
    }
    for block in blocks { free(block.address) }
  }

  package func take(bytes: Int) -> Block {
    let size = Self.size(bytes)
    let block: Block? = state.withLock { state in
      state.inUse += size
      state.peak = max(state.peak, state.inUse)
      if size >= Self.large { state.largeInUse += size }
      return size >= Self.large ? Self.takeRegion(size, &state) : Self.takeSmall(size, &state)
    }
    if let block { return block }
    // Outside of the lock, which whoever is told may need.
    guard size < Self.large, let block = Self.allocateSmall(size) else { Self.exhausted(size) }
    return block
  }

  private static func exhausted(_ bytes: Int) -> Never {
    if let tell = exhaustion.withLock({ $0 }) { tell(bytes) }
    fatalError("out of memory: \(bytes) bytes for a tensor")
  }

  package func give(_ block: Block) {
    state.withLock { state in
      state.inUse -= block.bytes
      state.kept += block.bytes
      if block.bytes >= Self.large {
        state.largeInUse -= block.bytes
        state.recent.append(block)
        state.recentBytes += block.bytes
        while state.recentBytes > recentLimit { Self.settleOldest(&state) }
      } else {
        state.small[block.bytes, default: []].append(block)
      }
    }
  }

  /// Large blocks are whole multiples of 16 KiB; small ones the smallest of 64 bytes x 2^n x {4, 5, 6, 7}/4.
  static func size(_ bytes: Int) -> Int {
    if bytes > large - granularity { return (bytes + granularity - 1) / granularity * granularity }
    var power = 64
    while power * 2 <= bytes { power *= 2 }
    if bytes <= power { return power }
    let step = max(power / 4, 64)
    return (bytes + step - 1) / step * step
  }

  private static func takeSmall(_ size: Int, _ state: inout State) -> Block? {
    guard let block = state.small[size]?.popLast() else { return nil }
    state.kept -= size
    return block
  }

  private static func allocateSmall(_ size: Int) -> Block? {
    var address: UnsafeMutableRawPointer?
    guard posix_memalign(&address, 64, size) == 0, let address else { return nil }
    return Block(address: address, bytes: size)
  }

  /// What was freed last of that size, or the first region that is large enough, whose rest stays free.
  private static func takeRegion(_ size: Int, _ state: inout State) -> Block? {
    if let index = state.recent.lastIndex(where: { $0.bytes == size }) {
      state.kept -= min(state.kept, size)
      state.recentBytes -= size
      return state.recent.remove(at: index)
    }
    func fitting() -> Int? { state.regions.firstIndex { $0.bytes >= size } }
    var found = fitting() ?? reserve(size, &state)
    if found == nil {
      // What waits for its own size may make room where it touches what is free.
      while !state.recent.isEmpty { settleOldest(&state) }
      found = fitting()
    }
    guard let index = found else { return nil }
    let region = state.regions[index]
    state.kept -= min(state.kept, size)
    if region.bytes == size {
      state.regions.remove(at: index)
    } else {
      state.regions[index].start += UInt(size)
      state.regions[index].bytes -= size
    }
    return Block(address: UnsafeMutableRawPointer(bitPattern: region.start)!, bytes: size)
  }

  private static func settleOldest(_ state: inout State) {
    let block = state.recent.removeFirst()
    state.recentBytes -= block.bytes
    giveRegion(block, &state)
  }

  private static func giveRegion(_ block: Block, _ state: inout State) {
    var region = Region(start: UInt(bitPattern: block.address), bytes: block.bytes)
    // The first region behind the block, by bisection.
    var (low, high) = (0, state.regions.count)
    while low < high {
      let middle = (low + high) / 2
      if state.regions[middle].start < region.start { low = middle + 1 } else { high = middle }
    }
    if low < state.regions.count, state.regions[low].start == region.end {
      region.bytes += state.regions[low].bytes
      state.regions.remove(at: low)
    }
    if low > 0, state.regions[low - 1].end == region.start {
      state.regions[low - 1].bytes += region.bytes
    } else {
      state.regions.insert(region, at: low)
    }
  }

  /// Adds a chunk of addresses without pages, smaller ones where the system gives no larger; its position among the
  /// regions, or nil where there is none for so many bytes.
  private static func reserve(_ size: Int, _ state: inout State) -> Int? {
    var bytes = max(chunk, size)
    while true {
      // A page that is never used keeps neighbouring chunks apart.
      let address = mmap(
        nil, bytes + granularity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if let address, address != MAP_FAILED {
        madvise(address, bytes, MADV_HUGEPAGE)
        state.reserved += bytes
        let region = Region(start: UInt(bitPattern: address), bytes: bytes)
        let index = state.regions.firstIndex { $0.start > region.start } ?? state.regions.count
        state.regions.insert(region, at: index)
        return index
      }
      guard bytes > size else { return nil }
      bytes = max(size, bytes / 2 / granularity * granularity)
    }
  }
}
