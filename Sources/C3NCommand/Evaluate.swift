import AVSBench
import ArgumentParser
import C3N
import Evaluation
import Foundation
import Inference
import Results
import TerminalUI

/// `c3n evaluate`: how well do the masks agree with the ground truth of a whole data set?
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Score a data set's clips: mIoU and F by AVSBench's definitions.",
    discussion: """
      Prints mIoU and F of the split, of each category and of each clip. Finished clips are kept in a database, so that an \
      interrupted run goes on where it stopped and a second one only reads. F depends on how many clips are scored together: \
      compare it with published numbers of the same protocol only.

      Exits with 1 if a clip cannot be read, or a score that was computed cannot be stored (a full disk), after everything else was \
      printed. A database that can only be read is read: new scores are printed and not kept, which a warning says, and the exit \
      status is 0. Ctrl-C, SIGTERM and a terminal that is closed end it after the clip that is being computed (130, 143, 129).

      A folder that holds several data sets (S4 and MS3) has each of them evaluated and reported by itself.
      """)

  @Argument(
    help: ArgumentHelp("The data set's folder; embedded for the embedded clips.", valueName: "dataset"))
  var dataset: String?

  @OptionGroup var model: ModelOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Other checkpoints for MS3 data sets, which papers train by themselves.", valueName: "file"))
  var weightsMs3: [String] = []

  @OptionGroup var switchOptions: SwitchOptions
  @OptionGroup var input: InputOptions

  @Option(help: "The split; without it test, or the one that the table is of. Plain folders have none.")
  var split: String?

  @Option(
    name: .customLong("protocol"),
    help: "Clips that are scored together: bs1, bs2, bs4 (AVSBench's script), global.")
  var batching: BatchProtocol = .bs4

  @Option(help: ArgumentHelp("Only the first clips of each data set.", valueName: "clips"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Print the paper's table with the numbers measured: I, II, III, V, VI, VII.", valueName: "number"))
  var table: PaperTableNumber?

  @Option(
    help: ArgumentHelp(
      "Write one row a clip to this file. Control characters of names are written as in JSON (\\u001b), and \\ as \\\\.",
      valueName: "file"))
  var csv: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Compare two such files clip by clip instead of evaluating.", valueName: "file"))
  var diff: [String] = []

  @Option(
    help: ArgumentHelp(
      "The database of finished clips; without it, c3n/results.sqlite in the state directory.",
      valueName: "file"))
  var database: String?

  @Flag(help: "Print JSON instead of text.")
  var json = false

  mutating func validate() throws {
    if diff.isEmpty, dataset == nil {
      dataset =
        weightsMs3.giveBack(TrailingArguments.isDataset)
        ?? model.weights.giveBack(TrailingArguments.isDataset)
    }
    guard diff.isEmpty else {
      guard diff.count == 2, dataset == nil, csv == nil, table == nil else {
        throw ValidationError(
          "--diff takes two CSV files and nothing to evaluate; found \(diff.joined(separator: ", "))"
            + (dataset.map { " and the dataset \($0)" } ?? ""))
      }
      return
    }
    guard dataset != nil else {
      throw ValidationError(
        "no dataset; name its folder, or 'embedded', before options that take several values (--weights), or behind -- at the end"
      )
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit): expected at least 1") }
    guard let table else { return }
    if csv != nil { throw ValidationError("--csv belongs to one evaluation; --table makes several") }
    let own = switchOptions.switches
    if (table == .two || table == .three) && own != Switches() {
      throw ValidationError("--table \(table.rawValue) sets the switches itself")
    }
    let noise = input.noise.ratios
    if (table == .six || table == .seven) && (noise.audio != nil || noise.frames != nil) {
      throw ValidationError("--table \(table.rawValue) sets the noise itself")
    }
  }

  func run() throws {
    if !diff.isEmpty { return try EvaluationDifference(diff[0], diff[1]).print(json: json) }
    if let csv { try CSVFile.expectPlace(for: csv) }
    let assets = try EmbeddedAssets.locate()
    let sets = try Dataset.openAll(try datasetFolder(named: dataset!))
    for set in sets { set.showWarnings() }
    let results = try EvaluationResults(database)
    let evaluator = Evaluator(assets: assets, results: results)
    do {
      if let table { try printTable(table, sets, evaluator) } else { try printReports(sets, evaluator) }
    } catch {
      _ = results.finish()
      throw error
    }
    if !results.finish() { throw ExitCode(1) }
  }

  private func printReports(_ sets: [Dataset], _ evaluator: Evaluator) throws {
    var reports: [EvaluationReport] = []
    var tables: [String] = []
    for set in sets {
      // Plain folders are in no split.
      let split = split ?? (set.layout == .plain ? nil : "test")
      let clips = try chosen(set, split: split)
      let specification = try specification(for: set)
      let evaluated = try evaluator.evaluate(
        clips, named: set.layout.rawValue, model: specification,
        [.init(switches: try switchOptions.switches(of: specification), input: input.conditions)])[0]
      let report = EvaluationReport(set, split: split ?? "all", batching, evaluated)
      if !json { print((reports.isEmpty ? "" : "\n") + report.text) }
      reports.append(report)
      tables += evaluated.csvRows
    }
    if let csv { try CSVFile.write(EvaluatedClips.csvHeader, tables, to: csv) }
    if json { try printJSON(reports) }
    if reports.contains(where: { !$0.unreadable.isEmpty }) { throw ExitCode(1) }
  }

  /// The model of a data set.
  func specification(for set: Dataset) throws -> ModelSpecification {
    var specification = try model.specification()
    if set.layout == .multipleSources, !weightsMs3.isEmpty { specification.weights = weightsMs3 }
    return specification
  }

  /// The clips of the split, or all, in the data set's order, with their own or swapped sounds.
  func chosen(_ set: Dataset, split: String?) throws -> [Clip] {
    let clips = set.clips.filter { split == nil || $0.split == split }
    guard !clips.isEmpty else {
      throw CommandError(
        "\(TerminalText.escaped(set.root)): no clips of split \(TerminalText.escaped(split ?? "(any)")); found "
          + "\(TerminalText.escaped(set.splitCounts)); --split names another one")
    }
    // Swapped before the limit, so that a limit does not change whose sound a clip gets.
    let sounding = input.conditions.sound == .swapped ? try withSwappedSound(clips) : clips
    return Array(sounding.prefix(limit ?? sounding.count))
  }
}

/// Noise and control experiments over many clips.
struct InputOptions: ParsableArguments {
  @OptionGroup var noise: NoiseOptions

  @Flag(
    help: "Control: each clip with the sound of the next clip of another category (MS3: of the next clip).")
  var swappedAudio = false

  func validate() throws {
    if noise.muted && swappedAudio {
      throw ValidationError("--muted and --swapped-audio exclude each other")
    }
  }

  var conditions: InputConditions {
    var conditions = noise.conditions
    if swappedAudio { conditions.sound = .swapped }
    return conditions
  }
}

extension BatchProtocol: ExpressibleByArgument {}
extension PaperTableNumber: ExpressibleByArgument {}
