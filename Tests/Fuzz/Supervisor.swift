import Foundation
import Glibc

/// Starts workers until all cases are read, and says which ones none of them survived.
struct Supervisor {
  private let options: Options

  /// A case that takes longer than this, on however busy a machine, does not end.
  private static let patience = 30.0

  init(_ options: Options) { self.options = options }

  /// Returns whether all is well.
  func run() throws -> Bool {
    let start = Date()
    let state = FileManager.default.temporaryDirectory.appending(path: "c3n-fuzz-\(getpid()).state").path
    defer { unlink(state) }
    let counters = try Counters(state)
    let end = options.first + options.cases
    var lost: [String] = []
    var next = options.first
    while next < end, lost.count < 100 {
      let how = try runWorker(from: next, count: end - next, state, counters)
      guard let how else { break }
      let number = counters[.current] - 1
      lost.append("\(how): \(options.reproducing(number))")
      print("\(options.formats[number % options.formats.count].rawValue): \(lost[lost.count - 1])")
      // The worker that was lost had no time to remove its folder.
      next = number + 1
    }
    let milliseconds = counters[.slowest] / 1_000_000
    print(
      """
      \(counters[.finished]) cases, seed \(options.seed), \(Int(Date().timeIntervalSince(start))) s: \
      \(counters[.accepted]) accepted, \(counters[.refused]) refused
      crashes and hangs \(lost.count), slow \(counters[.slow]), beyond 10 x file + 80 MiB \(counters[.fat]), \
      unclear errors \(counters[.unclear])
      slowest \(milliseconds) ms (case \(counters[.slowestCase])), \
      largest allocation \(counters[.fattest]) bytes (case \(counters[.fattestCase]))
      """)
    return lost.isEmpty && counters[.slow] + counters[.fat] + counters[.unclear] == 0
  }

  /// Returns how the worker was lost, or nil if it came to the end.
  private func runWorker(
    from first: Int, count: Int, _ state: String, _ counters: Counters
  ) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      [
        "--worker", state, "--first", "\(first)", "--cases", "\(count)", "--seed", "\(options.seed)",
        "--formats", options.formats.map(\.rawValue).joined(separator: ","),
      ] + (options.judgesTimes ? [] : ["--without-times"])
    fflush(nil)
    try process.run()
    var (seen, since) = (counters[.current], Date())
    while process.isRunning {
      usleep(50_000)
      if counters[.current] != seen { (seen, since) = (counters[.current], Date()) }
      if Date().timeIntervalSince(since) > Self.patience {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        remove(process.processIdentifier)
        return "hang"
      }
    }
    process.waitUntilExit()
    remove(process.processIdentifier)
    switch process.terminationReason {
    case .exit where process.terminationStatus == 0: return nil
    case .exit: return "exit code \(process.terminationStatus)"
    default: return "signal \(process.terminationStatus)"
    }
  }

  private func remove(_ worker: Int32) {
    try? FileManager.default.removeItem(
      at: FileManager.default.temporaryDirectory.appending(path: "c3n-fuzz-\(worker)"))
  }
}
