import Foundation
import PseudoTerminal
import Testing

/// A few of the cases that `c3n-fuzz` makes; C3N_FUZZ_CASES and C3N_FUZZ_SEED take more or others.
@Suite struct FuzzTests {
  @Test func damagedFilesAreSurvived() throws {
    let environment = ProcessInfo.processInfo.environment
    let cases = environment["C3N_FUZZ_CASES"] ?? "3000"
    let (status, text) = try run([
      "--cases", cases, "--seed", environment["C3N_FUZZ_SEED"] ?? "1", "--without-times",
    ])
    #expect(status == 0, "\(text)")
    #expect(text.contains("\(cases) cases, seed"))
    // A reader that refused everything, or took everything, would prove nothing.
    let counts = text.split { !$0.isNumber }.compactMap { Int($0) }
    try #require(counts.count > 4)
    #expect(counts[3] > counts[0] / 10 && counts[4] > counts[0] / 10, "\(text)")
  }

  @Test func casesAreTheSameAgain() throws {
    let (_, once) = try run(["--seed", "7", "--case", "12"])
    let (_, again) = try run(["--seed", "7", "--case", "12"])
    let (_, other) = try run(["--seed", "7", "--case", "22"])
    #expect(once.split(separator: "\n").first == again.split(separator: "\n").first)
    #expect(once.hasPrefix("case 12: safetensors, "))
    #expect(once.split(separator: "\n")[0].dropFirst(8) != other.split(separator: "\n")[0].dropFirst(8))
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = try ChildProcess("c3n-fuzz", arguments, output: output)
    return (try process.status(), process.text)
  }
}
