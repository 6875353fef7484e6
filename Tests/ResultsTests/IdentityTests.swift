import AVSBench
import C3N
import Checkpoints
import Foundation
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
        readingFiles: reading)
    }
    #expect(try identity("b", reading: false) == nil)
    let a = try #require(try identity("a"))
    #expect(a.weights == [try Checkpoint.open(folder.file("a")).sha256()])
    #expect(a.similarity == a.weights[0])
    #expect(try identity("b") == a)
    #expect(try identity("c") != a)
    #expect(try identity("c", reading: false) == identity("c"))
    // Another content of the same length under the same name.
    try write(folder.file("b"), [1, 3])
    #expect(try identity("b", reading: false) == nil)
    #expect(try identity("b") == identity("c"))
    let formula = try database.identity(of: ModelSpecification(variant: .pvtv2PANNs, weights: ["formula:3"]))
    #expect(formula == ModelIdentity(variant: "pvtv2-panns", weights: ["formula:3"], similarity: "formula:3"))
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
    #expect(throws: ResultsError.self) { try gone.stamp() }
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
