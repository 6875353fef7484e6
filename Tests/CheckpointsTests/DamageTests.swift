import Checkpoints
import Tensors
import Testing

/// Damaged files give an error or some tensors, never a crash, a long wait or more memory than they have bytes.
@Suite struct DamageTests {
  /// Opens and decodes everything; returns whether the file was accepted.
  private func survives(_ bytes: [UInt8], _ file: String) -> Bool {
    do {
      let checkpoint = try Checkpoint.read(bytes, file: file)
      for name in checkpoint.names {
        let count = try checkpoint.tensor(name).count
        #expect(count <= max(bytes.count, 1 << 22), "\(file) \(name)")
        if checkpoint[name]?.elementType.isInteger == true {
          #expect(try checkpoint.integers(name).count == count)
        }
      }
      for entry in checkpoint.topLevel { #expect(entry.description.utf8.count < 2000) }
      return true
    } catch {
      let text = "\(error)"
      #expect(text.hasPrefix(file) && text.utf8.count < 4000 && !text.contains { $0.isNewline }, "\(text)")
      return false
    }
  }

  @Test(arguments: Fixtures.readable)
  func truncatedFilesAreRefused(file: String) throws {
    let bytes = try Fixtures.bytes(file)
    let lengths = stride(from: 0, to: bytes.count, by: max(1, bytes.count / 70))
    let accepted = lengths.filter { survives(Array(bytes[..<$0]), file) }
    #expect(accepted.isEmpty)
    #expect(!survives(bytes.dropLast(), file))
  }

  @Test(arguments: Fixtures.readable)
  func alteredFilesAreSurvived(file: String) throws {
    let bytes = try Fixtures.bytes(file)
    var generator = SplitMix64(UInt64(bytes.count))
    var accepted = 0
    for _ in 0..<80 {
      var altered = bytes
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let position = Int.random(in: altered.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: altered[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: altered[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: altered[position] = [0, 0x7f, 0x80, 0xff][Int.random(in: 0..<4, using: &generator)]
        default:
          let other = Int.random(in: altered.indices, using: &generator)
          altered.swapAt(position, other)
        }
      }
      if survives(altered, file) { accepted += 1 }
    }
    // Most of a zip is padding and elements; a reader that refused everything would pass all the rest.
    if bytes.count > 2500 { #expect(accepted > 0) }
  }

  @Test(arguments: Fixtures.readable)
  func damagedStructureIsSurvived(file: String) throws {
    // Bytes inserted and removed, so that everything behind them shifts.
    let bytes = try Fixtures.bytes(file)
    var generator = SplitMix64(UInt64(bytes.count) &+ 7)
    for _ in 0..<40 {
      var altered = bytes
      let position = Int.random(in: altered.indices, using: &generator)
      let length = Int.random(in: 1...9, using: &generator)
      if Bool.random(using: &generator) {
        altered.removeSubrange(position..<min(position + length, altered.count))
      } else {
        let inserted = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        altered.insert(contentsOf: inserted, at: position)
      }
      _ = survives(altered, file)
    }
  }
}
