import Foundation
import Testing

/// The files beside this one that `make_checkpoints.py` and `make_hdf5.py` made, and what is in them.
enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static func path(_ name: String) -> String { directory.appending(path: name).path }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path(name))))
  }

  struct File: Decodable, Sendable {
    let format: String
    let names: [String]
    let sha256: String
    let tensors: [String: Tensor]
  }

  struct Tensor: Decodable, Sendable {
    let type: String
    let shape: [Int]
    let values: [Value]
  }

  /// A float32; what JSON cannot spell is a text.
  struct Value: Decodable, Sendable {
    let float: Float

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        float = try #require(Float(text))
      } else {
        float = Float(try container.decode(Double.self))
      }
    }
  }

  static let expected: [String: File] = read("expected.json").merging(read("expected-hdf5.json")) { $1 }

  private static func read(_ name: String) -> [String: File] {
    do {
      return try JSONDecoder().decode([String: File].self, from: Data(bytes(name)))
    } catch {
      fatalError("\(name): \(error)")
    }
  }

  static let readable = expected.keys.sorted()
}

/// Runs `body` with the path of a fresh directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory)
}
