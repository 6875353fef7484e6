import ArgumentParser
import Foundation
import TerminalUI

@main
struct C3NCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "c3n",
    abstract: "Explore, run and check C3N, the audio-visual segmentation network, on the CPU.",
    discussion: """
      Without a subcommand, `explore` runs; without a dataset, it opens the embedded clips.
      """,
    version: "0.1.0",
    subcommands: [
      Explore.self, Run.self, Evaluate.self, Train.self, TrainAudio.self, Verify.self, Bench.self,
      Weights.self,
      Doctor.self,
    ],
    defaultSubcommand: Explore.self)

  /// Runs the command on the process' first thread, where the screen's loop has to stay.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
      try StandardOutput.finish()
    } catch {
      let code = exitCode(for: error)
      guard code == .failure, !(error is ExitCode) else { exit(withError: error) }
      fflush(nil)
      // What a file holds may be part of the message: nothing of it may steer the terminal.
      let lines = "\(error)".split(separator: "\n", omittingEmptySubsequences: false)
      let text = lines.map { TerminalText.escaped(String($0)) }.joined(separator: "\n")
      FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
      exit(withError: ExitCode.failure)
    }
  }
}
