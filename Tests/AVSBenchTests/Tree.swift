import AVSBench
import Foundation
import Media

/// A fresh folder in which tests build small data sets; it goes away with the value.
final class Tree {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("avsbench-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The absolute path of a file or folder, without symbolic links.
  func path(_ name: String = "") -> String {
    let root = url.resolvingSymlinksInPath().path
    return name.isEmpty ? root : "\(root)/\(name)"
  }

  func folder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// Writes text, such as a list of clips.
  func text(_ text: String, _ name: String) throws {
    try folder((name as NSString).deletingLastPathComponent)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }

  /// Writes a frame of one colour.
  func frame(_ name: String, level: UInt8 = 100, size: Int = 4) throws {
    try folder((name as NSString).deletingLastPathComponent)
    let pixels = [UInt8](repeating: level, count: size * size * 3)
    try RGBImage(width: size, height: size, pixels: pixels).writePNG(to: path(name))
  }

  /// Writes a mask whose first pixel is set.
  func mask(_ name: String, level: UInt8 = 255) throws {
    try folder((name as NSString).deletingLastPathComponent)
    let pixels = [level] + [UInt8](repeating: 0, count: 15)
    try GrayImage(width: 4, height: 4, pixels: pixels).writePNG(to: path(name))
  }

  /// Copies a file that `make_layouts.py` made.
  func copy(_ fixture: String, _ name: String) throws {
    try folder((name as NSString).deletingLastPathComponent)
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures")
    try FileManager.default.copyItem(
      atPath: fixtures.appendingPathComponent(fixture).path, toPath: path(name))
  }

  /// Writes a tone.
  func sound(_ name: String, seconds: Double = 5) throws {
    try folder((name as NSString).deletingLastPathComponent)
    try writeWAV((0..<Int(seconds * 16_000)).map { Float($0 % 40) / 80 }, to: path(name))
  }

  /// Writes a clip of S4 into a root with frames 1 to 5 and as many masks as the split has.
  func singleSource(_ root: String, _ split: String, _ category: String, _ name: String) throws {
    for i in 1...5 {
      try frame("\(root)/visual_frames/\(split)/\(category)/\(name)/\(name)_\(i).png", level: UInt8(i))
    }
    for i in 1...(split == "train" ? 1 : 5) {
      try mask("\(root)/gt_masks/\(split)/\(category)/\(name)/\(name)_\(i).png")
    }
    try sound("\(root)/audio_wav/\(split)/\(category)/\(name).wav")
  }

  /// Writes a clip of MS3 into a root.
  func multipleSources(_ root: String, _ split: String, _ id: String) throws {
    for i in 1...5 {
      try frame("\(root)/visual_frames/\(id)/\(id).mp4_\(i).png", level: UInt8(i))
      try mask("\(root)/gt_masks/\(split)/\(id)/\(id)_\(i).png")
    }
    try sound("\(root)/audio_wav/\(split)/\(id).wav")
  }
}

/// The line that an error of this target or of `Media` describes itself with, without the folder of the tree.
func problem(in tree: Tree, _ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)".replacingOccurrences(of: tree.path() + "/", with: "")
  }
}

extension Dataset {
  /// The warnings without the folder of the tree.
  func warnings(in tree: Tree) -> [String] {
    warnings.map { $0.replacingOccurrences(of: tree.path() + "/", with: "") }
  }
}
