import AVSBench
import C3N
import Checkpoints
import Foundation
import Glibc
import Inference
import Results
import Tensors
import Testing

@Suite struct IdentityTests {
  private func write(_ path: String, _ values: [Float]) throws {
    try writeSafetensors([("x", Tensor(values, [values.count]))], to: path)
  }

  @Test func modelsAreToldApartByContents() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    try write(folder.file("a"), [1, 2])
    try write(folder.file("b"), [1, 2])
    try write(folder.file("c"), [1, 3])
    func identity(_ weights: String, reading: Bool = true) throws -> ModelIdentity? {
      try database.identity(
        of: ModelSpecification(
          variant: .pvtv2PANNs, weights: [folder.file(weights)], similarity: folder.file("a")),
        readingFiles: reading)?.model
    }
    #expect(try identity("b", reading: false) == nil)
    let a = try #require(try identity("a"))
    #expect(a.weights == [try Checkpoint.open(folder.file("a")).sha256()])
    #expect(a.similarity == a.weights[0])
    #expect(try identity("b") == a)
    #expect(try identity("c") != a)
    #expect(
      try identity("c", reading: false) == nil, "written a moment ago: its stamp may be another content's")
    Thread.sleep(forTimeInterval: 2.1)
    _ = try identity("c")
    #expect(try identity("c", reading: false) == identity("c"))
    // Another content of the same length under the same name.
    try write(folder.file("b"), [1, 3])
    #expect(try identity("b", reading: false) == nil)
    #expect(try identity("b") == identity("c"))
    let formula = try database.identity(of: ModelSpecification(variant: .pvtv2PANNs, weights: ["formula:3"]))
    #expect(
      formula?.model
        == ModelIdentity(variant: "pvtv2-panns", weights: ["formula:3"], similarity: "formula:3"))
  }

  /// As `cp -p` of another file over it, which leaves size and time of modification as they were, and the inode.
  private func overwrite(_ path: String, _ values: [Float]) throws {
    let before = try FileStamp(path)
    // So that the system's clock has gone on since the file was written.
    usleep(30_000)
    try write(path + ".other", values)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path + ".other"))
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.write(contentsOf: bytes)
    try file.close()
    let time = timespec(
      tv_sec: Int(before.modified / 1_000_000_000), tv_nsec: Int(before.modified % 1_000_000_000))
    #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    let after = try FileStamp(path)
    #expect(
      after.size == before.size && after.modified == before.modified && after.inode == before.inode)
  }

  /// Remembered digests are of the bytes, not of size and time of modification.
  @Test func anotherFileOfTheSameSizeAndTimeIsAnotherModel() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    try write(folder.file("w"), [1, 2])
    try write(folder.file("m"), [5])
    let model = ModelSpecification(
      variant: .pvtv2PANNs, weights: [folder.file("w")], similarity: folder.file("m"))
    Thread.sleep(forTimeInterval: 2.1)
    let before = try #require(try database.identity(of: model)?.model)
    #expect(try database.identity(of: model, readingFiles: false)?.model == before)
    try overwrite(folder.file("w"), [1, 3])
    #expect(try database.identity(of: model, readingFiles: false) == nil)
    let after = try #require(try database.identity(of: model)?.model)
    #expect(after.weights != before.weights && after.similarity == before.similarity)
    try overwrite(folder.file("m"), [6])
    #expect(try database.identity(of: model)?.model.similarity != before.similarity)
  }

  /// A loaded model's identity is that of what was loaded, and never that of what its path leads to now.
  @Test func aLoadedModelKeepsItsIdentity() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    let path = folder.file("w")
    let model = ModelSpecification(variant: .lite, weights: [path])
    try write(path, [1, 2])
    let digest = try Checkpoint.open(path).sha256()
    func identity(_ version: FileVersion) throws -> [String] {
      try database.identity(of: model, loadedFrom: ModelFiles(variant: .lite, weights: [version])).model
        .weights
    }
    // Loaded a moment after it was written: what was read is hashed.
    let young = try #require(try Checkpoint.open(path).version)
    try overwrite(path, [1, 3])
    #expect(try identity(young) == [digest])

    try overwrite(path, [1, 2])
    Thread.sleep(forTimeInterval: 2.1)
    let old = try #require(try Checkpoint.open(path).version)
    #expect(old.sha256 == nil, "its stamp tells")
    let unknown = FileVersion(path: path, stamp: old.stamp, sha256: nil)
    #expect(try identity(old) == [digest])
    try overwrite(path, [1, 3])
    #expect(try identity(old) == [digest], "remembered by the stamp")
    #expect(try identity(unknown) == [digest])

    // Nobody knows what it was.
    Thread.sleep(forTimeInterval: 2.1)
    let third = try #require(try Checkpoint.open(path).version)
    try overwrite(path, [1, 4])
    let error = try #require(throws: ResultsError.self) { try identity(third) }
    #expect(error.path == path && error.problem.contains("changed on disk since it was loaded"))
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: ResultsError.self) { try identity(third) }
  }

  @Test func aChangedFileOfAClipShows() throws {
    let folder = try TemporaryFolder()
    for name in ["f", "m"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["f/x_1.png", "f/x_2.png", "m/x_1.png", "s.wav", "other.wav"] {
      try Data(name.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    func files(sound: String = "s.wav") throws -> ClipFiles {
      try Clip(
        id: "x", layout: .singleSource, framesFolder: folder.file("f"), masksFolder: folder.file("m"),
        audio: folder.file(sound)
      ).files()
    }
    let stamp = try files().stamp()
    #expect(try files().stamp() == stamp)
    #expect(try files(sound: "other.wav").stamp() != stamp)
    try Data("longer than before".utf8).write(to: URL(fileURLWithPath: folder.file("m/x_1.png")))
    let changed = try files().stamp()
    #expect(changed != stamp)
    try FileManager.default.moveItem(atPath: folder.file("m/x_1.png"), toPath: folder.file("m/x_2.png"))
    #expect(try files().stamp() != changed)
    let gone = try files()
    try FileManager.default.removeItem(atPath: folder.file("f/x_2.png"))
    #expect(throws: DatasetError.self) { try gone.stamp() }
  }

  @Test func soundsAreSwappedBetweenCategories() throws {
    func clip(_ id: String, _ category: String?) -> Clip {
      Clip(id: id, category: category, layout: .singleSource, framesFolder: "/\(id)", audio: "/\(id).wav")
    }
    let clips = [clip("a", "dog"), clip("b", "dog"), clip("c", "cat"), clip("d", "owl")]
    #expect(try withSwappedSound(clips).map(\.audio) == ["/c.wav", "/c.wav", "/d.wav", "/a.wav"])
    #expect(try withSwappedSound(clips).map(\.id) == ["a", "b", "c", "d"])
    let nameless = ["a", "b", "c"].map { clip($0, nil) }
    #expect(try withSwappedSound(nameless).map(\.audio) == ["/b.wav", "/c.wav", "/a.wav"])
    #expect(throws: DatasetError.self) { try withSwappedSound([clip("a", "dog"), clip("b", "dog")]) }
    #expect(throws: DatasetError.self) { try withSwappedSound([clip("a", nil)]) }
    #expect(try withSwappedSound([]).isEmpty)
  }
}
