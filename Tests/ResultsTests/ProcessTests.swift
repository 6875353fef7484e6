import Foundation
import Glibc
import Results
import Testing

@Suite struct ProcessTests {
  private static let key = ResultKey(model: ModelIdentity(variant: "probe", weights: ["w"], similarity: "s"))

  private func probe(_ database: String, _ name: String, _ count: Int) throws -> (Process, FileHandle) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("ResultsProbe")
    process.arguments = [database, name, "\(count)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    return (process, output.fileHandleForReading)
  }

  @Test func twoProcessesShareAFileThatNeitherFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("c3n/r.sqlite")
    let processes = try ["a", "b", "c"].map { try probe(path, $0, 30) }
    for (process, output) in processes {
      _ = try output.readToEnd()
      process.waitUntilExit()
      try output.close()
      #expect(process.terminationStatus == 0)
    }
    #expect(try ResultsDatabase(opening: path).results(for: Self.key).count == 90)
  }

  @Test func aKilledProcessLosesNothingThatItStored() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("r.sqlite")
    let (process, output) = try probe(path, "a", 1_000_000)
    var said = Data()
    while said.count(where: { $0 == 10 }) < 25 { said += output.availableData }
    kill(process.processIdentifier, SIGKILL)
    said += try output.readToEnd() ?? Data()
    process.waitUntilExit()
    try output.close()
    #expect(process.terminationReason == .uncaughtSignal)
    let announced = said.count { $0 == 10 }
    let database = try ResultsDatabase(opening: path)
    let results = try database.results(for: Self.key)
    for number in 0..<announced { #expect(results["a/\(number)"] != nil) }
    // The next run goes on with the same file.
    let (next, rest) = try probe(path, "b", 3)
    _ = try rest.readToEnd()
    next.waitUntilExit()
    try rest.close()
    #expect(try database.results(for: Self.key).count == results.count + 3)
  }
}
