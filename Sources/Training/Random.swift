import Glibc
import Tensors

/// ``SplitMix64`` for a place of a run.
///
/// Training keeps no generator's state. What is random at a place of a run is drawn from a generator made for that
/// place, so that a resumed run needs nothing but its counters.
package struct Random: RandomNumberGenerator {
  private var numbers: SplitMix64

  /// A generator for a place, such as seed, epoch and position in the epoch.
  package init(_ place: UInt64...) {
    var state: UInt64 = 0
    for number in place { state = SplitMix64.mixed(state &+ 0x9E37_79B9_7F4A_7C15 &+ number) }
    numbers = SplitMix64(state)
  }

  package mutating func next() -> UInt64 { numbers.next() }

  /// A number in [0, 1).
  mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }

  /// A number in a range.
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A number of the standard normal distribution (Box and Muller).
  mutating func normal() -> Float {
    let radius = (-2 * log(1 - Double(uniform()))).squareRoot()
    return Float(radius * cos(2 * .pi * Double(uniform())))
  }

  /// A number below `bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// 0 ..< count in random order (Fisher and Yates).
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    return order
  }
}
