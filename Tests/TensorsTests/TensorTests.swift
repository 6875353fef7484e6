import Foundation
import Tensors
import Testing

@Suite("Tensors")
struct TensorTests {
  @Test func copiesShareUntilWritten() {
    let a = Tensor([1, 2, 3], [3])
    var b = a
    b.write { $0[0] = 9 }
    #expect(a.values == [1, 2, 3])
    #expect(b.values == [9, 2, 3])
  }

  @Test func borrowedMemoryIsNeverWritten() {
    final class Owner {
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: 2)
      init() { memory.initialize(repeating: 5, count: 2) }
      deinit { memory.deallocate() }
    }
    let owner = Owner()
    var t = Tensor(borrowing: owner.memory, [2], keepingAlive: owner)
    t.write { $0[1] = 1 }
    #expect(owner.memory[1] == 5)
    #expect(t.values == [5, 1])
  }

  @Test func memoryReturnsToThePool() {
    // A pool of its own: other tests use the shared one meanwhile.
    let pool = StoragePool(recentLimit: 0)
    let first = pool.take(bytes: 13 << 20)
    let second = pool.take(bytes: 5 << 20)
    let third = pool.take(bytes: 7 << 20)
    #expect(pool.bytesInUse == 25 << 20)
    let start = first.address
    pool.give(first)
    pool.give(second)
    // Both freed blocks and nothing else make room for one that neither has room for.
    let joined = pool.take(bytes: 18 << 20)
    #expect(joined.address == start, "the freed blocks were not joined")
    let another = pool.take(bytes: 1 << 20)
    #expect(another.address > third.address, "a block in use was given away")
    let small = pool.take(bytes: 1000)
    pool.give(small)
    #expect(pool.take(bytes: 1010).address == small.address, "the freed small block was not reused")
    pool.give(joined)
    pool.trim()
    let again = pool.take(bytes: 18 << 20)
    #expect(again.address == start)
    #expect(again.address.load(as: UInt8.self) == 0, "trimmed pages come back empty")
    #expect(pool.bytesInUse == (18 + 7 + 1) << 20 + 1024 && pool.peakBytesInUse >= pool.bytesInUse)
  }

  @Test func whatWasFreedLastIsReusedFirst() {
    let pool = StoragePool(recentLimit: 8 << 20)
    let blocks = (0..<4).map { _ in pool.take(bytes: 2 << 20) }
    for block in blocks { pool.give(block) }
    #expect(pool.take(bytes: 2 << 20).address == blocks[3].address)
    // Too much is waiting now: the oldest settle, and make room at the lowest place.
    pool.give(pool.take(bytes: 7 << 20))
    #expect(pool.take(bytes: 4 << 20).address == blocks[0].address)
  }

  @Test func whatTheSystemDoesNotGiveIsTold() async {
    await #expect(processExitsWith: .exitCode(7)) {
      StoragePool.exhaustion.withLock { $0 = { exit($0 >= 1 << 60 ? 7 : 8) } }
      _ = StoragePool.shared.take(bytes: 1 << 60)
    }
  }

  /// Addresses are reserved in pieces that leave others theirs, and as small as it takes.
  @Test func limitedAddressesAreUsedToTheEnd() async {
    await #expect(processExitsWith: .exitCode(7)) {
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
      let bytes = rlim_t(Int(pages[0])! * sysconf(Int32(_SC_PAGESIZE)) + (512 << 20))
      var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
      guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(9) }
      StoragePool.exhaustion.withLock { $0 = { exit($0 == 300 << 20 ? 7 : 8) } }
      let pool = StoragePool(recentLimit: 0)
      let blocks = (0..<5).map { _ in pool.take(bytes: 60 << 20) }
      for block in blocks { block.address.storeBytes(of: 1, as: UInt8.self) }
      guard pool.bytesReserved < 64 << 20 else { exit(10) }
      _ = pool.take(bytes: 300 << 20)
    }
  }

  @Test func slicesAndConcatenates() {
    let t = Tensor((0..<12).map { Float($0) }, [3, 2, 2])
    #expect(t.slice(1..<3).values == [4, 5, 6, 7, 8, 9, 10, 11])
    #expect(Tensor.concatenate([t.slice(2..<3), t.slice(0..<1)]).shape == [2, 2, 2])
    #expect(Tensor.concatenate([t.slice(2..<3), t.slice(0..<1)]).values == [8, 9, 10, 11, 0, 1, 2, 3])
  }

  @Test func axesSwap() {
    let t = Tensor((0..<12).map { Float($0) }, [2, 2, 3])
    #expect(
      t.swappingInnerAxes(outer: 2, rows: 2, columns: 3).values == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
  }

  @Test(arguments: [false, true], [false, true])
  func productsAgreeWithTheirDefinition(transposeA: Bool, transposeB: Bool) {
    let (m, n, k) = (3, 4, 5)
    let a = (0..<m * k).map { Float($0 % 7) - 3 }
    let b = (0..<k * n).map { Float($0 % 5) - 2 }
    let pa = Tensor(a, transposeA ? [k, m] : [m, k])
    let pb = Tensor(b, transposeB ? [n, k] : [k, n])
    var expected: [Float] = []
    for i in 0..<m {
      for j in 0..<n {
        expected.append(
          (0..<k).reduce(0) {
            $0 + a[transposeA ? $1 * m + i : i * k + $1] * b[transposeB ? j * k + $1 : $1 * n + j]
          })
      }
    }
    var c = Tensor(repeating: 1, [m, n])
    c.write { c in
      read(pa, pb) { x, y in
        BLAS.multiply(
          m: m, n: n, k: k, alpha: 2, transposeA ? .transposed(x, m) : .plain(x, k),
          transposeB ? .transposed(y, k) : .plain(y, n), beta: 1, into: c, n)
      }
    }
    #expect(c.values == expected.map { 2 * $0 + 1 })
  }

  @Test func parallelRangesCoverEverythingOnce() {
    var hits = Tensor(zeros: [10_007])
    hits.write { hits in
      Parallel.ranges(10_007, grain: 100) { range in for i in range { hits[i] += 1 } }
    }
    #expect(hits.values.allSatisfy { $0 == 1 })
    Parallel.ranges(0, grain: 1) { _ in Issue.record("nothing to do") }
  }

  /// The pieces shrink, keep to whole multiples but for the last, and leave nothing out.
  @Test(arguments: [(980, 14, 14), (245, 14, 14), (62_720, 7, 14), (13, 14, 14), (1_000_003, 1, 1)])
  func sharesShrink(size: Int, least: Int, multiple: Int) {
    let shares = Parallel.shares(of: size, threads: 2, atLeast: least, multipleOf: multiple)
    #expect(shares.first!.lowerBound == 0 && shares.last!.upperBound == size)
    for (share, next) in zip(shares, shares.dropFirst()) {
      #expect(share.upperBound == next.lowerBound && share.count % multiple == 0)
      #expect(share.count >= min(least, size))
      if next != shares.last { #expect(share.count >= next.count) }
    }
    #expect(shares.allSatisfy { $0.count <= max(size / 4, least, multiple) + multiple })
    #expect(Parallel.shares(of: size, threads: 1, atLeast: least) == [0..<size])
  }
}
