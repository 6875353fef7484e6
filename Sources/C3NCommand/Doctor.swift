import ArgumentParser
import AVSBench
import C3N
import Foundation
import Inference
import TerminalUI
import Tensors

/// `c3n doctor`: is everything where it should be, and whole?
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check this installation, or say what is in a dataset's folder and what is wrong with it.",
    discussion: """
      Without a folder: the linear algebra library and its threads, the terminal, the shipped assets. With one: the \
      layout found, clips for each split and category, sizes, rates and lengths, and missing and damaged files by their \
      paths (every file is decoded), notes with clips counted, and hints. Exits with 1 if something is wrong.
      """)

  @Argument(
    help: ArgumentHelp("A dataset's folder, or embedded, embedded:s4, embedded:ms3.", valueName: "folder"))
  var folder: String?

  @Flag(help: "List everything that was found, not the first \(shown) of each kind.")
  var all = false

  @Flag(help: "Print JSON instead of text; it always lists everything.")
  var json = false

  private static let shown = 10

  func run() throws {
    let report = folder.map(Self.examine) ?? Self.installation()
    if json { try printJSON(report) } else { report.print(atMost: all ? .max : Self.shown) }
    if !report.problems.isEmpty { throw ExitCode(1) }
  }

  struct Report: Encodable {
    var facts: [String] = []
    var warnings: [String] = []
    var problems: [String] = []
    var advice: [String] = []

    /// The warnings with clips counted.
    var shortWarnings: [String]?

    private enum CodingKeys: CodingKey {
      case facts, warnings, problems, advice
    }

    /// Paths are whatever somebody called a file: nothing of them reaches the terminal as it is.
    func print(atMost limit: Int) {
      for line in facts { Swift.print(TerminalText.escaped(line)) }
      // Clips are counted, unless everything is asked for.
      let notes = limit == .max ? warnings : shortWarnings ?? warnings
      for (mark, lines) in [("note: ", notes), ("PROBLEM: ", problems)] {
        for line in lines.prefix(limit) { Swift.print(mark + TerminalText.escaped(line)) }
        if lines.count > limit { Swift.print("\(mark)and \(lines.count - limit) more; --all lists them") }
      }
      for line in advice { Swift.print("hint: " + TerminalText.escaped(line)) }
      Swift.print(problems.isEmpty ? "ok" : problems.count == 1 ? "1 problem" : "\(problems.count) problems")
    }
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
    let place = Configuration.path() ?? "neither XDG_CONFIG_HOME nor HOME is set"
    do {
      _ = try Configuration.read()
      let isThere = FileManager.default.fileExists(atPath: place)
      report.facts.append("configuration: \(place) (\(isThere ? "valid" : "not there, which is fine"))")
    } catch {
      report.problems.append("configuration: \(error)")
    }
    examineModels(&report)
    do {
      let assets = try EmbeddedAssets.locate()
      report.facts.append("assets: \(assets.root)")
      let folder = SessionStore(assets: assets).folder
      report.facts.append("sessions: \(folder ?? "not kept: neither XDG_STATE_HOME nor HOME is set")")
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

  /// The models file: what is wrong with it, and whether the files of each variant fit it.
  private static func examineModels(_ report: inout Report) {
    let place = ModelsFile.defaultPath()
    guard FileManager.default.fileExists(atPath: place) else {
      report.facts.append("models: \(place) (not there, which is fine)")
      return
    }
    let (models, problems) = ModelsFile.examined(nil)
    report.facts.append("models: \(place) (\(models.map { "\($0.variant!)" }.joined(separator: ", ")))")
    report.problems += problems
    // Without the shipped assets, which are told of by themselves, nobody knows what completes lite.
    guard let assets = try? EmbeddedAssets.locate() else { return }
    for model in models
    where (try? model.source) != nil && model.files.allSatisfy({ FileManager.default.fileExists(atPath: $0) })
    {
      do {
        try assets.expectParts(of: model)
      } catch {
        let lines = "\(error)".split(separator: "\n").map { $0.drop { $0 == " " } }
        report.problems.append("\(place): \(model.variant!): \(lines.joined(separator: "; "))")
      }
    }
  }

  private static func examine(_ folder: String) -> Report {
    var report = Report()
    do {
      for dataset in try Dataset.openAll(try datasetFolder(named: folder)) {
        examine(dataset, &report)
        examineMemory(of: dataset, &report)
      }
    } catch {
      report.problems.append("\(error)")
    }
    return report
  }

  /// What the longest clip takes of memory at the peak, and which variants it is too long for.
  private static func examineMemory(of dataset: Dataset, _ report: inout Report) {
    let lengths = dataset.clips.map { (clip: $0, files: try? $0.files()) }
    guard let longest = lengths.max(by: { $0.files?.frames.count ?? 0 < $1.files?.frames.count ?? 0 }),
      let files = longest.files, let extent = try? ClipExtent(files)
    else { return }
    let available = AvailableMemory.now()
    let variants: [Variant] = [.lite, .pvtv2PANNs, .swinBEATs]
    let needs = variants.map { variant in
      "\(byteCount(MemoryNeed(variant, nil, extent).total)) with \(variant)"
    }
    report.facts.append(
      "  memory: the longest clip, \(longest.clip.id) of \(extent.frames == 1 ? "1 frame" : "\(extent.frames) frames"), "
        + "takes at the peak \(needs.joined(separator: ", "))"
        + (available.map { "; \($0)" } ?? ""))
    for variant in variants {
      do {
        _ = try MemoryNeed.fitting(longest.clip.framesFolder, budget: 0, available: available, .init()) {
          MemoryNeed(variant, nil, extent, framesAtATime: $0, budget: $1)
        }
      } catch {
        report.warnings.append("\(error)")
      }
    }
  }

  private static func examine(_ dataset: Dataset, _ report: inout Report) {
    let progress = Progress()
    defer { progress.clear() }
    var examination = DatasetExamination(dataset)
    for (index, clip) in dataset.clips.enumerated() {
      if index % 10 == 0 { progress.show("\(index) of \(dataset.clips.count) clips") }
      examination.add(ClipExamination(of: clip))
    }
    report.facts += examination.facts
    report.shortWarnings =
      (report.shortWarnings ?? report.warnings) + examination.warnings + examination.adaptations
      + examination.tally.lines
    report.warnings += examination.warnings + examination.adaptations + examination.remarks
    report.problems +=
      examination.missing.map { "missing: " + $0 } + examination.damaged.map { "damaged: " + $0 }
    // What holds for two data sets is said once.
    report.advice += examination.advice.filter { !report.advice.contains($0) }
  }
}
