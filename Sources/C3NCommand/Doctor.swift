import ArgumentParser
import AVSBench
import C3N
import Foundation
import Inference
import Media
import TerminalUI
import Tensors

/// `c3n doctor`: is everything where it should be, and whole?
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check this installation, or say what is in a dataset's folder and what is wrong with it.",
    discussion: """
      Without a folder: the linear algebra library and its threads, the terminal, the shipped assets. With one: the \
      layout found, clips for each split and category, and every missing or damaged file by its path (all clips are \
      decoded). Exits with 1 if something is wrong.
      """)

  @Argument(help: ArgumentHelp("A dataset's folder.", valueName: "folder"))
  var folder: String?

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func run() throws {
    let report = folder.map(Self.examine) ?? Self.installation()
    if json {
      try printJSON(report)
    } else {
      for line in report.facts { print(TerminalText.escaped(line)) }
      for line in report.warnings { print("note: " + TerminalText.escaped(line)) }
      for line in report.problems { print("PROBLEM: " + TerminalText.escaped(line)) }
      print(report.problems.isEmpty ? "ok" : "\(report.problems.count) problems")
    }
    if !report.problems.isEmpty { throw ExitCode(1) }
  }

  struct Report: Encodable {
    var facts: [String] = []
    var warnings: [String] = []
    var problems: [String] = []
  }

  private static func installation() -> Report {
    var report = Report()
    report.facts.append(
      "kernels: \(Kernels.name), \(BLAS.threads) threads; for comparison \(OpenBLAS.configuration)")
    let environment = ProcessInfo.processInfo.environment
    let appearance = Appearance(environment: environment)
    report.facts.append(
      "terminal: TERM=\(environment["TERM"] ?? "(unset)"), colours \(appearance.colors), glyphs \(appearance.glyphs)"
    )
    do {
      let assets = try EmbeddedAssets.locate()
      report.facts.append("assets: \(assets.root)")
      let names = (try assets.visualClasses().names.count, try assets.audioClasses().names.count)
      report.facts.append("labels: \(names.0) of ImageNet, \(names.1) of AudioSet")
      let model = try assets.load(ModelSpecification())
      report.facts.append("embedded model: \(model.variant), similarities: \(model.match.similarity.source)")
      report.warnings += model.limitations
      for dataset in try Dataset.openAll(assets.clips) { examine(dataset, &report) }
    } catch {
      report.problems.append("\(error)")
    }
    return report
  }

  private static func examine(_ folder: String) -> Report {
    var report = Report()
    do {
      for dataset in try Dataset.openAll(folder) { examine(dataset, &report) }
    } catch {
      report.problems.append("\(error)")
    }
    return report
  }

  /// What is wrong with each file of a clip that cannot be loaded.
  private static func damagedFiles(_ clip: Clip) -> [String] {
    guard let files = try? clip.files() else { return [] }
    func problem(_ read: () throws -> Void) -> String? {
      do {
        try read()
        return nil
      } catch {
        return "\(error)"
      }
    }
    return files.frames.compactMap { path in problem { _ = try RGBImage(contentsOf: path) } }
      + files.masks.compactMap { $0 }.compactMap { path in problem { _ = try Mask(contentsOf: path) } }
      + [problem { _ = try readWaveform(files.audio, seconds: files.frames.count) }].compactMap { $0 }
  }

  private static func examine(_ dataset: Dataset, _ report: inout Report) {
    report.facts.append("\(dataset.root): \(dataset.layout.rawValue), \(dataset.clips.count) clips")
    for (what, value) in [("split", \Clip.split), ("category", \Clip.category)] {
      let counts = Dictionary(grouping: dataset.clips.compactMap { $0[keyPath: value] }) { $0 }.mapValues(
        \.count)
      guard !counts.isEmpty else { continue }
      report.facts.append(
        "  by \(what): "
          + counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    report.warnings += dataset.warnings
    let progress = Progress()
    defer { progress.clear() }
    for (index, clip) in dataset.clips.enumerated() {
      if index % 10 == 0 { progress.show("\(index) of \(dataset.clips.count) clips") }
      do {
        report.warnings += try clip.load().warnings
      } catch {
        let damaged = Self.damagedFiles(clip)
        report.problems += damaged.isEmpty ? ["\(error)"] : damaged
      }
    }
  }
}
