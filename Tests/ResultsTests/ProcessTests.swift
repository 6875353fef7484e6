import Foundation
import Glibc
import PseudoTerminal
import Results
import Testing

@Suite struct ProcessTests {
  private static let key = ResultKey(model: ModelIdentity(variant: "probe", weights: ["w"], similarity: "s"))

  private func probe(_ database: String, _ name: String, _ count: Int) throws -> ChildProcess {
    try ChildProcess("ResultsProbe", [database, name, "\(count)"], output: "\(database).\(name).txt")
  }

  @Test func twoProcessesShareAFileThatNeitherFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("c3n/r.sqlite")
    let processes = try ["a", "b", "c"].map {
      try ChildProcess("ResultsProbe", [path, $0, "30"], output: folder.file("\($0).txt"))
    }
    for process in processes { #expect(process.wait() == .status(0), "\(process.text)") }
    #expect(try ResultsDatabase(opening: path).results(for: Self.key).count == 90)
  }

  @Test func aKilledProcessLosesNothingThatItStored() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r.sqlite")
    let process = try probe(path, "a", 1_000_000)
    while !process.hasEnded, process.text.utf8.count(where: { $0 == 10 }) < 25 { usleep(1000) }
    process.kill(SIGKILL)
    #expect(process.wait() == .signal(SIGKILL))
    let announced = process.text.utf8.count { $0 == 10 }
    #expect(announced >= 25)
    let database = try ResultsDatabase(opening: path)
    let results = try database.results(for: Self.key)
    for number in 0..<announced { #expect(results["a/\(number)"] != nil) }
    // The next run goes on with the same file.
    #expect(try probe(path, "b", 3).wait() == .status(0))
    #expect(try database.results(for: Self.key).count == results.count + 3)
  }
}
