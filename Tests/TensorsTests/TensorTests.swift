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
    // A size that no other test uses, so that what happens to it is this test's doing.
    let shape: Shape = [3_333_331]
    let first = Tensor(zeros: shape).read { Int(bitPattern: $0) }
    let second = Tensor(zeros: shape)
    #expect(second.read { Int(bitPattern: $0) } == first, "the freed block was not reused")
    let third = Tensor(zeros: shape)
    #expect(third.read { Int(bitPattern: $0) } != first, "a block in use was given away")
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
}
