import CKernels

/// Parallel loops over independent pieces of work.
///
/// A loop inside a loop runs on the thread that it is on, and so does one that comes while another thread's runs: two
/// cores are never asked for more than two threads.
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
      var work = body
      withUnsafeMutablePointer(to: &work) { work in
        c3n_parallel(
          Int64(count), Int32(threads),
          { work, index in
            work!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(index))
          }, work)
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
