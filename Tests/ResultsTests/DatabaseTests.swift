import C3N
import Evaluation
import Foundation
import GRDB
import Inference
import Results
import Testing

@Suite struct DatabaseTests {
  @Test func whatIsStoredComesBackBitForBit() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("deep/below/results.sqlite")
    let (a, b) = (Samples.clip("/s4/a"), Samples.clip("/s4/b", scale: 0.1))
    try ResultsDatabase(opening: path).store(a, for: Samples.key)
    try ResultsDatabase(opening: path).store(b, for: Samples.key)
    let database = try ResultsDatabase(opening: path)
    #expect(try database.results(for: Samples.key) == ["/s4/a": a, "/s4/b": b])
    // Every protocol gives the same number from memory and from the database.
    let stored = try database.results(for: Samples.key)
    for batching in BatchProtocol.allCases {
      let memory = SplitScore([a, b].map { $0.score(id: "", category: nil) }, batching)
      let read = SplitScore(["/s4/a", "/s4/b"].map { stored[$0]!.score(id: "", category: nil) }, batching)
      #expect(memory == read)
    }
  }

  @Test func summariesSayTheSameInShort() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    let clip = Samples.clip("/s4/a")
    let silent = FinishedClip(
      framesFolder: "/s4/b", stamp: "9", frames: [.init(index: 0, score: FrameScore(iou: 0.5, fCurve: nil))],
      seconds: 2)
    try database.store(clip, for: Samples.key)
    try database.store(silent, for: Samples.key)
    let summaries = try database.summaries(for: Samples.key)
    #expect(summaries.map(\.framesFolder) == ["/s4/a", "/s4/b"])
    #expect(summaries[0].iou == clip.score(id: "", category: nil).iou)
    #expect(summaries[0].f == clip.score(id: "", category: nil).f)
    #expect(summaries[0].stamp == "1:2" && summaries[0].seconds == 1.1)
    #expect(summaries[1].f == nil)
    #expect(summaries.allSatisfy { abs($0.finished!.timeIntervalSinceNow) < 3600 })
  }

  /// Results of a program that did not write the time down stay readable.
  @Test func withoutATimeOfItsOwn() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r")
    try ResultsDatabase(opening: path).store(Samples.clip("/s4/a"), for: Samples.key)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "DROP TABLE finished") }
    let database = try ResultsDatabase(opening: path)
    #expect(try database.summaries(for: Samples.key).map(\.finished) == [nil])
    try database.store(Samples.clip("/s4/a", stamp: "3:4"), for: Samples.key)
    #expect(try database.summaries(for: Samples.key)[0].finished != nil)
  }

  @Test func aLaterResultTakesThePlaceOfAnEarlierOne() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    let changed = Samples.clip("/s4/a", stamp: "3:4", scale: 0.5)
    try database.store(Samples.clip("/s4/a"), for: Samples.key)
    try database.store(changed, for: Samples.key)
    #expect(try database.results(for: Samples.key) == ["/s4/a": changed])
  }

  @Test func everyPartOfTheKeyCounts() throws {
    let model = ModelIdentity(variant: "pvtv2-panns", weights: ["abc", "def"], similarity: "123")
    func switched(_ change: (inout Switches) -> Void) -> ResultKey {
      var switches = Switches()
      change(&switches)
      return ResultKey(model: model, switches: switches)
    }
    func input(_ change: (inout InputConditions) -> Void) -> ResultKey {
      var input = InputConditions()
      change(&input)
      return ResultKey(model: model, input: input)
    }
    let keys = [
      ResultKey(model: model),
      ResultKey(model: ModelIdentity(variant: "lite", weights: ["abc", "def"], similarity: "123")),
      ResultKey(model: ModelIdentity(variant: "pvtv2-panns", weights: ["abc"], similarity: "123")),
      ResultKey(model: ModelIdentity(variant: "pvtv2-panns", weights: ["abc", "deg"], similarity: "123")),
      ResultKey(model: ModelIdentity(variant: "pvtv2-panns", weights: ["abc", "def"], similarity: "124")),
      switched { $0.alpha = 0.25 }, switched { $0.beta = 0.25 }, switched { $0.consensus = .visual },
      switched { $0.audioFeatures = false }, switched { $0.nonLocal = false },
      switched { $0.audioScores = .logits }, switched { $0.forcedLabel = 3 }, switched { $0.forcedLabel = 0 },
      input { $0.audioNoise = 10 }, input { $0.frameNoise = 10 }, input { $0.audioNoise = -10 },
      input {
        $0.audioNoise = 10
        $0.noiseSeed = 2
      },
      input { $0.sound = .muted }, input { $0.sound = .swapped },
    ]
    #expect(Set(keys).count == keys.count)
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    for (number, key) in keys.enumerated() {
      try database.store(Samples.clip("/s4/a", scale: 1 / Double(number + 1)), for: key)
    }
    for (number, key) in keys.enumerated() {
      #expect(try database.results(for: key)["/s4/a"] == Samples.clip("/s4/a", scale: 1 / Double(number + 1)))
    }
  }

  @Test func conditionsWithoutEffectDoNotCount() {
    func key(_ change: (inout InputConditions) -> Void) -> ResultKey {
      var input = InputConditions()
      change(&input)
      return ResultKey(model: Samples.key.model, input: input)
    }
    #expect(key { $0.noiseSeed = 7 } == key { _ in })
    let muted = key {
      $0.sound = .muted
      $0.audioNoise = 10
    }
    #expect(muted == key { $0.sound = .muted })
  }

  @Test func anOpenReaderSeesWhatIsStoredLater() throws {
    let folder = try TemporaryFolder()
    #expect(try ResultsDatabase.existing(folder.file("r")) == nil)
    #expect(!FileManager.default.fileExists(atPath: folder.file("r")))
    let writer = try ResultsDatabase(opening: folder.file("r"))
    let reader = try #require(try ResultsDatabase.existing(folder.file("r")))
    #expect(try reader.results(for: Samples.key).isEmpty)
    try writer.store(Samples.clip("/a"), for: Samples.key)
    #expect(try reader.results(for: Samples.key).count == 1)
  }

  @Test func aFileThatIsDeletedOrReplacedShows() throws {
    let folder = try TemporaryFolder()
    let database = try ResultsDatabase(opening: folder.file("r"))
    #expect(database.isInPlace && database.limitation == nil)
    try database.store(Samples.clip("/a"), for: Samples.key)
    unlink(folder.file("r"))
    #expect(!database.isInPlace)
    #expect {
      try database.store(Samples.clip("/b"), for: Samples.key)
    } throws: {
      "\($0)".contains("deleted or replaced")
    }
    let other = try ResultsDatabase(opening: folder.file("r"))
    #expect(!database.isInPlace && other.isInPlace)
    #expect(try other.results(for: Samples.key).isEmpty)
  }

  @Test func withoutAFileResultsAreInMemory() throws {
    let database = try ResultsDatabase(inMemoryInsteadOf: "/nowhere/r", because: "no place")
    #expect(database.limitation == "no place" && database.isInPlace)
    #expect(try database.results(for: Samples.key).isEmpty)
    #expect(throws: ResultsError(path: "/nowhere/r", problem: "no place")) {
      try database.store(Samples.clip("/a"), for: Samples.key)
    }
    do {
      _ = try ResultsDatabase(opening: "/dev/null/below/r")
      Issue.record("opened")
    } catch let error as ResultsError {
      #expect(error.cannotBeMade)
    }
  }

  /// SQLite would take it for the address of another file.
  @Test func anyNameIsAFilesName() throws {
    let folder = try TemporaryFolder()
    for name in ["file:r?mode=memory", "r?#%20"] {
      try ResultsDatabase(opening: folder.file(name)).store(Samples.clip("/a"), for: Samples.key)
      #expect(FileManager.default.fileExists(atPath: folder.file(name)))
    }
  }

  @Test func theStateDirectoryIsTheUsers() {
    #expect(
      ResultsDatabase.defaultPath(environment: ["XDG_STATE_HOME": "/x", "HOME": "/h"])
        == "/x/c3n/results.sqlite")
    #expect(
      ResultsDatabase.defaultPath(environment: ["HOME": "/h"]) == "/h/.local/state/c3n/results.sqlite")
    // The standard says that a relative path is to be ignored.
    #expect(
      ResultsDatabase.defaultPath(environment: ["XDG_STATE_HOME": "x", "HOME": "/h"])
        == "/h/.local/state/c3n/results.sqlite")
  }
}
