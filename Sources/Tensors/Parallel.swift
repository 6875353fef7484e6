import CKernels
import Dispatch
import Synchronization

/// Parallel loops over independent pieces of work.
///
/// A loop inside a loop runs on the thread that it is on. Only one thread of the program computes at a time (the
/// worker), so that two cores are never asked for more than two threads.
public enum Parallel {
  /// The threads that a loop would get here: one inside of another loop.
  static var available: Int { c3n_inside_loop().pointee != 0 ? 1 : BLAS.threads }

  /// Runs `body` once for every index below `count`.
  public static func each(_ count: Int, _ body: (Int) -> Void) {
    let threads = min(available, count)
    guard threads > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let work = VouchedWork(body: body)
      let next = Atomic(0)
      // As many iterations as threads: the system would otherwise use all processors.
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        c3n_inside_loop().pointee = 1
        defer { c3n_inside_loop().pointee = 0 }
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          work.body(index)
        }
      }
    }
  }

  /// Splits `0..<count` into contiguous ranges of at least `grain`, and runs `body` once for each.
  ///
  /// There are a few more ranges than threads, so that one interrupted thread does not hold up the rest.
  public static func ranges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    let threads = available
    let pieces = threads == 1 ? 1 : max(1, min(threads * 4, count / max(grain, 1)))
    guard pieces > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    each(pieces) { piece in
      body(count * piece / pieces..<count * (piece + 1) / pieces)
    }
  }

  /// `0..<size` in at most `count` blocks, all but the last of whole multiples.
  static func blocks(of size: Int, count: Int, multipleOf multiple: Int) -> [Range<Int>] {
    let units = (size + multiple - 1) / multiple
    return (0..<count).map { block in
      units * block / count * multiple..<min(size, units * (block + 1) / count * multiple)
    }.filter { !$0.isEmpty }
  }
}

/// Carries a closure into concurrent iterations; whoever calls ``Parallel`` vouches that they do not collide.
private struct VouchedWork: @unchecked Sendable {
  let body: (Int) -> Void
}
