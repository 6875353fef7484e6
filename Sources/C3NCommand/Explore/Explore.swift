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

      What you do is kept, and a data set opens as you left it: clip, frame, screen, knobs, filter, bookmarks, notes. \
      Options that are given go before what was kept. Theme, keys, default data set and player: c3n/config.json in the \
      configuration directory.
      """)

  @Argument(
    help: ArgumentHelp(
      "A dataset's folder, or a clip's; without it, the configured one, or the embedded clips ('embedded').",
      valueName: "root"))
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

  @Option(
    help: ArgumentHelp(
      "Open this session: a name of those saved, or a file. Its dataset, unless a root is given.",
      valueName: "name"))
  var session: String?

  @Flag(help: "Begin anew, not as you left this dataset.")
  var fresh = false

  @Option(help: "Colours: auto, never, 8, 256, truecolor.")
  var color: ColorChoice = .automatic

  @Option(help: ArgumentHelp("Print this screen and end.", valueName: "screen"))
  var snapshot: ScreenName?

  @Option(
    help: ArgumentHelp(
      "Play the keys of this file without a terminal, print the last screen and end.", valueName: "file"))
  var replay: String?

  @Option(help: ArgumentHelp("The frame of the snapshot, from 1.", valueName: "n"))
  var frame: Int?

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
    for (name, value) in [("noise-audio", noiseAudio), ("noise-frames", noiseFrames)] {
      if let value, !value.isFinite { throw ValidationError("--\(name) \(value): expected a number of dB") }
    }
    if let frame, frame < 1 { throw ValidationError("--frame \(frame): frames count from 1") }
    if session != nil && fresh { throw ValidationError("--session and --fresh exclude each other") }
    if snapshot != nil && replay != nil {
      throw ValidationError("--snapshot and --replay exclude each other")
    }
  }

  func run() throws {
    let configuration = try Configuration.read()
    let appearance = Appearance(
      environment: ProcessInfo.processInfo.environment, choice: color, theme: configuration.theme)
    let assets = try EmbeddedAssets.locate()
    let beginning = try Beginning(self, configuration, assets)
    if snapshot == .compare {
      try printScreen(try comparison(beginning, configuration), appearance)
    } else if let snapshot {
      try printScreen(try picture(of: snapshot, beginning, assets), appearance)
    } else if let replay {
      let keys = try script(replay)
      var state = beginning.state
      _ = state.handle(.resize(size))
      let player = Replay(
        state, sessions: beginning.sessions, player: configuration.player, database: results)
      try printScreen(try player.play(keys, start: beginning.start), appearance)
    } else {
      try ExplorerLoop.run(
        beginning, player: configuration.player, database: results, appearance: appearance)
    }
  }

  private var results: String { database ?? ResultsDatabase.defaultPath() }

  /// The switches and the noise that were asked for.
  var switches: Switches {
    var switches = switchOptions.switches
    switches.audioNoise = noiseAudio
    switches.frameNoise = noiseFrames
    return switches
  }

  /// The columns that were asked for; a variant without weights has those of the models file.
  func columns(_ text: String, _ specification: ModelSpecification) throws -> Explorer.Comparison {
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
  private func comparison(_ beginning: Beginning, _ configuration: Configuration) throws -> ExplorerState {
    let state = beginning.state
    let wanted = clip ?? beginning.opened?.session.clip
    let chosen = state.clips.first { wanted == nil || $0.id == wanted }
    let steps = Array(repeating: KeyEvent.character("."), count: (frame ?? 1) - 1)
    let replay = Replay(
      state, sessions: beginning.sessions, player: configuration.player, database: results)
    let finished = try replay.play(steps) { $0.start(clip: chosen?.id, screen: .compare) }
    if let error = finished.errors.last { throw CommandError(error) }
    return finished
  }

  /// A screen as if the clip had been opened and run.
  private func picture(
    of screen: ScreenName, _ beginning: Beginning, _ assets: EmbeddedAssets
  ) throws -> ExplorerState {
    let (state, session) = (beginning.state, beginning.opened?.session)
    let wanted = clip ?? session?.clip
    let display = session?.display ?? state.display
    guard let chosen = state.clips.first(where: { wanted == nil || $0.id == wanted }),
      screen != .clips || wanted != nil
    else { return state.snapshot(screen, size: size, display: display) }
    let contents = try chosen.load()
    let frame = self.frame ?? min(session?.frame ?? 1, contents.frames.count)
    guard frame <= contents.frames.count else {
      throw CommandError("--frame \(frame): clip \(chosen.id) has \(contents.frames.count) frames")
    }
    let job = Job(model: state.specification, contents: contents, switches: state.knobs)
    let analysis = try complete(job, on: InferenceWorker(assets: assets), progress: Progress())
    return state.snapshot(
      screen, contents: contents, analysis: analysis, frame: frame - 1, size: size, display: display)
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
