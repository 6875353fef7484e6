import Checkpoints
import Foundation
import TerminalUI

/// The form in which a figure is written.
enum FigureFormat {
  case svg
  /// By a program that is installed.
  case png(Renderer)

  /// The form that a file's name asks for. Throws ``CommandError``, before minutes of computing.
  init(path: String) throws {
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "svg": self = .svg
    case "png":
      guard let renderer = Renderer.installed else {
        throw CommandError(
          "\(TerminalText.escaped(path)): PNG needs one of \(Renderer.names) (apt install librsvg2-bin); SVG needs none"
        )
      }
      self = .png(renderer)
    default:
      throw CommandError("\(TerminalText.escaped(path)): expected a name that ends in .svg or .png")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw CommandError(
        "\(TerminalText.escaped(path)): \(TerminalText.escaped(folder)) is no folder to write to")
    }
  }

  /// Writes the figure, completely or not at all.
  func write(_ svg: String, to path: String) throws {
    do {
      let bytes =
        switch self {
        case .svg: Array(svg.utf8)
        case .png(let renderer): try renderer.render(svg)
        }
      try ReplacementFile.write(to: path) { (file) throws(CheckpointError) in try file.append(bytes) }
    } catch let error as CommandError {
      throw error
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CommandError("\(TerminalText.escaped(path)): cannot be written: \(error.localizedDescription)")
    }
  }
}

/// A program that draws SVG, at four pixels a point.
struct Renderer {
  private let program: String
  private let arguments: Arguments

  private typealias Arguments = @Sendable (_ svg: String, _ png: String) -> [String]

  private static let known: [(name: String, arguments: Arguments)] = [
    ("rsvg-convert", { ["--zoom", "3", "--output", $1, $0] }),
    ("inkscape", { ["--export-type=png", "--export-dpi=288", "--export-filename=\($1)", $0] }),
    ("magick", { ["-density", "288", $0, $1] }),
    ("convert", { ["-density", "288", $0, $1] }),
  ]

  static var names: String { known.map(\.name).joined(separator: ", ") }

  /// The first of the known ones in `PATH`.
  static var installed: Renderer? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for (name, arguments) in known {
      for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return Renderer(program: "\(folder)/\(name)", arguments: arguments)
      }
    }
    return nil
  }

  /// The PNG file of an SVG file.
  func render(_ svg: String) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "figure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, target) = (folder.appending(path: "figure.svg"), folder.appending(path: "figure.png"))
    try Data(svg.utf8).write(to: source)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments(source.path, target.path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let png = try? Data(contentsOf: target) else {
      throw CommandError(
        "\(program): failed to draw the figure (status \(process.terminationStatus)); .svg needs no program")
    }
    return [UInt8](png)
  }
}
