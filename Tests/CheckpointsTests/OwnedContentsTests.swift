import Checkpoints
import Foundation
import Glibc
import Tensors
import Testing

/// What was read belongs to the process: no later writer changes it, and no later shortening takes it away.
@Suite struct OwnedContentsTests {
  /// A tensor of many pages, all of one value.
  private static func write(_ value: Float, to path: String) throws {
    try writeSafetensors(
      [("a", Tensor(repeating: value, [256, 1024])), ("b", Tensor(repeating: value + 0.5, [300]))], to: path)
  }

  /// Writes a file's bytes over another's, in place: the same inode.
  private static func overwrite(_ path: String, with other: String) throws {
    // So that the system's clock has gone on since the file was written.
    usleep(30_000)
    let bytes = try Data(contentsOf: URL(filePath: other))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.write(contentsOf: bytes)
    try file.close()
  }

  @Test func aFileRewrittenInPlaceKeepsWhatWasRead() throws {
    try withTemporaryDirectory { directory in
      let (path, other) = (directory.appending(path: "a").path, directory.appending(path: "b").path)
      try Self.write(1, to: path)
      try Self.write(2, to: other)
      let checkpoint = try Checkpoint.open(path)
      let lent = try checkpoint.tensor("a")
      let digest = checkpoint.sha256()
      try Self.overwrite(path, with: other)
      #expect(lent.values.allSatisfy { $0 == 1 })
      #expect(try checkpoint.tensor("b").values == Array(repeating: 1.5, count: 300), "asked for afterwards")
      #expect(checkpoint.sha256() == digest)
      #expect(try Checkpoint.open(path).sha256() != digest)
    }
  }

  /// A mapping ends the process here (SIGBUS).
  @Test func aFileCutShortKeepsWhatWasRead() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try Self.write(1, to: path)
      let checkpoint = try Checkpoint.open(path)
      let lent = try checkpoint.tensor("a")
      #expect(truncate(path, 0) == 0)
      #expect(lent.values.allSatisfy { $0 == 1 })
      #expect(try checkpoint.tensor("b").values == Array(repeating: 1.5, count: 300))
      try FileManager.default.removeItem(atPath: path)
      #expect(lent.values.count == 256 * 1024)
    }
  }

  @Test func theVersionTellsWhatHasBecomeOfTheFile() throws {
    try withTemporaryDirectory { directory in
      let (path, other) = (directory.appending(path: "a").path, directory.appending(path: "b").path)
      let link = directory.appending(path: "link").path
      try Self.write(1, to: path)
      try Self.write(2, to: other)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      let version = try #require(try Checkpoint.open(path).version)
      let linked = try #require(try Checkpoint.open(link).version)
      #expect(version.change == nil && linked.change == nil)
      #expect(try version.sha256 == Checkpoint.open(path).sha256(), "written a moment ago: the stamp may lie")
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
      #expect(linked.change == .changed && version.change == nil, "a symbolic link that leads elsewhere")
      // With the times of the file before, as `cp -p` and `touch -r` leave them.
      let before = try FileStamp(path)
      try Self.overwrite(path, with: other)
      let time = timespec(
        tv_sec: Int(before.modified / 1_000_000_000), tv_nsec: Int(before.modified % 1_000_000_000))
      #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
      let after = try FileStamp(path)
      #expect(after.size == before.size && after.modified == before.modified && after.inode == before.inode)
      #expect(after != before && after.text != before.text)
      #expect(version.change == .changed)
      // Replaced by renaming: what has the name is another file.
      let renamed = try #require(try Checkpoint.open(path).version)
      try FileManager.default.removeItem(atPath: path)
      #expect(renamed.change == .gone("cannot be examined: No such file or directory"))
      try FileManager.default.moveItem(atPath: other, toPath: path)
      #expect(renamed.change == .changed)
    }
  }

  @Test func aStampIsSettledTwoSecondsAfterTheLastChange() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try Self.write(1, to: path)
      let stamp = try FileStamp(path)
      #expect(!stamp.isSettled(at: stamp.changed) && !stamp.isSettled(at: stamp.changed + 1_999_999_999))
      #expect(stamp.isSettled(at: stamp.changed + 2_000_000_000))
      #expect(!stamp.isSettled(at: stamp.changed - 3_000_000_000), "a clock that goes backwards")
    }
  }

  @Test func anOutlineTellsWhatTheFileTells() throws {
    for name in [
      "flat.safetensors", "flat-zip.pth", "module-legacy.pth", "views-legacy.pth", "gzip.h5", "plain.h5",
      "half.npy", "numpy-zip.pth", "zip64.pth", "panns-legacy.pth",
    ] {
      let (whole, outline) = (
        try Checkpoint.open(Fixtures.path(name)), try Checkpoint.outline(Fixtures.path(name))
      )
      #expect(outline.names == whole.names && outline.format == whole.format, "\(name)")
      #expect(outline.metadata == whole.metadata && outline.strippedPrefix == whole.strippedPrefix, "\(name)")
      #expect(outline.topLevel.map(\.description) == whole.topLevel.map(\.description), "\(name)")
      for tensor in whole.names {
        #expect(outline[tensor]?.shape == whole[tensor]?.shape, "\(name): \(tensor)")
        #expect(outline[tensor]?.elementType == whole[tensor]?.elementType, "\(name): \(tensor)")
      }
      #expect(outline.version == nil)
    }
  }

  @Test func anOutlineOfADamagedFileIsTheSameError() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      for name in ["flat.safetensors", "flat-zip.pth", "module-legacy.pth", "plain.h5"] {
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.path(name)))
        try bytes.prefix(bytes.count * 2 / 3).write(to: URL(filePath: path))
        let whole = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
        let outline = try #require(throws: CheckpointError.self) { try Checkpoint.outline(path) }
        #expect(outline.description == whole.description)
      }
    }
  }

  @Test func whatIsNoRegularFileIsRefused() throws {
    try withTemporaryDirectory { directory in
      let pipe = directory.appending(path: "pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      for (path, problem) in [
        (pipe, "not a regular file"), (directory.path, "a directory"),
        ("/proc/self/status", "empty (0 bytes)"),
        ("/dev/null", "not a regular file"),
      ] {
        let whole = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(whole.description.hasPrefix(path) && whole.problem.contains(problem), "\(whole)")
        let outline = try #require(throws: CheckpointError.self) { try Checkpoint.outline(path) }
        #expect(outline.description == whole.description)
        #expect(throws: CheckpointError.self) { try FileVersion.hashing(path) }
      }
    }
  }

  /// A file of holes, larger than any machine's memory: an error, no trap and no waiting.
  @Test func aFileLargerThanTheMemoryIsRefused() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try Self.write(1, to: path)
      try #require(truncate(path, 1 << 43) == 0)
      let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
      #expect(error.problem.contains("memory"), "\(error)")
      #expect(throws: CheckpointError.self) { try Checkpoint.outline(path) }
    }
  }

  // MARK: Giving back

  @Test func whatIsLentIsNotGivenBack() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try Self.write(1, to: path)
      let checkpoint = try Checkpoint.open(path)
      let lent = try checkpoint.tensor("a")
      checkpoint.release("a")
      #expect(lent.values.allSatisfy { $0 == 1 })
      checkpoint.releaseRest { _ in false }
      #expect(lent.values.allSatisfy { $0 == 1 })
      #expect(try checkpoint.tensor("a").values == lent.values, "lent once more")
    }
  }

  @Test func whatIsKeptIsThereAfterTheRestWasGivenBack() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try writeSafetensors(
        (0..<8).map { ("t\($0)", Tensor(repeating: Float($0), [64, 1000 + 7 * $0])) }, to: path)
      let checkpoint = try Checkpoint.open(path)
      checkpoint.releaseRest { ["t3", "t4", "t7"].contains($0) }
      for index in [3, 4, 7] {
        #expect(try checkpoint.tensor("t\(index)").values.allSatisfy { $0 == Float(index) })
      }
    }
  }

  /// It would read as zeros.
  @Test func whatWasGivenBackIsNeverReadAgain() async {
    await #expect(processExitsWith: .failure) {
      let path = NSTemporaryDirectory() + "given-back-\(UUID().uuidString)"
      try writeSafetensors([("a", Tensor(repeating: 1, [256, 1024]))], to: path)
      let checkpoint = try Checkpoint.open(path)
      try FileManager.default.removeItem(atPath: path)
      checkpoint.release("a")
      _ = try checkpoint.tensor("a")
    }
    await #expect(processExitsWith: .failure) {
      let path = NSTemporaryDirectory() + "given-back-\(UUID().uuidString)"
      try writeSafetensors([("a", Tensor(repeating: 1, [256, 1024]))], to: path)
      let checkpoint = try Checkpoint.open(path)
      try FileManager.default.removeItem(atPath: path)
      checkpoint.release("a")
      _ = checkpoint.sha256()
    }
  }

  /// Tensors of one storage, as tied weights: giving one back would take the others'.
  @Test func whatSharesItsBytesIsNotGivenBack() throws {
    try withTemporaryDirectory { directory in
      let count = 1 << 16
      let storage = Pickle.storage(count: Pickle.int(Int32(3 * count)))
      func view(_ first: Int, _ count: Int) -> [UInt8] {
        Pickle.tensor(
          storage: storage, offset: Pickle.int(Int32(first)), size: [Pickle.int(Int32(count))],
          stride: [Pickle.int(1)])
      }
      let file = Pickle.legacy(
        Pickle.dict([("a", view(0, count)), ("b", view(count - 1, count)), ("c", view(2 * count, count))]),
        storage: (0..<3 * count).map { Float($0) })
      let path = directory.appending(path: "tied.pth").path
      try Data(file).write(to: URL(filePath: path))
      let checkpoint = try Checkpoint.open(path)
      for name in checkpoint.names { checkpoint.release(name) }
      #expect(try checkpoint.tensor("a").values == (0..<count).map { Float($0) })
      #expect(try checkpoint.tensor("b").values == (0..<count).map { Float($0 + count - 1) })
    }
  }
}
