import Foundation

/// Clips read one after another on a thread of its own, a few ahead of whoever computes with them.
///
/// Each clip comes with its own error, in the order in which the clips were given. Letting go of the object ends the
/// reading after the clip at hand.
public final class ClipsAhead: Sendable {
  /// The number of clips.
  public let count: Int

  private let queue: Queue

  /// Begins reading.
  ///
  /// - Parameters:
  ///   - clips: what is read.
  ///   - ahead: the most clips that wait to be taken, with the one at hand; at least 1.
  public init(_ clips: [Clip], ahead: Int = 2) {
    precondition(ahead >= 1, "\(ahead) clips ahead, expected at least 1")
    count = clips.count
    let queue = Queue(limit: ahead)
    self.queue = queue
    let thread = Thread {
      for clip in clips {
        guard queue.waitForRoom() else { return }
        let start = ContinuousClock.now
        let contents = Result { try clip.load() }
        queue.append(contents, seconds: (ContinuousClock.now - start) / .seconds(1))
      }
    }
    thread.name = "c3n-reader"
    thread.start()
  }

  deinit { queue.close() }

  /// The next clip, as soon as it has been read. Throws what ``Clip/load()`` threw for it.
  public func next() throws -> ClipContents { try queue.next().get() }

  /// The seconds that reading took so far, and those of them that ``next()`` waited for.
  public var seconds: (reading: Double, waiting: Double) { queue.seconds }
}

/// What has been read and not been taken yet.
private final class Queue: @unchecked Sendable {
  private let limit: Int

  // Everything below is touched only under the condition's lock.
  private let condition = NSCondition()
  private var ready: [Result<ClipContents, any Error>] = []
  private var isClosed = false
  private var reading = 0.0
  private var waiting = 0.0

  init(limit: Int) { self.limit = limit }

  var seconds: (reading: Double, waiting: Double) { condition.withLock { (reading, waiting) } }

  /// Waits until another clip may be read; false once nobody takes them any more.
  func waitForRoom() -> Bool {
    condition.withLock {
      while ready.count >= limit, !isClosed { condition.wait() }
      return !isClosed
    }
  }

  func append(_ contents: Result<ClipContents, any Error>, seconds: Double) {
    condition.withLock {
      ready.append(contents)
      reading += seconds
      condition.broadcast()
    }
  }

  func next() -> Result<ClipContents, any Error> {
    condition.withLock {
      let start = ContinuousClock.now
      while ready.isEmpty { condition.wait() }
      waiting += (ContinuousClock.now - start) / .seconds(1)
      condition.broadcast()
      return ready.removeFirst()
    }
  }

  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }
}
