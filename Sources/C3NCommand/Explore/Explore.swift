import ArgumentParser
import AVSBench
import C3N
import CursesTerminal
import Explorer
import Foundation
import Inference
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

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Begin with white noise in the sound, signal to noise.", valueName: "dB"))
  var noiseAudio: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Begin with white noise in the frames, signal to noise.", valueName: "dB"))
  var noiseFrames: Double?

  @Option(
    help: ArgumentHelp(
      "The columns of the Compare screen, 2 to 4 separated by commas: rows of Table II (none, cc-v, cc, af, af+cc), each perhaps with no-non-local, logits, alpha=, beta=, label=, noise-audio=, noise-frames=, variant= or weights=FILE;FILE.",
      valueName: "columns"))
  var compare: String?

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

  func validate() throws {
    for (name, value) in [("noise-audio", noiseAudio), ("noise-frames", noiseFrames)] {
      if let value, !value.isFinite { throw ValidationError("--\(name) \(value): expected a number of dB") }
    }
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
    if snapshot == .compare {
      state = try comparison(state, assets)
      try printScreen(state, appearance)
    } else if let snapshot {
      state = try picture(of: snapshot, state, assets)
      try printScreen(state, appearance)
    } else if let replay {
      let keys = try script(replay)
      _ = state.handle(.resize(size))
      try printScreen(try Replay(state, assets: assets).play(keys, start: start), appearance)
    } else {
      try ExplorerLoop.run(state, assets: assets, appearance: appearance, start: start)
    }
  }

  private func initialState(_ assets: EmbeddedAssets) throws -> ExplorerState {
    let datasets = try Dataset.openAll(root ?? assets.clips)
    let clips = datasets.flatMap(\.clips)
    if let clip, !clips.contains(where: { $0.id == clip }) {
      _ = try datasets.count == 1 ? datasets[0].clip(clip) : Clips.find(clip, dataset: nil, assets: assets)
    }
    let specification = try modelOptions.specification()
    // A damaged models file that nobody named must not keep the embedded model from its screen.
    var warnings = datasets.flatMap(\.warnings)
    var models: [ModelSpecification] = []
    do {
      models = try ModelsFile.all(modelOptions.models)
    } catch  where modelOptions.models == nil {
      warnings.append("\(error)")
    }
    var state = ExplorerState(
      dataset: root.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "embedded clips",
      clips: clips, warnings: warnings,
      labels: Labels(
        audio: try assets.audioClasses().names, visual: try assets.visualClasses().names),
      specification: specification,
      model: (specification.variant ?? (specification.weights.isEmpty ? .lite : nil))?.rawValue
        ?? "from weights",
      knobs: switches, size: size)
    state.offer(models)
    if let compare { state.compare(try columns(compare, specification)) }
    return state
  }

  private var switches: Switches {
    var switches = switchOptions.switches
    switches.audioNoise = noiseAudio
    switches.frameNoise = noiseFrames
    return switches
  }

  /// The columns that were asked for; a variant without weights has those of the models file.
  private func columns(_ text: String, _ specification: ModelSpecification) throws -> Explorer.Comparison {
    do {
      let base = Explorer.Comparison.Column(model: specification, switches: switches)
      let columns = try Explorer.Comparison(text, base: base).columns.map { column in
        guard column.model != specification, column.model.weights.isEmpty else { return column }
        return Explorer.Comparison.Column(
          model: try ModelsFile.filling(column.model, from: modelOptions.models), switches: column.switches)
      }
      return Explorer.Comparison(columns: columns, pinned: 0)
    } catch let problem as Explorer.Comparison.Problem {
      throw CommandError("--compare: \(problem)")
    }
  }

  /// The Compare screen as if the clip had been opened and all columns run.
  private func comparison(_ state: ExplorerState, _ assets: EmbeddedAssets) throws -> ExplorerState {
    let chosen = state.clips.first { clip == nil || $0.id == clip }
    let steps = Array(repeating: KeyEvent.character("."), count: frame - 1)
    let finished = try Replay(state, assets: assets).play(steps) {
      $0.start(clip: chosen?.id, screen: .compare)
    }
    if let error = finished.errors.last { throw CommandError(error) }
    return finished
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
      model: try modelOptions.specification(), contents: contents, switches: switches)
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
