import AVSBench
import ArgumentParser
import Checkpoints
import Explorer
import Foundation
import Media
import TerminalUI

@main
struct C3NCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "c3n",
    abstract: "Explore, run and check C3N, the audio-visual segmentation network, on the CPU.",
    discussion: """
      Without a subcommand, `explore` runs; without a dataset, it opens the embedded clips. `c3n help topics` lists the \
      articles of the manual, which `c3n help TOPIC` shows.
      """,
    version: "0.1.0",
    subcommands: [
      Explore.self, Run.self, DrawFigure.self, Evaluate.self, Train.self, TrainAudio.self, Verify.self,
      Bench.self, Weights.self, ComplexityReport.self, Doctor.self, Import.self,
    ],
    defaultSubcommand: Explore.self)

  private static let commands = configuration.subcommands.map { $0._commandName }

  /// Whatever is no command is the explorer's folder: who misspells a command is told of the commands, not of a folder.
  ///
  /// Throws ``CommandError`` for a name without slashes that is neither.
  private static func expectCommandOrFolder(_ name: String?) throws {
    guard let name, !name.hasPrefix("-"), !name.contains("/"), name != Session.embedded,
      !(commands + ["help"]).contains(name), !FileManager.default.fileExists(atPath: name)
    else { return }
    throw CommandError(
      "\(name): neither a command nor a folder; the commands are \(commands.joined(separator: ", ")); c3n --help tells more"
    )
  }

  /// Runs the command on the process' first thread, where the screen's loop has to stay.
  static func main() {
    do {
      let arguments = try DashedNames.rearranged(Array(CommandLine.arguments.dropFirst()))
      try expectCommandOrFolder(arguments.first)
      if try HelpTopics.print(arguments, commands: commands) { return try StandardOutput.finish() }
      var command = try parseAsRoot(arguments)
      try command.run()
      try StandardOutput.finish()
    } catch {
      let code = exitCode(for: error)
      guard code == .failure, !(error is ExitCode) else { exit(withError: error) }
      fflush(nil)
      // What a file holds may be part of the message: nothing of it may steer the terminal. Errors about files are one
      // line, so that a line feed in them is part of a name.
      let isOneLine = error is DatasetError || error is MediaError || error is CheckpointError
      let lines =
        isOneLine ? ["\(error)"[...]] : "\(error)".split(separator: "\n", omittingEmptySubsequences: false)
      let text = lines.map { TerminalText.escaped(String($0)) }.joined(separator: "\n")
      FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
      exit(withError: ExitCode.failure)
    }
  }
}
