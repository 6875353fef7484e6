import Foundation
import TerminalUI

/// Makes a clip's folder of a video by ffmpeg: everything under a temporary name, which is renamed at the end.
struct VideoImport {
  let video: String
  let start: Double
  let seconds: Int
  let folder: String

  /// Throws ``CommandError`` without ffmpeg, for a folder that is there, and for a video that cannot be read or is too
  /// short; nothing is left of it then.
  func run() throws {
    guard let program = Executable.path(of: "ffmpeg") else {
      throw CommandError("no ffmpeg on the search path; install it: sudo apt-get install ffmpeg")
    }
    let files = FileManager.default
    let target = URL(fileURLWithPath: folder).standardizedFileURL
    let source = URL(fileURLWithPath: video)
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: source.path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw problem("no such video")
    }
    guard !files.fileExists(atPath: target.path) else {
      throw CommandError("\(TerminalText.escaped(folder)): is there already; --output names another folder")
    }
    let parent = target.deletingLastPathComponent()
    try makeFolder(parent.path)
    let draft = parent.appendingPathComponent(".\(UUID().uuidString).partial")
    try makeFolder(draft.path)
    defer { try? files.removeItem(at: draft) }
    let log = draft.appendingPathComponent("log")
    let status = try call(program, source, in: draft, log)
    let name = target.lastPathComponent
    let complaint = try? String(contentsOf: log, encoding: .utf8).split(whereSeparator: \.isNewline).last
    guard status == 0 else {
      try expectStreams(program, source, in: draft)
      throw problem("ffmpeg cannot read it: \(complaint.map(String.init) ?? "status \(status)")")
    }
    try files.removeItem(at: log)
    try check(draft)
    for second in 1...seconds {
      try files.moveItem(
        at: draft.appendingPathComponent("\(second).png"),
        to: draft.appendingPathComponent("\(name)_\(second).png"))
    }
    try files.moveItem(
      at: draft.appendingPathComponent("sound.wav"), to: draft.appendingPathComponent("\(name).wav"))
    // Fails if something came to be there meanwhile, unless that is an empty folder.
    guard rename(draft.path, target.path) == 0 else {
      throw CommandError("\(TerminalText.escaped(folder)): \(String(cString: strerror(errno)))")
    }
  }

  /// One decoding for all files. Each frame's file is written over until its second ends, so that the second's last
  /// frame stays, whatever the video's rate.
  func arguments(_ source: URL) -> [String] {
    var arguments = [
      "-nostdin", "-v", "error", "-ss", "\(start)", "-t", "\(seconds)", "-i", "file:\(source.path)",
    ]
    for second in 1...seconds {
      arguments += ["-map", "0:v:0", "-ss", "\(second - 1)", "-t", "1", "-update", "1", "\(second).png"]
    }
    return arguments + ["-map", "0:a:0", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "sound.wav"]
  }

  /// Throws if ffmpeg can read the file and finds no picture or no sound in it; its own words about that are about its options.
  private func expectStreams(_ program: String, _ source: URL, in draft: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-nostdin", "-hide_banner", "-i", "file:\(source.path)"]
    process.currentDirectoryURL = draft
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let listing = Pipe()
    process.standardError = listing
    try process.run()
    let text = String(decoding: listing.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // `  Stream #0:1[0x2](und): Audio: aac ...`
    let streams = text.split(whereSeparator: \.isNewline).filter { $0.contains(/^\s*Stream #\d/) }
    guard !streams.isEmpty else { return }
    for (kind, name) in [("Video", "picture"), ("Audio", "sound")]
    where !streams.contains(where: { $0.contains(": \(kind): ") }) {
      throw problem("has no \(name) stream, expected a video with picture and sound")
    }
  }

  private func call(_ program: String, _ source: URL, in draft: URL, _ log: URL) throws -> Int32 {
    try Data().write(to: log)
    let errors = try FileHandle(forWritingTo: log)
    defer { try? errors.close() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments(source)
    process.currentDirectoryURL = draft
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    // Ctrl-C ends ffmpeg, and then this in the ordinary way, which leaves nothing behind.
    signal(SIGINT, SIG_IGN)
    let interrupt = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    let number = process.processIdentifier
    interrupt.setEventHandler { kill(number, SIGTERM) }
    interrupt.resume()
    process.waitUntilExit()
    interrupt.cancel()
    return process.terminationStatus
  }

  private func check(_ draft: URL) throws {
    func size(_ name: String) -> Int {
      let path = draft.appendingPathComponent(name).path
      return (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
    }
    let samples = max(0, size("sound.wav") - 44) / 2
    let pictures = (1...seconds).prefix { size("\($0).png") > 0 }.count
    // At least half of the time; what a recording lacks at its end is silence.
    let whole = min(pictures, samples * 2 / 16_000)
    guard whole < seconds else { return }
    let advice =
      whole > 0
      ? "--seconds \(whole) takes what is there" : start > 0 ? "--start begins earlier" : "it is too short"
    guard pictures == seconds else {
      throw problem(
        "no picture in second \(pictures + 1) after \(start) s, expected \(seconds) seconds; \(advice)")
    }
    let duration = (Double(samples) / 160).rounded() / 100
    throw problem("\(duration) s of sound after \(start) s, expected \(seconds); \(advice)")
  }

  private func problem(_ text: String) -> CommandError {
    CommandError("\(TerminalText.escaped(video)): \(TerminalText.escaped(text))")
  }
}
