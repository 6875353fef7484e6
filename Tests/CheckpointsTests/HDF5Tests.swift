import Checkpoints
import Testing

/// What is particular to HDF5; that the numbers are h5py's is in ``ReadingTests``.
@Suite struct HDF5Tests {
  private func open(_ name: String) throws -> Checkpoint { try Checkpoint.open(Fixtures.path(name)) }

  private func refusal(_ bytes: [UInt8]) throws -> String {
    try #require(throws: CheckpointError.self) { try Checkpoint.read(bytes, file: "f") }.description
  }

  @Test func membersThatAreNoNumbersAreNamed() throws {
    let checkpoint = try open("several.h5")
    let unread = checkpoint.topLevel.filter { !$0.isStateDict }.map(\.description)
    #expect(
      unread == [
        "labels: dataset of elements that are no float and no signed integer, not read",
        "nothing: dataset of nothing, not read",
        "unsigned: dataset of elements that are no float and no signed integer, not read",
        "words: dataset of elements that are no float and no signed integer, not read",
      ])
    #expect(checkpoint.topLevel.first?.description == "group/inner/counts: dataset, tensor, I16 [4]")
    #expect(try checkpoint.integers("n07") == [7])
  }

  @Test func contiguousFloatsAreLentByTheFile() throws {
    #expect(try open("plain.h5")["similarity_matrix"]?.isLentByFile == true)
    #expect(try open("gzip.h5")["similarity_matrix"]?.isLentByFile == true)
    #expect(try open("big-float.h5")["similarity_matrix"]?.isLentByFile == false)
  }

  @Test(arguments: [
    ("latest-growing.h5", "in a new file version (index 4); write it with a fixed shape"),
    ("latest-dense.h5", "(a fractal heap); store the matrix in its own file"),
    ("scaled.h5", "the filter 6 scaleoffset, expected deflate (gzip), shuffle, lzf or fletcher32"),
  ])
  func whatIsNotReadIsNamed(file: String, problem: String) throws {
    let error = try #require(throws: CheckpointError.self) { try open(file) }
    #expect(error.description.hasPrefix(Fixtures.path(file) + ": HDF5 "))
    #expect(error.description.hasSuffix(problem), "\(error)")
  }

  @Test func truncationIsNamed() throws {
    let bytes = try Fixtures.bytes("plain.h5")
    #expect(
      try refusal(bytes.dropLast(9))
        == "f: HDF5 superblock: a file of 2168 bytes, 2159 are there; truncated or damaged")
  }

  @Test func noChunkIsThereTwice() throws {
    // [200, 2] in chunks of [1, 2], told to be of [2, 2].
    var bytes = try Fixtures.bytes("tall.h5")
    let extents: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0]
    let chunk = try #require(bytes.indices.first { bytes[$0...].starts(with: extents) })
    bytes[chunk] = 2
    #expect(
      try refusal(bytes)
        == "f: HDF5 object /similarity_matrix: 200 chunks of [2, 2], expected at most 100")
  }

  @Test func aSmallFileCannotAskForAllMemory() throws {
    // [7, 5] in chunks of [4, 2], of which one was written.
    var bytes = try Fixtures.bytes("filled.h5")
    let shape = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [7, 0, 0, 0, 0, 0, 0, 0, 5, 0]) })
    for axis in [shape, shape + 8] { bytes.replaceSubrange(axis + 2..<axis + 3, with: [1]) }
    let text = try refusal(bytes)
    #expect(text.hasPrefix("f: HDF5 object /similarity_matrix: unpacks to 17183015052 "), "\(text)")
    #expect(text.hasSuffix("from this file; refused"))
  }
}
