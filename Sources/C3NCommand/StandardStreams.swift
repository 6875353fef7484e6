import ArgumentParser
@preconcurrency import Glibc

/// The three descriptors that a program begins with.
enum StandardStreams {
  /// Prepares for streams that are closed or whose reader goes away.
  ///
  /// A closed descriptor becomes one of the null device, so that no file that is opened later takes its number; opened the wrong
  /// way round, so that reading from it and writing to it still fail. A write to a pipe that nobody reads fails instead of ending
  /// the process.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // Opening takes the lowest number that is free, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    // A handler, because programs that are started from here would inherit an ignored signal.
    if !SignalDisposition.isIgnored(SIGPIPE) { signal(SIGPIPE) { _ in } }
  }
}

/// What `print` writes to.
enum StandardOutput {
  /// Writes every line when it is printed, so that a long run whose output goes to a file can be followed there.
  static func writeLinesAtOnce() { setvbuf(stdout, nil, Int32(_IOLBF), 0) }

  /// Writes what is still buffered. What was printed and could not be written is an error; but a pipe that nobody reads, as behind
  /// `| head`, ends the program with the status of SIGPIPE (141) and without a word.
  ///
  /// Throws ``CommandError`` and `ExitCode`.
  static func finish() throws {
    let failed = fflush(stdout) != 0
    let number = errno
    guard failed || ferror(stdout) != 0 else { return }
    if hasNoReader { throw ExitCode(128 + SIGPIPE) }
    let reason = failed ? String(cString: strerror(number)) : "an earlier write failed"
    throw CommandError("standard output: cannot be written: \(reason)")
  }

  private static var hasNoReader: Bool {
    var status = stat()
    guard fstat(STDOUT_FILENO, &status) == 0, [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) else {
      return false
    }
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&output, 1, 0) > 0 && Int32(output.revents) & (POLLERR | POLLHUP) != 0
  }
}

/// Where errors, warnings and progress are told.
enum StandardError {
  /// Writes text. What cannot be written is lost: a terminal that is gone is no reason to end what is being done.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // Left non-blocking by another program; its reader has a second.
          var error = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
          if poll(&error, 1, 1000) <= 0 { return }
        } else if errno != EINTR {
          return
        }
      }
    }
  }
}
