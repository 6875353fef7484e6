import Foundation
import Glibc
import Tensors

/// How much more memory this process may take, and what bounds it.
public struct AvailableMemory: Hashable, Sendable, CustomStringConvertible {
  /// Bytes beside what the process has already.
  public let bytes: Int

  /// What bounds it.
  public let bound: Bound

  /// What bounds the memory of a process.
  public enum Bound: String, Sendable {
    /// What the machine has free and can free, with its swap space.
    case machine = "free on this machine"
    /// A limit of the control group, as containers have.
    case controlGroup = "left of the control group's limit"
    /// `ulimit -v`.
    case addressSpace = "left of ulimit -v"
    /// `ulimit -d`.
    case dataSegment = "left of ulimit -d"
  }

  /// An amount of memory within a bound.
  public init(bytes: Int, bound: Bound) {
    self.bytes = bytes
    self.bound = bound
  }

  /// Such as `1.2 GiB are left of ulimit -v`.
  public var description: String { "\(byteCount(bytes)) are \(bound.rawValue)" }

  /// The tightest of all bounds at this moment; nil where the system tells none.
  ///
  /// What the tensors' pool has reserved or kept and does not use is available too.
  public static func now() -> AvailableMemory? {
    let pool = StoragePool.shared
    func limit(_ resource: __rlimit_resource) -> Int? {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max)
      else { return nil }
      return Int(limit.rlim_cur)
    }
    return read(
      root: "", addressLimit: limit(RLIMIT_AS).map { $0 - threads },
      dataLimit: limit(RLIMIT_DATA).map { $0 - threads }, kept: pool.bytesKept,
      reserved: pool.bytesReserved, pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The addresses that threads which are still to come take for their stacks.
  private static let threads = 96 << 20

  /// The tightest bound by the files of `/proc` and `/sys/fs/cgroup` below a folder.
  ///
  /// - Parameters:
  ///   - root: the folder.
  ///   - addressLimit: the most addresses, in bytes; nil for no limit.
  ///   - dataLimit: the most of writable memory, in bytes; nil for no limit.
  ///   - kept: bytes in memory that the process has and does not use.
  ///   - reserved: addresses that the process has and does not use.
  ///   - pageSize: bytes of a page.
  package static func read(
    root: String, addressLimit: Int? = nil, dataLimit: Int? = nil, kept: Int = 0, reserved: Int = 0,
    pageSize: Int = 4096
  ) -> AvailableMemory? {
    let files = SystemFiles(root: root)
    var bounds: [AvailableMemory] = []
    if let free = files.machine { bounds.append(.init(bytes: free + kept, bound: .machine)) }
    if let free = files.controlGroups.min() {
      bounds.append(.init(bytes: free + kept, bound: .controlGroup))
    }
    // Sizes in pages: all, resident, shared, text, none, data.
    let pages = files.numbers("/proc/self/statm")
    if let addressLimit, let all = pages.first {
      bounds.append(.init(bytes: addressLimit - all * pageSize + reserved, bound: .addressSpace))
    }
    if let dataLimit, pages.count > 5 {
      bounds.append(.init(bytes: dataLimit - pages[5] * pageSize + reserved, bound: .dataSegment))
    }
    return bounds.map { .init(bytes: max(0, $0.bytes), bound: $0.bound) }.min { $0.bytes < $1.bytes }
  }
}

/// What the system's own files tell of memory.
private struct SystemFiles {
  let root: String

  func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }

  func numbers(_ path: String) -> [Int] {
    text(path).map { $0.split(whereSeparator: \.isWhitespace).compactMap { Int($0) } } ?? []
  }

  /// A file's number of a name, such as `MemAvailable: 1234 kB` or `inactive_file 1234`.
  func number(_ name: String, in path: String) -> Int? {
    for line in (text(path) ?? "").split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == ":" || $0 == "\t" }
      if words.count > 1, words[0] == name { return Int(words[1]) }
    }
    return nil
  }

  /// What can be had without taking it from anybody, and the swap space.
  var machine: Int? {
    let path = "/proc/meminfo"
    return number("MemAvailable", in: path).map { ($0 + (number("SwapFree", in: path) ?? 0)) << 10 }
  }

  /// What every limit of the process' control groups, and of those above, leaves. What files are cached counts as free.
  var controlGroups: [Int] {
    var free: [Int] = []
    for line in (text("/proc/self/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[0] == "0" {
        for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
          free += limits(
            mount, String(fields[2]), limit: "memory.max", usage: "memory.current", prefix: "")
        }
      } else if fields[1].split(separator: ",").contains("memory") {
        free += limits(
          "/sys/fs/cgroup/memory", String(fields[2]), limit: "memory.limit_in_bytes",
          usage: "memory.usage_in_bytes", prefix: "total_")
      }
    }
    return free
  }

  private func limits(
    _ mount: String, _ group: String, limit: String, usage: String, prefix: String
  ) -> [Int] {
    var free: [Int] = []
    var names = group.split(separator: "/")
    while true {
      let folder = ([mount] + names.map(String.init)).joined(separator: "/")
      // Version 1 says no limit by a number that no machine has.
      if let limit = numbers("\(folder)/\(limit)").first, limit < 1 << 60,
        let usage = numbers("\(folder)/\(usage)").first
      {
        let cached = ["inactive_file", "active_file"].reduce(0) {
          $0 + (number(prefix + $1, in: "\(folder)/memory.stat") ?? 0)
        }
        free.append(limit - max(0, usage - cached))
      }
      guard !names.isEmpty else { return free }
      names.removeLast()
    }
  }
}

/// A number of bytes for people: `312 MiB`, `8.1 GiB`.
public func byteCount(_ bytes: Int) -> String {
  let mebibytes = Double(bytes) / Double(1 << 20)
  if mebibytes >= 1000 { return String(format: "%.1f GiB", mebibytes / 1024) }
  return mebibytes >= 1 || bytes == 0
    ? String(format: "%.0f MiB", mebibytes) : String(format: "%.0f KiB", max(1, mebibytes * 1024))
}
