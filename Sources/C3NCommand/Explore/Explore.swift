import ArgumentParser
import AVSBench
import C3N
import CursesTerminal
import Explorer
import Figures
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
  @OptionGroup var noise: NoiseRatios

  @Option(parsing: .unconditional, help: ArgumentHelp("Open this clip.", valueName: "id"))
  var clip: String?

  @Option(
    help: ArgumentHelp(
      "The columns of the Compare screen, \(Explorer.Comparison.counts.lowerBound) to \(Explorer.Comparison.counts.upperBound) separated by commas: rows of Table II (none, cc-v, cc, af, af+cc), each perhaps with no-non-local, logits, alpha=, beta=, label=, noise-audio=, noise-frames=, variant= or weights=FILE;FILE.",
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

  @Option(help: ArgumentHelp("Begin on this frame, from 1.", valueName: "n"))
  var frame: Int?

  @Option(help: ArgumentHelp("The size of a printed screen.", valueName: "columns x rows"))
  var size: Size = Size(width: 80, height: 24)

  @Option(
    help:
      "How a screen is printed: text, ansi, json, svg (a picture, in 24-bit colours unless --color says otherwise)."
  )
  var format: ScreenFormat = .text

  @Option(
    help: ArgumentHelp(
      "The database of finished clips; without it, c3n/results.sqlite in the state directory.",
      valueName: "file"))
  var database: String?

  mutating func validate() throws {
    root = root ?? modelOptions.weights.giveBack(TrailingArguments.isDataset)
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
    if snapshot != nil {
      try printScreen(try settled(beginning, configuration), appearance, configuration)
    } else if let replay {
      let keys = try script(replay)
      var state = beginning.state
      _ = state.handle(.resize(size))
      let player = Replay(
        state, sessions: beginning.sessions, player: configuration.player, database: results,
        keepsScores: true)
      try printScreen(try player.play(keys, start: beginning.start), appearance, configuration)
    } else {
      try ExplorerLoop.run(
        beginning, player: configuration.player, database: results, appearance: appearance)
    }
  }

  private var results: String { database ?? ResultsDatabase.defaultPath() }

  /// The switches and the noise that were asked for.
  func switches(of model: ModelSpecification) throws -> Switches {
    asked(over: try model.trainedSwitches ?? Switches())
  }

  /// Switches with what was asked for in their place.
  func asked(over others: Switches) -> Switches {
    var switches = switchOptions.asked(over: others)
    if let ratio = noise.audio { switches.audioNoise = ratio }
    if let ratio = noise.frames { switches.frameNoise = ratio }
    return switches
  }

  /// The columns that were asked for; a variant without weights has those of the models file.
  func columns(_ text: String, _ specification: ModelSpecification) throws -> Explorer.Comparison {
    do {
      let base = Explorer.Comparison.Column(
        model: specification, switches: try switches(of: specification))
      let columns = try Explorer.Comparison(text, base: base, trained: { try? $0.trainedSwitches }).columns
        .map { column in
          guard column.model != specification, column.model.weights.isEmpty else { return column }
          return Explorer.Comparison.Column(
            model: try ModelsFile.filling(column.model, from: modelOptions.models), switches: column.switches)
        }
      return Explorer.Comparison(columns: columns, pinned: 0)
    } catch let problem as Explorer.Comparison.Problem {
      throw CommandError("--compare: \(problem)")
    }
  }

  /// The screen to print, with its clip and all columns run. It shows the scores that were kept, and keeps none.
  private func settled(_ beginning: Beginning, _ configuration: Configuration) throws -> ExplorerState {
    var state = beginning.state
    _ = state.handle(.resize(size))
    let replay = Replay(
      state, sessions: beginning.sessions, player: configuration.player, database: results,
      keepsScores: false,
      progress: Progress())
    var settled = try replay.play([], start: beginning.start)
    if let failure = settled.failure { throw CommandError(failure) }
    if let frame, let clip = settled.clip, frame > settled.frameCount {
      throw CommandError("--frame \(frame): clip \(clip.id) has \(settled.frameCount) frames")
    }
    settled.clearMessage()
    return settled
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

  private func printScreen(
    _ state: ExplorerState, _ appearance: Appearance, _ configuration: Configuration
  ) throws {
    var appearance = appearance
    if format == .svg {
      // No terminal shows it: neither its colours nor the locale limit the picture.
      if color == .automatic { appearance.colors = .truecolor }
      appearance.glyphs = .quadrants
    }
    var grid = CellGrid(size: size, appearance: appearance)
    state.draw(in: grid.bounds, on: &grid)
    switch format {
    case .text: print(grid.plainText, terminator: grid.plainText.hasSuffix("\n") ? "" : "\n")
    case .ansi: print(grid.ansiText, terminator: grid.ansiText.hasSuffix("\n") ? "" : "\n")
    case .json: try printJSON(GridSnapshot(grid))
    case .svg:
      let title = "C3N Explorer, \(state.screen.title)" + (state.clip.map { ", clip \($0.id)" } ?? "")
      print(ScreenFigure(grid, title: title, isLight: configuration.isLight).svg, terminator: "")
    }
  }
}

/// How a screen is printed.
enum ScreenFormat: String, ExpressibleByArgument, CaseIterable {
  case text, ansi, json, svg
}

extension ScreenName: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}

extension Size: ExpressibleByArgument {
  /// `120x40`.
  public init?(argument: String) { self.init(argument) }
}
