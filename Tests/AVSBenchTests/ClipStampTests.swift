import AVSBench
import Foundation
import Glibc
import Media
import Synchronization
import Testing

/// What tells a clip's files from those that were read before.
@Suite final class ClipStampTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "stamp-\(UUID().uuidString)")

  private static let files = ["f/x_1.png", "f/x_2.png", "m/x_1.png", "m/x_2.png", "s.wav", "l.pkl"]

  init() throws {
    for name in ["f", "m"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    let picture = RGBImage(width: 8, height: 8, pixels: .init(repeating: 90, count: 3 * 64))
    for name in ["f/x_1.png", "f/x_2.png"] { try picture.writePNG(to: path(name)) }
    for name in ["m/x_1.png", "m/x_2.png"] {
      try GrayImage(Mask(width: 8, height: 8, values: .init(repeating: 1, count: 64))).writePNG(
        to: path(name))
    }
    try writeWAV([Float](repeating: 0.5, count: 2 * Waveform.sampleRate), to: path("s.wav"))
    try Data("no pickle".utf8).write(to: folder.appending(path: "l.pkl"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private var clip: Clip {
    Clip(
      id: "x", layout: .singleSource, framesFolder: path("f"), masksFolder: path("m"), audio: path("s.wav"),
      audioLogMel: path("l.pkl"))
  }

  @Test func contentsHaveTheStampOfTheirFiles() throws {
    let contents = try clip.load()
    #expect(try contents.stamp == clip.files().stamp())
    #expect(contents.replacing(frames: contents.frames).stamp == contents.stamp)
    try FileManager.default.removeItem(atPath: path("l.pkl"))
    #expect(try clip.files().stamp() != contents.stamp, "the log-mels are gone")
  }

  /// Other bytes of the same length with the times of those before, as `cp -p` and `touch -r` leave them.
  @Test(arguments: files) func aFileOfTheSameSizeAndTimeIsAnother(_ name: String) throws {
    let before = try clip.files().stamp()
    var status = stat()
    _ = stat(path(name), &status)
    // So that the system's clock has gone on since the file was written.
    usleep(30_000)
    let file = try FileHandle(forWritingTo: folder.appending(path: name))
    try file.seek(toOffset: UInt64(status.st_size / 2))
    try file.write(contentsOf: Data([7]))
    try file.close()
    #expect(utimensat(AT_FDCWD, path(name), [status.st_mtim, status.st_mtim], 0) == 0)
    #expect(try clip.files().stamp() != before)
  }

  /// Another file that was moved to the name, with size and time of the one before.
  @Test func aFileOfTheSameSizeAndTimeThatWasMovedThereIsAnother() throws {
    let before = try clip.files().stamp()
    var status = stat()
    _ = stat(path("m/x_1.png"), &status)
    try FileManager.default.copyItem(atPath: path("m/x_1.png"), toPath: path("other"))
    #expect(utimensat(AT_FDCWD, path("other"), [status.st_mtim, status.st_mtim], 0) == 0)
    #expect(rename(path("other"), path("m/x_1.png")) == 0)
    #expect(try clip.files().stamp() != before)
  }

  @Test func aLinkThatLeadsElsewhereIsAnotherFile() throws {
    try FileManager.default.moveItem(atPath: path("s.wav"), toPath: path("a.wav"))
    try FileManager.default.copyItem(atPath: path("a.wav"), toPath: path("b.wav"))
    try FileManager.default.createSymbolicLink(atPath: path("s.wav"), withDestinationPath: path("a.wav"))
    let before = try clip.files().stamp()
    try FileManager.default.removeItem(atPath: path("s.wav"))
    try FileManager.default.createSymbolicLink(atPath: path("s.wav"), withDestinationPath: path("b.wav"))
    #expect(try clip.files().stamp() != before)
  }

  /// A clip that somebody writes to while it is read is an error, not half of each.
  @Test func aFileThatChangesWhileItIsReadIsAnError() throws {
    let name = path("m/x_2.png")
    let writer = Writer(name, try Data(contentsOf: URL(filePath: name)))
    let limit = ContinuousClock.now + .seconds(20)
    var found: DatasetError?
    while found == nil, ContinuousClock.now < limit {
      do { _ = try clip.load() } catch let error as DatasetError { found = error }
    }
    writer.stop()
    #expect(found?.path == name && found?.problem.contains("changed while the clip was read") == true)
    #expect(try clip.load().frames.count == 2, "once nobody writes any more")
  }
}

/// Writes the same bytes over a file again and again.
private final class Writer: Sendable {
  private let isDone = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(_ path: String, _ bytes: Data) {
    Thread.detachNewThread { [self] in
      while !isDone.load(ordering: .relaxed) {
        let file = FileHandle(forWritingAtPath: path)
        try? file?.write(contentsOf: bytes)
        try? file?.close()
      }
      ended.signal()
    }
  }

  func stop() {
    isDone.store(true, ordering: .relaxed)
    ended.wait()
  }
}
