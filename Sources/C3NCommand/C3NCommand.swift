import AVSBench
import ArgumentParser
import Checkpoints
import CursesTerminal
import Explorer
import Foundation
import Inference
import Media
import Tensors
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
      !name.hasPrefix("\(Session.embedded):"),
      !(commands + ["help"]).contains(name), !FileManager.default.fileExists(atPath: name)
    else { return }
    throw CommandError(
      "\(name): neither a command nor a folder; the commands are \(commands.joined(separator: ", ")); c3n --help tells more"
    )
  }

  /// Says that the system gives no more memory, and ends: a tensor cannot be without.
  private static func endWithoutMemory(_ bytes: Int) -> Never {
    CursesTerminal.giveBackAtOnce()
    let text =
      "Error: out of memory: wanted \(byteCount(bytes)) for a tensor beside the "
      + "\(byteCount(StoragePool.shared.bytesInUse)) in use; c3n doctor FOLDER tells what its clips take\n"
    _ = text.withCString { write(2, $0, strlen($0)) }
    _exit(1)
  }

  /// Calls `mallopt(M_ARENA_MAX, 1)`, which Swift's Glibc module does not declare. Source: mallopt(3).
  private static func limitAllocatorToOneArena() {
    typealias Option = @convention(c) (Int32, Int32) -> Int32
    let maximumOfArenas: Int32 = -8
    guard let address = dlsym(nil, "mallopt") else { return }
    _ = unsafeBitCast(address, to: Option.self)(maximumOfArenas, 1)
  }

  /// Runs the command on the process' first thread, where the screen's loop has to stay.
  static func main() {
    StandardStreams.prepare()
    StoragePool.exhaustion.withLock { $0 = endWithoutMemory }
    var addresses = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &addresses) == 0,
      addresses.rlim_cur < rlim_t(Int.max)
    {
      // Otherwise each thread reserves 64 MiB of addresses for small blocks, which ulimit -v counts.
      Self.limitAllocatorToOneArena()
    }
    do {
      try perform()
      try StandardOutput.finish()
    } catch {
      end(with: error)
    }
  }

  private static func perform() throws {
    do {
      let arguments = try DashedNames.rearranged(Array(CommandLine.arguments.dropFirst()))
      try expectCommandOrFolder(arguments.first)
      if try HelpTopics.print(arguments, commands: commands) { return try StandardOutput.finish() }
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch  where exitCode(for: error) == .success {
      // Help is output like any other.
      let text = fullMessage(for: error)
      if !text.isEmpty { print(text) }
    }
  }

  private static func end(with error: any Error) -> Never {
    if error is ExitCode {
      // The reason is told already, but not that it could not be written.
      do {
        try StandardOutput.finish()
      } catch {
        if error is CommandError { StandardError.write("Error: \(error)\n") }
      }
      exit(withError: error)
    }
    guard exitCode(for: error) == .failure else { exit(withError: error) }
    fflush(nil)
    // What a file holds may be part of the message: nothing of it may steer the terminal. Errors about files are one
    // line, so that a line feed in them is part of a name.
    let isOneLine = error is DatasetError || error is MediaError || error is CheckpointError
    let lines =
      isOneLine ? ["\(error)"[...]] : "\(error)".split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.map { TerminalText.escaped(String($0)) }.joined(separator: "\n")
    StandardError.write("Error: \(text)\n")
    exit(withError: ExitCode.failure)
  }
}
