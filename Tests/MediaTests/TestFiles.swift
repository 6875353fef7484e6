import Foundation
import Glibc
import Media

/// Fixture files by their path below `Fixtures`.
enum Fixture {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
      .path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func floats(_ name: String) throws -> [Float] {
    try bytes(name).withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// A fresh folder that goes away with the value that holds it.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file; an error is the system's own number, where Foundation says "unknown" for most.
  func write(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
    let (path, bytes) = (path(name), Array(bytes))
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw WritingFailed(path: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
      }
      guard count >= 0 || errno == EINTR else {
        throw WritingFailed(path: path, reason: String(cString: strerror(errno)))
      }
      written += max(count, 0)
    }
    return path
  }

  struct WritingFailed: Error {
    let path, reason: String
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}

/// The description of the ``MediaError`` that `body` throws, or nil if it throws none.
func problem(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? MediaError)?.problem ?? "another error: \(error)"
  }
}

func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Int {
  a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
}
