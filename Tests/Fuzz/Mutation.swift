import Tensors

/// The numbers of a case, the same on every run.
struct Generator: RandomNumberGenerator {
  private var numbers: SplitMix64

  /// Two cases of a seed have nothing to do with one another.
  init(seed: UInt64, number: Int) {
    var first = SplitMix64(seed)
    numbers = SplitMix64(first.next() ^ UInt64(number) &* 0xd134_2543_de82_ef95)
  }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}

/// Damages a file in a few places.
struct Mutation {
  private(set) var bytes: [UInt8]

  /// - Parameter other: A file whose pieces may be put into this one.
  init(_ sample: [UInt8], _ other: [UInt8], _ format: Format, _ generator: inout Generator) {
    bytes = sample
    // One in sixteen is whole, so that a reader that refuses everything is noticed.
    let count = generator.below(16) == 0 ? 0 : 1 + generator.below(generator.below(4) == 0 ? 24 : 4)
    for _ in 0..<count where !bytes.isEmpty { change(other, &generator) }
    if format == .png, generator.below(4) != 0 { mendChecksums() }
    if bytes.isEmpty { bytes = [0] }
  }

  private mutating func change(_ other: [UInt8], _ generator: inout Generator) {
    let place = position(&generator)
    switch generator.below(12) {
    case 0, 1: bytes[place] ^= 1 << UInt8(generator.below(8))
    case 2: bytes[place] = UInt8(generator.below(256))
    case 3, 4, 5: overwrite(at: place, &generator)
    case 6: bytes.removeSubrange(place..<min(place + 1 + generator.below(16), bytes.count))
    case 7:
      bytes.insert(contentsOf: (0...generator.below(16)).map { _ in UInt8(generator.below(256)) }, at: place)
    case 8:
      let end = min(place + 1 + generator.below(200), bytes.count)
      let piece = Array(bytes[place..<end])
      let times = generator.below(8) == 0 ? 300 : 1
      bytes.insert(contentsOf: (0..<times).flatMap { _ in piece }, at: position(&generator))
    case 9 where !other.isEmpty:
      let start = generator.below(other.count)
      let piece = other[start..<min(start + 1 + generator.below(300), other.count)]
      bytes.replaceSubrange(place..<min(place + piece.count, bytes.count), with: piece)
    case 10: bytes.swapAt(place, position(&generator))
    default: if generator.below(3) == 0 { bytes.removeLast(bytes.count - place) }
    }
  }

  /// Anywhere, but often in the first bytes and the last, where the structure of many formats is.
  private func position(_ generator: inout Generator) -> Int {
    let near = min(bytes.count, 300)
    return switch generator.below(4) {
    case 0: generator.below(max(near, 1))
    case 1: bytes.count - 1 - generator.below(max(near, 1))
    default: generator.below(max(bytes.count, 1))
    }
  }

  /// Numbers that lengths and offsets overflow at, of any size and byte order.
  private mutating func overwrite(at place: Int, _ generator: inout Generator) {
    let size = [1, 2, 4, 8][generator.below(4)]
    let top = UInt64(1) << UInt64(8 * size - 1)
    let numbers: [UInt64] = [
      0, 1, 2, .max, .max - 1, top, top - 1, top &+ 1, UInt64(bytes.count), UInt64(bytes.count) + 1,
      UInt64(place), 1 << 20, 1 << 31, 1 << 40, 0x10000,
    ]
    let number = numbers[generator.below(numbers.count)]
    let isBig = generator.below(2) == 0
    for i in 0..<size where place + i < bytes.count {
      bytes[place + i] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (isBig ? size - 1 - i : i)))
    }
  }

  /// Makes the chunks of a PNG file right again, so that what is in them is read.
  private mutating func mendChecksums() {
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { return }
      var crc: UInt32 = 0xffff_ffff
      for byte in bytes[place + 4..<place + 8 + length] {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      for i in 0..<4 { bytes[place + 8 + length + i] = UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * i)) }
      place += 12 + length
    }
  }
}
