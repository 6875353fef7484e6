import ArgumentParser
import Foundation
import TerminalUI

/// `c3n import`: a video becomes a clip.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a clip of a video: the last frame of each second and its sound.",
    discussion: """
      Needs an installed ffmpeg. Writes a folder with NAME_1.png, NAME_2.png, ... and NAME.wav (16 kHz, mono), which \
      'c3n explore FOLDER' and 'c3n run FOLDER' read. AVSBench's clips have 5 seconds, those of its semantic part 10. A \
      video's name may begin with a dash. Nothing is ever overwritten.
      """)

  @Argument(help: ArgumentHelp("A video that ffmpeg reads.", valueName: "video"))
  var video: String

  @Option(help: ArgumentHelp("Where the clip begins.", valueName: "seconds"))
  var start = 0.0

  @Option(help: ArgumentHelp("How long it is: 1 to 60.", valueName: "seconds"))
  var seconds = 5

  @Option(help: ArgumentHelp("The clip's folder; without it, the video's name here.", valueName: "folder"))
  var output: String?

  func validate() throws {
    if !start.isFinite || start < 0 { throw ValidationError("--start \(start): expected a number from 0 on") }
    if !(1...60).contains(seconds) { throw ValidationError("--seconds \(seconds): expected 1 to 60") }
  }

  func run() throws {
    let stem = URL(fileURLWithPath: video).deletingPathExtension().lastPathComponent
    let folder = output ?? (start > 0 ? "\(stem)-\(start.formatted)s" : stem)
    let clip = VideoImport(video: video, start: start, seconds: seconds, folder: folder)
    let progress = Progress()
    progress.show("ffmpeg reads \(TerminalText.escaped(video))")
    defer { progress.clear() }
    try clip.run()
    progress.clear()
    print("\(TerminalText.escaped(folder)): \(seconds) frames and their sound; c3n explore reads it")
  }
}

extension Double {
  /// `12` or `12.5`.
  fileprivate var formatted: String { self == rounded() && self < 1e9 ? String(Int(self)) : String(self) }
}
