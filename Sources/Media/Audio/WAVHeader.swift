/// Where a WAV file's samples are, by its own chunks.
///
/// libsndfile takes the length of the `data` chunk from the file's end where the header says more, silently. This tells
/// a length that is unknown from a file that was cut, and gives libsndfile a header that says what is there.
struct WAVHeader {
  /// What the header should say.
  private(set) var patches: [SoundSource.Patch] = []

  /// `600 of 1000 samples present` for a file that was cut; nil for a whole one.
  private(set) var truncation: String?

  /// Lengths from here on are not of a file of their size but of one whose writer did not know it: sox writes 0x7ffff000
  /// into a pipe, others 2^31 - 1, 2^31 or 2^32 - 1, perhaps less a header.
  private static let unknown = 0x7fff_0000

  private static let mostChunks = 1000

  /// Reads the chunks of a RIFF or RF64 file; of another kind nothing is known.
  ///
  /// Throws ``MediaError`` for a sound without end of chunks before it.
  init(_ file: RegularFile, _ path: String) throws {
    let start = try file.bytes(at: 0, count: 12)
    guard start.count == 12, start[8..<12].elementsEqual("WAVE".utf8),
      start[0..<4].elementsEqual("RIFF".utf8) || start[0..<4].elementsEqual("RF64".utf8)
    else { return }
    let is64 = start[0..<4].elementsEqual("RF64".utf8)
    var offset = 12
    var format: (blockLength: Int, unit: String)?
    /// The place and value of the length of the samples in a `ds64` chunk.
    var long: (offset: Int, length: Int)?
    var chunks = 0
    while offset + 8 <= file.size {
      chunks += 1
      guard chunks <= Self.mostChunks else {
        throw MediaError(path, "more than \(Self.mostChunks) chunks before the sound")
      }
      let header = try file.bytes(at: offset, count: 8 + 16)
      guard header.count >= 8 else { return }
      let length = Self.number(header[4..<8])
      let name = header[0..<4]
      if name.elementsEqual("fmt ".utf8), header.count == 24 {
        let isSampleBySample = [1, 3, 6, 7, 0xfffe].contains(Self.number(header[8..<10]))
        format = (max(Self.number(header[20..<22]), 1), isSampleBySample ? "samples" : "blocks")
      }
      if is64, name.elementsEqual("ds64".utf8), header.count == 24 {
        long = (offset + 16, Self.number(header[16..<24]))
      }
      if name.elementsEqual("data".utf8) {
        let present = file.size - offset - 8
        let isLong = is64 && length == 0xffff_ffff && long != nil
        let promised = isLong ? long!.length : length
        try take(
          promised, present, at: isLong ? long!.offset : offset + 4, width: isLong ? 8 : 4,
          followed: promised == 0 && Self.isChunk(in: file, at: offset + 8), format ?? (1, "bytes"))
        return
      }
      offset += 8 + length + length % 2
    }
  }

  /// Decides what a promised length means, for as many bytes to the end of the file.
  private mutating func take(
    _ promised: Int, _ present: Int, at offset: Int, width: Int, followed: Bool,
    _ format: (blockLength: Int, unit: String)
  ) throws {
    // A writer that could not go back left the 0 that it began with.
    let isUnknown = promised > present && promised >= Self.unknown || promised == 0 && !followed
    guard isUnknown || promised > present else { return }
    if !isUnknown {
      truncation =
        "\(present / format.blockLength) of \(promised / format.blockLength) \(format.unit) present"
    }
    // What does not fit into the field is what libsndfile finds by itself.
    guard width == 8 || present < 0xffff_ffff else { return }
    patches.append(
      SoundSource.Patch(
        offset: offset, bytes: (0..<width).map { UInt8(truncatingIfNeeded: present >> (8 * $0)) }))
  }

  /// Whether what begins there looks like a chunk that fits into the file.
  private static func isChunk(in file: RegularFile, at offset: Int) throws -> Bool {
    let header = try file.bytes(at: offset, count: 8)
    guard header.count == 8 else { return header.isEmpty }
    return header[0..<4].allSatisfy { (0x20...0x7e).contains($0) }
      && offset + 8 + number(header[4..<8]) <= file.size
  }

  /// A little-endian number; the largest there is where it does not fit.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(clamping: value)
  }
}
