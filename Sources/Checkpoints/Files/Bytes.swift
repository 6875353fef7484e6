/// A stretch of read-only memory and whoever keeps it alive: a file's contents or an array.
struct Bytes: @unchecked Sendable {
  /// The first byte; whoever reads from here calls ``fetch()`` before.
  let start: UnsafeRawPointer
  let count: Int
  let owner: any AnyObject & Sendable

  /// What reads the bytes when they are looked at; nil where they are there.
  let outline: FileOutline?

  init(
    start: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable, outline: FileOutline? = nil
  ) {
    self.start = start
    self.count = count
    self.owner = owner
    self.outline = outline
  }

  /// Sees to it that all bytes of the stretch are there.
  func fetch() { outline?.fetch(start, count) }

  /// A copy of `bytes` of its own.
  init(_ bytes: some Collection<UInt8>) {
    let block = OwnedBytes(bytes)
    self.init(start: UnsafeRawPointer(block.base), count: bytes.count, owner: block)
  }

  /// Memory of its own that `fill` writes all of.
  init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let block = OwnedBytes(count: count)
    fill(UnsafeMutableRawBufferPointer(start: block.base, count: count))
    self.init(start: UnsafeRawPointer(block.base), count: count, owner: block)
  }

  /// The part at `offset`, or nil where it would leave this stretch.
  func part(_ offset: Int, _ count: Int) -> Bytes? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    return Bytes(start: start + offset, count: count, owner: owner, outline: outline)
  }

  subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count, "offset \(offset) outside \(count) bytes")
    outline?.fetch(start + offset, 1)
    return withExtendedLifetime(owner) { start.load(fromByteOffset: offset, as: UInt8.self) }
  }

  /// A little-endian number at `offset`, which the caller knows to be inside.
  func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
    precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size, "offset outside \(count) bytes")
    outline?.fetch(start + offset, MemoryLayout<T>.size)
    return withExtendedLifetime(owner) {
      T(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }

  /// Whether the stretch begins with `prefix`.
  func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
  }

  /// A copy as an array.
  var array: [UInt8] {
    fetch()
    return withExtendedLifetime(owner) { Array(UnsafeRawBufferPointer(start: start, count: count)) }
  }

  /// The text that the bytes spell in UTF-8, or nil where they do not.
  var text: String? {
    fetch()
    return withExtendedLifetime(owner) {
      String(validating: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
  }
}

/// Memory that is not part of a file, such as an array that the pickle spelt as Latin-1 text.
private final class OwnedBytes: @unchecked Sendable {
  let base: UnsafeMutablePointer<UInt8>

  init(count: Int) {
    // Eight bytes of alignment, so that every element type may be read in place.
    base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 8)
      .bindMemory(to: UInt8.self, capacity: max(count, 1))
  }

  convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count)
    _ = UnsafeMutableBufferPointer(start: base, count: bytes.count).initialize(from: bytes)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
