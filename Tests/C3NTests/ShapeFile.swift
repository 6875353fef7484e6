import C3N
import Foundation
import Layers
import Synchronization
import Tensors

/// What a variant asks a file of a role for: every key with its shape, told by the model itself.
final class Shapes: WeightSource {
  private let asked = Mutex<[(key: String, shape: Shape)]>([])

  /// Empty: nothing is unexpected.
  var keys: [String] { [] }

  func tensor(_ key: String, shape: Shape) -> Tensor { Tensor(zeros: shape) }

  func check(_ key: String, shape: Shape) { asked.withLock { $0.append((key, shape)) } }

  /// The keys below `root`, without it, in the model's order.
  static func of(_ variant: Variant, _ role: WeightFile.Role, below root: String = "") -> [(
    key: String, shape: Shape
  )] {
    let shapes = Shapes()
    _ = role.problems(of: shapes, in: variant)
    let prefix = root.isEmpty ? "" : root + "."
    return shapes.asked.withLock { $0 }.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.shape) }
  }
}

/// A source of keys and shapes, all zeros but for given values: a checkpoint that is too large to be made.
struct ShapeSource: WeightSource {
  var shapes: [String: Shape]
  var values: [String: Tensor] = [:]

  var keys: [String] { shapes.keys.sorted() }

  func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor {
    try check(key, shape: shape)
    return values[key] ?? Tensor(zeros: shape)
  }

  func check(_ key: String, shape: Shape) throws(WeightProblem) {
    guard let found = shapes[key] else { throw .missing(key: key, expected: shape) }
    guard found == shape else { throw .shape(key: key, found: found, expected: shape) }
  }
}

/// A PyTorch file (legacy format) whose tensors have any shape and repeat the one number that is stored.
enum ShapeFile {
  static func write(_ tensors: [(key: String, shape: Shape)], to path: String) throws {
    func int(_ value: Int) -> [UInt8] { [0x4a] + number(Int32(value)) }
    func text(_ text: String) -> [UInt8] { [0x58] + number(UInt32(text.utf8.count)) + text.utf8 }
    func tuple(_ values: [[UInt8]]) -> [UInt8] { [0x28] + values.joined() + [0x74] }
    func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    func pickle(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2e] }
    let storage =
      tuple([text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), int(1)]) + [0x51]
    var object: [UInt8] = [0x7d, 0x28]
    for (key, shape) in tensors {
      let extents = shape.extents
      object += text(key) + global("torch._utils", "_rebuild_tensor_v2")
      object += tuple([
        storage, int(0), tuple(extents.map(int)), tuple(extents.map { _ in int(0) }), [0x89], [0x4e],
      ])
      object += [0x52]
    }
    object += [0x75]
    let magic: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    let keys: [UInt8] = [0x5d, 0x28] + text("0") + [0x65]
    let file =
      pickle(magic) + pickle(int(1001)) + pickle([0x7d]) + pickle(object) + pickle(keys) + number(Int64(1))
      + number(Float(1).bitPattern)
    try Data(file).write(to: URL(fileURLWithPath: path))
  }

  private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
