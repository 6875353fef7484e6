import Foundation
import Glibc

/// A program that a test starts, whose output and errors go to a file.
///
/// Foundation's `Process` is not used: with many of them at once it closes descriptors that meanwhile are other tests'.
public final class ChildProcess {
  /// How a program ended.
  public enum Ending: Equatable {
    case status(Int32)
    case signal(Int32)
  }

  private let name: String
  private let identifier: pid_t
  private let output: String
  private var ending: Ending?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: a path, or the name of one that stands beside the tests.
  ///   - environment: what the tests' own environment is changed by.
  ///   - folder: where it runs; without it, where the tests do.
  ///   - output: the path of a file that is made or emptied.
  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil,
    output: String
  ) throws {
    name = program
    self.output = output
    let path =
      program.contains("/")
      ? program
      : URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: program).path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Tests run in parallel: no process may hold another's terminal open.
    for descriptor in Int32(3)..<64 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var child = pid_t()
    // env becomes the program, in its folder: the C library's own way to change it is not visible from Swift.
    let arguments = ["env"] + (folder.map { ["--chdir", $0.path] } ?? []) + [path] + arguments
    let status = withStrings(arguments) { arguments in
      withStrings(variables.map { "\($0)=\($1)" }) {
        posix_spawn(&child, "/usr/bin/env", &actions, nil, arguments, $0)
      }
    }
    guard status == 0 else {
      throw PseudoTerminal.Failure(description: "\(path): \(String(cString: strerror(status)))")
    }
    identifier = child
  }

  deinit {
    if !hasEnded {
      kill(SIGKILL)
      wait()
    }
  }

  /// Whether it has ended.
  public var hasEnded: Bool {
    if ending == nil { note(WNOHANG) }
    return ending != nil
  }

  /// Sends a signal.
  public func kill(_ signal: Int32) {
    if !hasEnded { Glibc.kill(identifier, signal) }
  }

  /// Waits for its end.
  @discardableResult
  public func wait() -> Ending {
    while ending == nil { note(0) }
    return ending!
  }

  /// Waits for its end, which must be one of its own.
  public func status() throws -> Int32 {
    guard case .status(let status) = wait() else {
      throw PseudoTerminal.Failure(description: "\(name) was lost, \(wait()): \(text)")
    }
    return status
  }

  /// What it has written.
  public var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

  private func note(_ options: Int32) {
    var status: Int32 = 0
    guard waitpid(identifier, &status, options) == identifier else { return }
    ending = status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
  }
}
