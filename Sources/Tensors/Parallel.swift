import Dispatch
import Synchronization

/// Parallel loops over independent pieces of work.
///
/// Inside a loop BLAS runs on one thread per piece. Loops are never nested and only one thread of the
/// program computes at a time (the worker), so that two cores are never asked for more than two threads.
public enum Parallel {
  /// Runs `body` once for every index below `count`.
  public static func each(_ count: Int, _ body: (Int) -> Void) {
    let threads = min(BLAS.threads, count)
    guard threads > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    BLAS.withSingleThread {
      withoutActuallyEscaping(body) { body in
        let work = VouchedWork(body: body)
        let next = Atomic(0)
        // As many iterations as threads: the system would otherwise use all processors.
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            work.body(index)
          }
        }
      }
    }
  }

  /// Splits `0..<count` into contiguous ranges of at least `grain`, and runs `body` once for each.
  ///
  /// There are a few more ranges than threads, so that one interrupted thread does not hold up the rest.
  public static func ranges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    let threads = BLAS.threads
    let pieces = threads == 1 ? 1 : max(1, min(threads * 4, count / max(grain, 1)))
    guard pieces > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    each(pieces) { piece in
      body(count * piece / pieces..<count * (piece + 1) / pieces)
    }
  }
}

/// Carries a closure into concurrent iterations; whoever calls ``Parallel`` vouches that they do not collide.
private struct VouchedWork: @unchecked Sendable {
  let body: (Int) -> Void
}
