import Glibc
import Synchronization

/// All bytes of a file in memory of the process' own, as they were when they were read.
///
/// A mapping would show whatever somebody writes to the file later (also a private one, in the pages that were not touched), and a
/// file that is cut short takes the pages, and with them the process, away. Here nothing depends on the file once it is
/// read.
///
/// Stretches that nobody needs any more can be given back. One that is lent stays; one that was given back is never read
/// again, which is a precondition.
final class FileContents: @unchecked Sendable {
  /// The file's state when it was read.
  let stamp: FileStamp

  /// Whether the stamp tells the bytes by itself; see ``FileStamp/isSettled(at:)``.
  let isSettled: Bool

  private let base: UnsafeMutableRawPointer
  private let count: Int
  private let state = Mutex(State())

  private struct State {
    /// Offsets that are lent, by the number of loans.
    var lent: [Range<Int>: Int] = [:]
    /// Offsets that were given back.
    var released: [Range<Int>] = []
  }

  private init(_ file: OpenFile, base: UnsafeMutableRawPointer) {
    stamp = file.stamp
    isSettled = file.isSettled
    count = file.count
    self.base = base
  }

  deinit { munmap(base, count) }

  /// Reads the regular, non-empty file at `path`.
  ///
  /// - Throws: ``CheckpointError`` for a file that changes while it is read or is larger than the memory that is left.
  static func read(_ path: String) throws(CheckpointError) -> Bytes {
    let file = try OpenFile(path)
    let base = try addresses(for: file, reservingOnly: false)
    let contents = FileContents(file, base: base)
    try file.read(UnsafeMutableRawBufferPointer(start: base, count: file.count), at: 0)
    try file.expectUnchanged()
    return Bytes(start: UnsafeRawPointer(base), count: file.count, owner: contents)
  }

  /// As many bytes of zeros as the file has; none of them take memory before they are touched.
  fileprivate static func addresses(
    for file: OpenFile, reservingOnly: Bool
  ) throws(CheckpointError) -> UnsafeMutableRawPointer {
    if !reservingOnly, file.count > 256 << 20, let available = availableMemory(), file.count > available {
      throw CheckpointError(
        file: file.path,
        problem: "needs \(file.count) bytes of memory to be read, expected at most the \(available) that are "
          + "left")
    }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | (reservingOnly ? MAP_NORESERVE : 0)
    guard let base = mmap(nil, file.count, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else {
      throw CheckpointError(
        file: file.path, problem: "no memory for its \(file.count) bytes: " + systemMessage())
    }
    if !reservingOnly { madvise(base, file.count, MADV_HUGEPAGE) }
    return base
  }

  // MARK: Lending and giving back

  /// Keeps the contents alive, and a stretch of them from being given back.
  final class Loan: Sendable {
    private let contents: FileContents
    private let offsets: Range<Int>

    fileprivate init(_ contents: FileContents, _ offsets: Range<Int>) {
      self.contents = contents
      self.offsets = offsets
      contents.state.withLock { $0.lent[offsets, default: 0] += 1 }
    }

    deinit {
      contents.state.withLock { state in
        let left = state.lent[offsets]! - 1
        state.lent[offsets] = left > 0 ? left : nil
      }
    }
  }

  /// Lends a stretch until the loan is let go.
  func lend(_ start: UnsafeRawPointer, _ count: Int) -> Loan {
    expectPresent(start, count)
    return Loan(self, offsets(start, count))
  }

  /// Traps where some of a stretch was given back: it would read as zeros.
  func expectPresent(_ start: UnsafeRawPointer, _ count: Int) {
    let wanted = offsets(start, count)
    let isPresent = state.withLock { state in !state.released.contains { $0.overlaps(wanted) } }
    precondition(isPresent, "bytes \(wanted) of a file's contents were given back and are read again")
  }

  /// Gives the whole pages of a stretch back to the system, unless some of it is lent.
  func release(_ start: UnsafeRawPointer, _ count: Int) {
    let asked = offsets(start, count)
    state.withLock { state in
      if !state.lent.keys.contains(where: { $0.overlaps(asked) }) { releasePages(asked, &state) }
    }
  }

  /// Gives back all whole pages but those of what is lent and of the addresses to be kept.
  func releaseRest(except kept: [Range<UInt>]) {
    let first = UInt(bitPattern: base)
    let kept = kept.map { Int($0.lowerBound - first)..<Int($0.upperBound - first) }
    state.withLock { state in
      var end = 0
      for stretch in (kept + state.lent.keys).sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if stretch.lowerBound > end { releasePages(end..<stretch.lowerBound, &state) }
        end = max(end, stretch.upperBound)
      }
      if end < count { releasePages(end..<count, &state) }
    }
  }

  private func releasePages(_ offsets: Range<Int>, _ state: inout State) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = (offsets.lowerBound + page - 1) / page * page
    // The last page of the file is ours to its end.
    let last =
      offsets.upperBound == count ? (count + page - 1) / page * page : offsets.upperBound / page * page
    guard first < last else { return }
    madvise(base + first, last - first, MADV_DONTNEED)
    state.released.append(first..<last)
  }

  private func offsets(_ start: UnsafeRawPointer, _ count: Int) -> Range<Int> {
    let first = start - UnsafeRawPointer(base)
    precondition(first >= 0 && count >= 0 && count <= self.count - first, "not a part of the file's contents")
    return first..<first + count
  }
}

/// A file of which only what is looked at is read: its structure, not its elements.
///
/// For whoever asks what a file is, without the time and the memory that all of it takes. One thread reads.
final class FileOutline: @unchecked Sendable {
  private let file: OpenFile
  private let base: UnsafeMutableRawPointer
  private var isPresent: [Bool]
  private var problem: CheckpointError?

  /// Bytes that are read together. A checkpoint of a thousand tensors is looked at in as many places.
  private static let piece = 1 << 14

  /// Opens a file; see ``FileContents/read(_:)``.
  init(_ path: String) throws(CheckpointError) {
    file = try OpenFile(path)
    base = try FileContents.addresses(for: file, reservingOnly: true)
    isPresent = Array(repeating: false, count: (file.count + Self.piece - 1) / Self.piece)
  }

  deinit { munmap(base, file.count) }

  /// The file's bytes, each of which is there once it is fetched.
  var bytes: Bytes { Bytes(start: UnsafeRawPointer(base), count: file.count, owner: self, outline: self) }

  /// Reads a stretch that is not there yet; a failure is kept for ``finish()``.
  func fetch(_ start: UnsafeRawPointer, _ count: Int) {
    guard count > 0, problem == nil else { return }
    let offset = start - UnsafeRawPointer(base)
    for index in offset / Self.piece...(offset + count - 1) / Self.piece where !isPresent[index] {
      let first = index * Self.piece
      let length = min(Self.piece, file.count - first)
      do throws(CheckpointError) {
        try file.read(UnsafeMutableRawBufferPointer(start: base + first, count: length), at: first)
        isPresent[index] = true
      } catch {
        problem = error
        return
      }
    }
  }

  /// Throws where something could not be read, or where the file has changed since it was opened.
  func finish() throws(CheckpointError) {
    if let problem { throw problem }
    try file.expectUnchanged()
  }
}

/// The memory that the system can still give, in bytes; nil where it does not tell. Source: proc(5), `MemAvailable` and `SwapFree`.
private func availableMemory() -> Int? {
  guard let file = fopen("/proc/meminfo", "re") else { return nil }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  var kilobytes: Int?
  while fgets(&line, Int32(line.count), file) != nil {
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace)
    guard fields.count >= 2, ["MemAvailable:", "SwapFree:"].contains(fields[0]), let value = Int(fields[1])
    else { continue }
    kilobytes = (kilobytes ?? 0) + value
  }
  return kilobytes.map { $0 * 1024 }
}
