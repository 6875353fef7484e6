import ArgumentParser
import AVSBench
import C3N
import CursesTerminal
import Explorer
import Foundation
import Inference
import Results
import TerminalUI

/// `c3n explore`: the terminal program.
struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Step through clips in the terminal: confidences, matrices, heat maps, masks.",
    discussion: """
      Opens the embedded clips and the demonstration model `lite` unless told otherwise. Press ? for the keys of \
      the screen. With --snapshot or --replay nothing interactive happens: a screen is printed, without a terminal.
      """)

  @Argument(
    help: ArgumentHelp("A dataset's folder, or a clip's; without it, the embedded clips.", valueName: "root"))
  var root: String?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var switchOptions: SwitchOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Open this clip.", valueName: "id"))
  var clip: String?

  @Option(help: "Begin on this screen: \(ScreenName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var screen: ScreenName?

  @Option(help: "Colours: auto, never, 8, 256, truecolor.")
  var color: ColorChoice = .automatic

  @Option(help: ArgumentHelp("Print this screen and end.", valueName: "screen"))
  var snapshot: ScreenName?

  @Option(
    help: ArgumentHelp(
      "Play the keys of this file without a terminal, print the last screen and end.", valueName: "file"))
  var replay: String?

  @Option(help: ArgumentHelp("The frame of the snapshot, from 1.", valueName: "n"))
  var frame = 1

  @Option(help: ArgumentHelp("The size of a printed screen.", valueName: "columns x rows"))
  var size: Size = Size(width: 80, height: 24)

  @Option(help: "How a screen is printed: text, ansi, json.")
  var format: ScreenFormat = .text

  @Option(
    help: ArgumentHelp(
      "The database of finished clips; without it, c3n/results.sqlite in the state directory.",
      valueName: "file"))
  var database: String?

  func validate() throws {
    if frame < 1 { throw ValidationError("--frame \(frame): frames count from 1") }
    if snapshot != nil && replay != nil {
      throw ValidationError("--snapshot and --replay exclude each other")
    }
  }

  func run() throws {
    let appearance = Appearance(environment: ProcessInfo.processInfo.environment, choice: color)
    let assets = try EmbeddedAssets.locate()
    var state = try initialState(assets)
    let start = { (state: inout ExplorerState) in state.start(clip: clip, screen: screen) }
    if let snapshot {
      state = try picture(of: snapshot, state, assets)
      try printScreen(state, appearance)
    } else if let replay {
      let keys = try script(replay)
      _ = state.handle(.resize(size))
      let replay = Replay(state, assets: assets, database: results)
      try printScreen(try replay.play(keys, start: start), appearance)
    } else {
      try ExplorerLoop.run(
        state, assets: assets, database: results, appearance: appearance, start: start)
    }
  }

  private var results: String { database ?? ResultsDatabase.defaultPath() }

  private func initialState(_ assets: EmbeddedAssets) throws -> ExplorerState {
    let datasets = try Dataset.openAll(root ?? assets.clips)
    let clips = datasets.flatMap(\.clips)
    if let clip, !clips.contains(where: { $0.id == clip }) {
      _ = try datasets.count == 1 ? datasets[0].clip(clip) : Clips.find(clip, dataset: nil, assets: assets)
    }
    let specification = try modelOptions.specification()
    return ExplorerState(
      dataset: root.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "embedded clips",
      clips: clips, warnings: datasets.flatMap(\.warnings),
      labels: Labels(
        audio: try assets.audioClasses().names, visual: try assets.visualClasses().names),
      specification: specification,
      model: (specification.variant ?? (specification.weights.isEmpty ? .lite : nil))?.rawValue
        ?? "from weights",
      knobs: switchOptions.switches, size: size)
  }

  /// A screen as if the clip had been opened and run.
  private func picture(
    of screen: ScreenName, _ state: ExplorerState, _ assets: EmbeddedAssets
  ) throws -> ExplorerState {
    guard let chosen = state.clips.first(where: { clip == nil || $0.id == clip }),
      screen != .clips || clip != nil
    else { return state.snapshot(screen, size: size) }
    let contents = try chosen.load()
    guard frame <= contents.frames.count else {
      throw CommandError("--frame \(frame): clip \(chosen.id) has \(contents.frames.count) frames")
    }
    let job = Job(
      model: try modelOptions.specification(), contents: contents, switches: switchOptions.switches)
    let analysis = try complete(job, on: InferenceWorker(assets: assets), progress: Progress())
    return state.snapshot(screen, contents: contents, analysis: analysis, frame: frame - 1, size: size)
  }

  private func script(_ path: String) throws -> [KeyEvent] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandError("\(path): cannot be read as a file of keys (UTF-8 text)")
    }
    do {
      return try KeyScript.parse(text)
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  private func printScreen(_ state: ExplorerState, _ appearance: Appearance) throws {
    var grid = CellGrid(size: size, appearance: appearance)
    state.draw(in: grid.bounds, on: &grid)
    switch format {
    case .text: print(grid.plainText, terminator: grid.plainText.hasSuffix("\n") ? "" : "\n")
    case .ansi: print(grid.ansiText, terminator: grid.ansiText.hasSuffix("\n") ? "" : "\n")
    case .json: try printJSON(GridSnapshot(grid))
    }
  }
}

/// How a screen is printed.
enum ScreenFormat: String, ExpressibleByArgument, CaseIterable {
  case text, ansi, json
}

extension ScreenName: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}

extension Size: ExpressibleByArgument {
  /// `120x40`.
  public init?(argument: String) { self.init(argument) }
}
