import Tensors

/// What a run took, part by part.
struct PartTimes {
  /// The parts in the order in which they came first.
  private(set) var parts: [String] = []
  private(set) var seconds: [String: Double] = [:]
  private(set) var multiplyAdds: [String: Int] = [:]
  private(set) var total = 0.0
  /// Processor time of all threads.
  private(set) var processor = 0.0

  /// Runs `body`, which is given a function that charges the time and work since the last call to a part.
  init(measuring body: ((String) -> Void) throws -> Void) rethrows {
    let begin = ContinuousClock.now
    let processorBegin = processSeconds()
    let work = Work()
    var last = begin
    var counted = 0
    var (parts, seconds, multiplyAdds) = ([String](), [String: Double](), [String: Int]())
    try work.count {
      try body { part in
        let (now, done) = (ContinuousClock.now, work.performed)
        if seconds[part] == nil { parts.append(part) }
        seconds[part, default: 0] += last.duration(to: now).seconds
        multiplyAdds[part, default: 0] += done - counted
        (last, counted) = (now, done)
      }
    }
    (self.parts, self.seconds, self.multiplyAdds) = (parts, seconds, multiplyAdds)
    total = begin.duration(to: .now).seconds
    processor = processSeconds() - processorBegin
  }
}

/// The middle value, or the mean of the two.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
