import Foundation
import TerminalUI
import Testing

/// Compares a grid with a file in `Fixtures`; with `C3N_UPDATE_GOLDENS=1` in the environment writes the file.
func expectGolden(
  _ grid: CellGrid, _ name: String, file: String = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures")
  let place = folder.appendingPathComponent(name + ".golden")
  let found = grid.goldenText
  if ProcessInfo.processInfo.environment["C3N_UPDATE_GOLDENS"] == "1" {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(found.utf8).write(to: place, options: .atomic)
    return
  }
  let expected = (try? String(contentsOf: place, encoding: .utf8)) ?? ""
  guard found != expected else { return }
  let pairs = zip(found.split(separator: "\n"), expected.split(separator: "\n")).enumerated()
  let first = pairs.first { $0.element.0 != $0.element.1 }
  let place0 = first.map { "line \($0.offset + 1): found \($0.element.0), expected \($0.element.1)" }
  Issue.record(
    "\(name).golden: \(place0 ?? "different length"); C3N_UPDATE_GOLDENS=1 rewrites it",
    sourceLocation: sourceLocation)
}
