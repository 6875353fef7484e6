import Tensors
import Testing

@Suite struct TensorMemoryTests {
  private struct Inner: Sendable {
    let x: Tensor?
    let numbers: [Int]
  }

  private struct Outer: Sendable {
    let inner: [Inner?]
    let hidden: (any Sendable)?
  }

  @Test func findsTensorsHoweverDeep() {
    let a = Tensor(zeros: [2, 3])
    let b = Tensor(zeros: [5])
    #expect(tensorBytes(in: a) == 24 && tensorBytes(in: 7) == 0)
    let value = Outer(
      inner: [nil, Inner(x: a, numbers: [1, 2, 3]), Inner(x: nil, numbers: [])],
      hidden: Inner(x: b, numbers: []))
    #expect(tensorBytes(in: value) == 44)
  }

  @Test func sharedMemoryCountsOnce() {
    let a = Tensor(zeros: [4])
    var copy = a
    #expect(tensorBytes(in: [a, copy, a.reshaped([2, 2])]) == 16)
    copy.write { $0[0] = 1 }
    #expect(tensorBytes(in: [a, copy]) == 32)
  }
}
