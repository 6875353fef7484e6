/// What was written within the last tenth of a second, and half as long before: who reads may come late.
struct ByteAllowance {
  private var written: [(time: ContinuousClock.Instant, bytes: Int)] = []

  /// The bytes of that time.
  mutating func used() -> Int {
    let begin = ContinuousClock.now - .milliseconds(150)
    written.removeAll { $0.time < begin }
    return written.reduce(0) { $0 + $1.bytes }
  }

  mutating func use(_ bytes: Int) {
    if bytes > 0 { written.append((.now, bytes)) }
  }
}
