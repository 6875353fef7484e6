import Foundation
import Inference
import Media

/// Lets samples be heard through an installed player, one sound at a time.
///
/// The player is a child process with nothing of the terminal; only that child is ever ended.
final class SoundPlayer: @unchecked Sendable {
  // Everything below is touched on the queue alone.
  private let queue = DispatchQueue(label: "c3n-sound")
  private var child: (process: Process, file: String)?
  private let command: [String]?
  private let ended: @Sendable (Int, String?) -> Void

  /// Players and what they are called with before the file, the first installed one is taken.
  static let known: [(name: String, arguments: [String])] = [
    ("pw-play", []), ("paplay", []), ("aplay", ["-q"]),
    ("ffplay", ["-nodisp", "-autoexit", "-loglevel", "quiet"]), ("play", ["-q"]),
  ]

  /// - Parameters:
  ///   - command: a player and its arguments before the file; nil looks for one of ``known``.
  ///   - ended: told the number of a sound that has ended, and why it was not heard.
  init(command: [String]?, ended: @escaping @Sendable (Int, String?) -> Void) {
    self.command = command
    self.ended = ended
  }

  /// Plays samples at 16 kHz instead of what sounds.
  func play(_ samples: [Float], number: Int) {
    queue.async { self.start(samples, number) }
  }

  /// Ends what sounds.
  func stop() {
    queue.async { self.endChild() }
  }

  /// Ends what sounds, and returns once the player was told so.
  func end() {
    queue.sync { endChild() }
  }

  private func endChild() {
    guard let child else { return }
    // The terminal takes SIGTERM from a descriptor, so it is blocked, in children too.
    if child.process.isRunning { kill(child.process.processIdentifier, SIGKILL) }
    // The program may end before the player has.
    unlink(child.file)
    self.child = nil
  }

  private func start(_ samples: [Float], _ number: Int) {
    endChild()
    guard let command = command ?? Self.installed, let name = command.first else {
      let names = Self.known.map(\.name).joined(separator: ", ")
      return ended(number, "no player is installed; looked for \(names)")
    }
    guard let program = Executable.path(of: name) else {
      return ended(number, "no player \(name) is installed")
    }
    let file = FileManager.default.temporaryDirectory.path + "/c3n-\(UUID().uuidString).wav"
    do {
      try writeWAV(samples, to: file)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = command.dropFirst() + [file]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let beginning = ContinuousClock.now
      let duration = Double(samples.count) / Double(Waveform.sampleRate)
      process.terminationHandler = { [ended] process in
        unlink(file)
        guard process.terminationReason == .exit else { return ended(number, nil) }
        let seconds = beginning.duration(to: .now).seconds
        var problem: String?
        if process.terminationStatus != 0 {
          problem = "ended with status \(process.terminationStatus)"
        } else if seconds < duration / 2 {
          // ffplay is content without a sound device.
          problem = String(format: "ended after %.1f of %.1f s", seconds, duration)
        }
        ended(number, problem.map { "\(name) \($0): is there a sound device?" })
      }
      try process.run()
      child = (process, file)
    } catch {
      unlink(file)
      ended(number, "\(name) cannot be started: \(error.localizedDescription)")
    }
  }

  private static var installed: [String]? {
    known.first { Executable.path(of: $0.name) != nil }.map { [$0.name] + $0.arguments }
  }
}

/// Programs on the search path.
enum Executable {
  /// The path of a program; nil where it is not installed.
  static func path(of name: String, searching path: String? = ProcessInfo.processInfo.environment["PATH"])
    -> String?
  {
    if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
    return (path ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 }
  }
}
