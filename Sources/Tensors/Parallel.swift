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

  /// Splits `0..<count` into contiguous ranges of at least `grain`, the last one of half of it, and runs `body` once for
  /// each.
  public static func ranges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard available > 1, count > grain else {
      if count > 0 { body(0..<count) }
      return
    }
    let pieces = shares(of: count, threads: available, atLeast: grain)
    each(pieces.count) { body(pieces[$0]) }
  }

  /// `0..<size` in contiguous ranges that shrink from a share of what is left for each thread to at least `least`, the
  /// last one to half of it, in whole multiples, so that threads that began late or were interrupted end together all the
  /// same.
  package static func shares(
    of size: Int, threads: Int, atLeast least: Int, multipleOf multiple: Int = 1
  ) -> [Range<Int>] {
    guard threads > 1 else { return [0..<size] }
    let smallest = max(max(least, size / (32 * threads)), multiple)
    var shares: [Range<Int>] = []
    var start = 0
    while start < size {
      let rest = size - start
      let share = max(smallest, rest / (2 * threads)) / multiple * multiple
      let end = rest - share < smallest / 2 ? size : start + share
      shares.append(start..<end)
      start = end
    }
    return shares
  }

  /// `0..<size` in at most `count` blocks, all but the last of whole multiples.
  static func blocks(of size: Int, count: Int, multipleOf multiple: Int) -> [Range<Int>] {
    let units = (size + multiple - 1) / multiple
    return (0..<count).map { block in
      units * block / count * multiple..<min(size, units * (block + 1) / count * multiple)
    }.filter { !$0.isEmpty }
  }
}
