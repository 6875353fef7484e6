import Checkpoints
import Glibc

extension ClipFiles {
  /// The state of all files of the clip, as text, with the paths of its sound and log-mels: a change of any of them shows.
  ///
  /// Throws ``DatasetError`` for a file that is not there.
  public func stamp() throws -> String { try FileStates(of: self).text }
}

/// The states of a clip's files at one moment.
struct FileStates: Equatable {
  private let frames: [FileStamp]
  private let masks: [FileStamp?]
  private let sound: FileStamp
  private let logMel: FileStamp?
  private let files: ClipFiles

  init(of files: ClipFiles) throws {
    func stamp(_ path: String) throws -> FileStamp {
      do throws(CheckpointError) {
        return try FileStamp(path)
      } catch {
        throw DatasetError(path, error.problem)
      }
    }
    self.files = files
    frames = try files.frames.map(stamp)
    masks = try files.masks.map { try $0.map(stamp) }
    sound = try stamp(files.audio)
    logMel = try files.audioLogMel.map(stamp)
  }

  var text: String {
    let masks = masks.map { $0?.text ?? "-" }
    return
      (["frames"] + frames.map(\.text) + ["masks"] + masks + ["sound", sound.text, files.audio]
      + (logMel.map { ["log-mel", $0.text, files.audioLogMel!] } ?? [])).joined(separator: " ")
  }

  /// Reads a clip's files by `body`, which is given their state as text; they must not change meanwhile.
  ///
  /// Throws ``DatasetError`` for a file that does, and what `body` throws.
  static func reading<Result>(_ files: ClipFiles, _ body: (String) throws -> Result) throws -> Result {
    var before = try FileStates(of: files)
    // Files that were written a moment ago could be written again within the same tick of the system's clock.
    let age = before.age(at: FileStamp.now)
    if (0..<tick).contains(age) {
      usleep(UInt32((tick - age) / 1000 + 1))
      before = try FileStates(of: files)
    }
    let result = try body(before.text)
    let after = try FileStates(of: files)
    guard after == before else {
      throw DatasetError(
        after.difference(from: before),
        "changed while the clip was read; expected files that nobody is writing")
    }
    return result
  }

  /// The longest tick of Linux' clock, 10 ms, twice; in nanoseconds.
  private static let tick: Int64 = 20_000_000

  private var all: [(path: String, stamp: FileStamp?)] {
    Array(zip(files.frames, frames.map { $0 }))
      + zip(files.masks, masks).compactMap { path, stamp in path.map { ($0, stamp) } }
      + [(files.audio, sound)] + (files.audioLogMel.map { [($0, logMel)] } ?? [])
  }

  /// The nanoseconds since the latest change.
  private func age(at now: Int64) -> Int64 { now - (all.compactMap { $0.stamp?.changed }.max() ?? 0) }

  /// The first file that another state of the same files has differently.
  private func difference(from other: FileStates) -> String {
    zip(all, other.all).first { $0.stamp != $1.stamp }?.0.path ?? files.audio
  }
}
