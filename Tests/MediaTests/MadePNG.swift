/// The bytes of a PNG file of any colour type and depth, whose rows are stored uncompressed.
///
/// - Parameters:
///   - colour: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
///   - rows: the packed samples of each row, of 16 bits the upper byte first.
///   - chunks: chunks before the pixels, in order.
///   - behind: data behind the rows in the compressed stream.
func madePNG(
  width: Int, colour: UInt8, depth: UInt8, rows: [[UInt8]], chunks: [(name: String, bytes: [UInt8])] = [],
  behind: [UInt8] = []
) -> [UInt8] {
  let header = big(width) + big(rows.count) + [depth, colour, 0, 0, 0]
  let data = rows.flatMap { [0] + $0 } + behind
  var stream: [UInt8] = [0x78, 0x01]
  for start in stride(from: 0, to: data.count, by: 65535) {
    let end = min(start + 65535, data.count)
    let (low, high) = (UInt8((end - start) & 0xff), UInt8((end - start) >> 8))
    stream += [end == data.count ? 1 : 0, low, high, ~low, ~high] + data[start..<end]
  }
  var (a, b): (UInt32, UInt32) = (1, 0)
  for byte in data {
    a = (a + UInt32(byte)) % 65521
    b = (b + a) % 65521
  }
  stream += big(Int(b << 16 | a))
  let all = [("IHDR", header)] + chunks.map { ($0.name, $0.bytes) } + [("IDAT", stream), ("IEND", [])]
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + all.flatMap { chunk($0.0, $0.1) }
}

/// A chunk with its length and checksum.
func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
  let content = Array(name.utf8) + bytes
  var crc: UInt32 = 0xffff_ffff
  for byte in content {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
  }
  return big(bytes.count) + content + big(Int(~crc))
}

private func big(_ number: Int) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
}
