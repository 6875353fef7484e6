import Foundation
import GRDB
import Results
import Testing

@Suite struct DamageTests {
  private func refusal(_ path: String) -> String? {
    do {
      _ = try ResultsDatabase(opening: path).results(for: Samples.key)
      return nil
    } catch {
      #expect(error is ResultsError)
      return "\(error)"
    }
  }

  private func expectLeftAlone(_ contents: Data, _ words: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("other.sqlite")
    try contents.write(to: URL(fileURLWithPath: path))
    let message = try #require(refusal(path))
    #expect(message.hasPrefix(path) && message.contains(words) && !message.contains("\n"), "\(message)")
    #expect(FileManager.default.contents(atPath: path) == contents)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["other.sqlite"])
  }

  @Test func whatIsNoDatabaseIsLeftAlone() throws {
    try expectLeftAlone(Data("id,category\n".utf8), "not a database of results")
    try expectLeftAlone(Data(repeating: 0xA5, count: 9000), "not a database of results")
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try DatabaseQueue(path: folder.file("x")).write { try $0.execute(sql: "CREATE TABLE clip (id INTEGER)") }
    try expectLeftAlone(
      try #require(FileManager.default.contents(atPath: folder.file("x"))), "of another program")
    try DatabaseQueue(path: folder.file("y")).writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA application_id = 7; PRAGMA user_version = 1")
    }
    try expectLeftAlone(
      try #require(FileManager.default.contents(atPath: folder.file("y"))), "of another program")
  }

  @Test func aNewerVersionIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r")
    try ResultsDatabase(opening: path).store(Samples.clip("/a"), for: Samples.key)
    try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 2") }
    #expect(try #require(refusal(path)).contains("results of version 2; expected 1"))
  }

  @Test func aDamagedPageIsSaidToBeOne() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r")
    for number in 0..<20 {
      try ResultsDatabase(opening: path).store(Samples.clip("/\(number)"), for: Samples.key)
    }
    var bytes = try #require(FileManager.default.contents(atPath: path))
    #expect(bytes.count > 40_960)
    bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0x5A, count: bytes.count - 4096))
    try bytes.write(to: URL(fileURLWithPath: path))
    let message = try #require(refusal(path))
    #expect(message.contains("damaged"), "\(message)")
    #expect(FileManager.default.contents(atPath: path) == bytes)
  }

  @Test func aCutCurveIsNotTaken() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r")
    try ResultsDatabase(opening: path).store(Samples.clip("/a"), for: Samples.key)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE frame SET f_curve = x'0102'") }
    #expect(try #require(refusal(path)).contains("an F curve of 2 bytes; expected 2040"))
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file("file")))
    #expect(try #require(refusal(folder.file("file/below/r"))).hasPrefix(folder.file("file/below")))
    #expect(refusal(folder.path) != nil)
  }
}
