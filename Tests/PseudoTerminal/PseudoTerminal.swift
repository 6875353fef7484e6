import Foundation
import Glibc
import TerminalUI

/// A program on a pseudo-terminal, seen from the side where a terminal emulator sits.
public final class PseudoTerminal {
  private var side: Int32
  /// The program.
  public let process: pid_t
  /// A file in the program's folder.
  public let log: URL
  /// The terminal's modes before the program began.
  public let modesBefore: [UInt8]
  /// What has arrived since reading began.
  public private(set) var output: [UInt8] = []
  /// The program's home, and its working directory unless another was given; removed with it.
  public let folder: URL

  /// What did not happen.
  public struct Failure: Error, CustomStringConvertible {
    /// In words.
    public let description: String
  }

  /// Starts a program of this package as the leader of a session of its own on a new terminal.
  ///
  /// - Parameters:
  ///   - arguments: nil gives it the log's path.
  ///   - place: its working directory; nil for ``folder``.
  public init(
    program: String = "TerminalProbe", arguments: [String]? = nil, term: String = "xterm-256color",
    environment: [String: String] = ["LC_ALL": "C.UTF-8"], size: Size = Size(width: 80, height: 24),
    in place: URL? = nil
  ) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("probe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    log = folder.appendingPathComponent("log")
    // The C library's posix_openpt and ptsname are not visible from Swift; this is what they do on Linux.
    side = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: UInt32 = 0
    let lock: UInt = 0x4004_5431  // TIOCSPTLCK
    let getNumber: UInt = 0x8004_5430  // TIOCGPTN
    guard side >= 0, ioctl(side, lock, &locked) == 0, ioctl(side, getNumber, &number) == 0 else {
      throw Failure(description: "no pseudo-terminal")
    }
    let path = "/dev/pts/\(number)"
    Self.resize(side, to: size)
    modesBefore = Self.modes(side)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDWR, 0)
    }
    // Tests run in parallel: no process may hold another's terminal open.
    for descriptor in Int32(3)..<64 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent(program).path
    // setsid becomes the leader of a session, makes the terminal its own, and then becomes env, which becomes the program.
    let arguments =
      ["setsid", "-c", "env", "--chdir", (place ?? folder).path, program] + (arguments ?? [log.path])
    let variables = environment.merging([
      "TERM": term, "SWIFT_BACKTRACE": "enable=no", "HOME": folder.path,
    ]) { own, _ in own }
    var child = pid_t()
    let status = withStrings(arguments) { arguments in
      withStrings(variables.map { "\($0)=\($1)" }) {
        posix_spawn(&child, "/usr/bin/setsid", &actions, nil, arguments, $0)
      }
    }
    guard status == 0 else { throw Failure(description: "setsid: \(String(cString: strerror(status)))") }
    process = child
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    if side >= 0 { close(side) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The terminal's modes now.
  public var modes: [UInt8] { Self.modes(side) }
  /// ``output`` as text.
  public var text: String { String(decoding: output, as: UTF8.self) }

  /// Types text.
  public func type(_ text: String) {
    _ = text.withCString { write(side, $0, strlen($0)) }
  }

  /// Sets the line mode that shells set for themselves, in which Ctrl-S stops what is written and Ctrl-Q lets it go on.
  public func setLineMode() {
    var modes = termios()
    tcgetattr(side, &modes)
    modes.c_lflag |= tcflag_t(ICANON | ISIG | ECHO)
    modes.c_iflag |= tcflag_t(IXON | ICRNL)
    tcsetattr(side, TCSANOW, &modes)
  }

  /// Changes the window.
  public func resize(to size: Size) { Self.resize(side, to: size) }

  /// Closes the window.
  public func hangUp() {
    close(side)
    side = -1
  }

  /// Reads until the output since the last call contains a text.
  public func expect(_ wanted: String, within seconds: Int = 10) throws {
    let limit = ContinuousClock.now + .seconds(seconds)
    output = []
    while !text.contains(wanted) {
      guard ContinuousClock.now < limit else {
        throw Failure(description: "no \(wanted.debugDescription) in \(text.debugDescription)")
      }
      if !read(within: 200) && hasEnded {
        throw Failure(description: "ended without \(wanted): \(text.debugDescription)")
      }
    }
  }

  /// The bytes that arrive in a time; the first ones may take longer.
  public func bytes(within milliseconds: Int32, first: Int32 = 0) -> Int {
    output = []
    if first > 0 && !read(within: first) { return 0 }
    while read(within: milliseconds) {}
    return output.count
  }

  /// Reads what is left until the process has ended.
  ///
  /// - Returns: The exit status, or the negative number of the signal.
  public func end() throws -> Int32 {
    let limit = ContinuousClock.now + .seconds(10)
    output = []
    var status: Int32 = 0
    while true {
      if !read(within: 20) { usleep(2000) }
      // WNOWAIT leaves the process for deinit.
      var info = siginfo_t()
      if waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo == SIGCHLD {
        while read(within: 50) {}
        status = info._sifields._sigchld.si_status
        return info.si_code == Int32(CLD_EXITED) ? status : -status
      }
      guard ContinuousClock.now < limit else {
        throw Failure(description: "did not end: \(text.debugDescription)")
      }
    }
  }

  /// Whether the program has ended.
  public var hasEnded: Bool {
    var info = siginfo_t()
    return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
  }

  private func read(within milliseconds: Int32) -> Bool {
    var source = pollfd(fd: side, events: Int16(POLLIN), revents: 0)
    guard poll(&source, 1, milliseconds) > 0, Int32(source.revents) & POLLIN != 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(side, &buffer, buffer.count)
    guard count > 0 else { return false }
    output += buffer[..<count]
    return true
  }

  private static func resize(_ side: Int32, to size: Size) {
    var window = winsize()
    window.ws_row = UInt16(size.height)
    window.ws_col = UInt16(size.width)
    _ = ioctl(side, UInt(TIOCSWINSZ), &window)
  }

  private static func modes(_ side: Int32) -> [UInt8] {
    var modes = termios()
    tcgetattr(side, &modes)
    return withUnsafeBytes(of: &modes, Array.init)
  }
}

func withStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}
