import Foundation
import Glibc

/// Numbers in a file that two processes have in their memory, so that a crash takes none of them along.
final class Counters {
  enum Name: Int, CaseIterable {
    /// One more than the case that is being read.
    case current
    case finished, accepted, refused
    case slow, fat, unclear
    /// Nanoseconds of processor time, and its case.
    case slowest, slowestCase
    /// Bytes allocated, and its case.
    case fattest, fattestCase
  }

  private let words: UnsafeMutablePointer<UInt64>
  private static let length = 4096

  /// Maps a file, which is made where there is none; without a path, memory of this process.
  init(_ path: String?) throws {
    var descriptor: Int32 = -1
    if let path {
      descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0, ftruncate(descriptor, off_t(Self.length)) == 0 else {
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
      }
    }
    defer { if descriptor >= 0 { close(descriptor) } }
    let flags = path == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
    guard let base = mmap(nil, Self.length, PROT_READ | PROT_WRITE, flags, descriptor, 0), base != MAP_FAILED
    else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    words = base.bindMemory(to: UInt64.self, capacity: Self.length / 8)
  }

  deinit { munmap(words, Self.length) }

  subscript(name: Name) -> Int {
    get { Int(words[name.rawValue]) }
    set { words[name.rawValue] = UInt64(newValue) }
  }
}
