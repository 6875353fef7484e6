/// Writes pickles operation by operation, for files that Python would not write.
enum Pickle {
  static func file(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + Array(".".utf8) }

  static func text(_ text: String) -> [UInt8] {
    Array("X".utf8) + number(UInt32(text.utf8.count)) + text.utf8
  }

  static func bytes(_ bytes: [UInt8]) -> [UInt8] { Array("B".utf8) + number(UInt32(bytes.count)) + bytes }

  static func int(_ value: Int32) -> [UInt8] { Array("J".utf8) + number(value) }

  static func long(_ value: Int64) -> [UInt8] { [0x8a, 8] + number(value) }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func tuple(_ values: [[UInt8]]) -> [UInt8] { Array("(".utf8) + values.joined() + Array("t".utf8) }

  static func dict(_ items: [(String, [UInt8])]) -> [UInt8] {
    Array("}(".utf8) + items.flatMap { text($0.0) + $0.1 } + Array("u".utf8)
  }

  static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    function + tuple(arguments) + Array("R".utf8)
  }

  /// A NumPy array of float32 of one axis.
  static func array(_ values: [Float]) -> [UInt8] {
    array(
      shape: [int(Int32(values.count))], type: "f4", data: bytes(values.flatMap { number($0.bitPattern) }))
  }

  static func array(shape: [[UInt8]], type: String, data: [UInt8]) -> [UInt8] {
    let dtype =
      call(global("numpy", "dtype"), [text(type), [0x89], [0x88]])
      + tuple([int(3), text("<"), Array("N".utf8)]) + Array("b".utf8)
    return call(
      global("numpy.core.multiarray", "_reconstruct"), [global("numpy", "ndarray"), int(0), text("b")])
      + tuple([int(1), tuple(shape), dtype, [0x89], data]) + Array("b".utf8)
  }

  /// A PyTorch legacy file of one float32 storage with the key `0` around the pickle of its object.
  static func legacy(_ object: [UInt8], storage: [Float] = [1, 2, 3, 4]) -> [UInt8] {
    let magic: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    let keys = Array("](".utf8) + text("0") + Array("e".utf8)
    return file(magic) + file(int(1001)) + file(dict([])) + file(object) + file(keys)
      + number(Int64(storage.count)) + storage.flatMap { number($0.bitPattern) }
  }

  static func storage(type: String = "FloatStorage", count: [UInt8] = int(4)) -> [UInt8] {
    tuple([text("storage"), global("torch", type), text("0"), text("cpu"), count]) + Array("Q".utf8)
  }

  static func tensor(
    storage: [UInt8] = storage(), offset: [UInt8] = int(0), size: [[UInt8]], stride: [[UInt8]]
  ) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [storage, offset, tuple(size), tuple(stride), [0x89], Array("N".utf8)])
  }

  private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
