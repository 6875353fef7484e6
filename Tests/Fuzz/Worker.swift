import AllocationCount
import Foundation
import Glibc
import Tensors

/// Reads cases one after another in this process and prints what is wrong with them.
struct Worker {
  private let options: Options
  private let counters: Counters
  private let samples: [(format: Format, files: [[UInt8]])]
  private let folder: URL
  private let reading: Reading

  /// What a file may allocate besides ten times its bytes: an image's pixels and its decoder have 64 MiB whatever the
  /// size of the file, and a mask is made of its pixels, an eighth as large, with what the decoder and the reader keep.
  private static let allowance = 80 << 20

  /// More than this of processor time is too much.
  private static let longest = 1_000_000_000

  init(_ options: Options, state: String?) throws {
    self.options = options
    counters = try Counters(state)
    samples = try options.formats.map { ($0, try $0.samples()) }
    folder = FileManager.default.temporaryDirectory.appending(path: "c3n-fuzz-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    reading = try Reading(in: folder)
  }

  func run() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for number in options.first..<options.first + options.cases {
      counters[.current] = number + 1
      try run(number)
      counters[.finished] += 1
    }
  }

  /// Runs one case and tells everything about it.
  func runOne(_ number: Int, keep: String?) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (format, bytes) = made(number)
    print("case \(number): \(format.rawValue), \(bytes.count) bytes")
    if let keep { try Data(bytes).write(to: URL(filePath: keep)) }
    let errors = try run(number)
    for error in errors { print(error.map { "refused: \($0)" } ?? "accepted") }
    print("\(counters[.slowest] / 1000) us, \(counters[.fattest]) bytes allocated")
  }

  private func made(_ number: Int) -> (Format, [UInt8]) {
    var generator = Generator(seed: options.seed, number: number)
    let (format, files) = samples[number % samples.count]
    let (sample, other) = (files[generator.below(files.count)], files[generator.below(files.count)])
    return (format, Mutation(sample, other, format, &generator).bytes)
  }

  @discardableResult
  private func run(_ number: Int) throws -> [(any Error)?] {
    let (format, bytes) = made(number)
    let paths = reading.paths(format)
    for path in paths { try Self.write(bytes, path) }

    let before = allocation_count_now()
    allocation_count_reset_peak()
    let start = clock_gettime_nsec()
    let errors = reading.read(format)
    let time = clock_gettime_nsec() - start
    let allocated = max(allocation_count_peak(), before) - before

    let accepted = errors.count { $0 == nil }
    counters[.accepted] += accepted > 0 ? 1 : 0
    counters[.refused] += accepted > 0 ? 0 : 1
    if time > counters[.slowest] { (counters[.slowest], counters[.slowestCase]) = (time, number) }
    if allocated > counters[.fattest] { (counters[.fattest], counters[.fattestCase]) = (allocated, number) }
    if options.judgesTimes, time > Self.longest {
      counters[.slow] += 1
      report("slow, \(time / 1_000_000) ms", number, format)
    }
    if allocated > 10 * bytes.count + Self.allowance {
      counters[.fat] += 1
      report("allocated \(allocated) bytes for a file of \(bytes.count)", number, format)
    }
    for error in errors.compactMap({ $0 }) {
      let text = "\(error)"
      guard !text.hasPrefix(folder.path) || text.utf8.count > 4096 else { continue }
      counters[.unclear] += 1
      report("an error that does not name the file: \(text.prefix(200).debugDescription)", number, format)
    }
    return errors
  }

  private func report(_ what: String, _ number: Int, _ format: Format) {
    print("\(format.rawValue): \(what): \(options.reproducing(number))")
    fflush(nil)
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
  }
}

/// The processor time of this process.
private func clock_gettime_nsec() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
