import ArgumentParser
import AVSBench
import C3N
import Figures
import Foundation
import Inference
import TerminalUI

/// `c3n figure`: the paper's qualitative figures, drawn for any clip and model.
struct DrawFigure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figure",
    abstract: "Draw the paper's Fig. 6, 7 or 8 for a clip, as SVG or PNG.",
    usage: "c3n figure [<options>] <number> <clip> --output <file>",
    discussion: """
      6: confidences, both matrices, unified label, prediction. 7: heat maps of CCAM and of the non-local blocks. 8: \
      features and predictions without and with the non-local blocks. SVG files hold everything and are as wide as a page of two \
      columns; PNG (288 dpi) needs rsvg-convert, inkscape or ImageMagick.
      """)

  @Argument(help: "6, 7 or 8.")
  var number: Number?

  @Argument(
    help: ArgumentHelp("A clip's folder, or the id of a clip of the dataset.", valueName: "clip"))
  var clip: String?

  @Option(
    help: ArgumentHelp(
      "The dataset's folder; without it, the embedded clips ('embedded').", valueName: "root"))
  var dataset: String?

  @Option(
    name: [.customShort("o"), .long], help: ArgumentHelp("The file: .svg or .png.", valueName: "file"))
  var output: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The frames to show, from 1; without it, the first in Fig. 6, else the first ten.", valueName: "n"))
  var frames: [String] = []

  @Option(help: "Fig. 7: which map of CCAM: attention, raw, grad-cam. The paper shows raw.")
  var heatMap: HeatMapKind = .raw

  @Option(help: "Fig. 8: the stage of the features, 1 to 4.")
  var stage = 1

  @Option(help: "The colours: \(ColorMap.allCases.map(\.rawValue).joined(separator: ", ")).")
  var colors: ColorMap = .viridis

  @OptionGroup var model: ModelOptions
  @OptionGroup var switchOptions: SwitchOptions
  @OptionGroup var noise: NoiseOptions

  enum Number: String, ExpressibleByArgument, CaseIterable {
    case six = "6"
    case seven = "7"
    case eight = "8"
  }

  mutating func validate() throws {
    try takeArguments()
    if let wrong = frames.first(where: { Int($0) == nil }) {
      throw ValidationError("--frames \(wrong): expected whole numbers from 1 on")
    }
    guard (1...4).contains(stage) else { throw ValidationError("--stage \(stage): expected 1 to 4") }
    if number == .eight, switchOptions.nonLocal == false {
      throw ValidationError("--no-non-local: figure 8 runs the clip without and with the blocks by itself")
    }
  }

  /// Takes number and clip from the options that took them for values of theirs.
  private mutating func takeArguments() throws {
    func isNumber(_ value: String) -> Bool { Number(rawValue: value) != nil }
    if clip == nil {
      clip =
        frames.giveBack { Int($0) == nil && TrailingArguments.isClip($0) }
        ?? model.weights.giveBack(TrailingArguments.isClip)
      if number == nil, let text = model.weights.giveBack(isNumber) { number = Number(rawValue: text) }
    }
    guard clip != nil else { throw ValidationError(Clips.missing) }
    guard number != nil else { throw ValidationError("no number of a figure; expected 6, 7 or 8 and a clip") }
  }

  func run() throws {
    let (number, clip) = (number!, clip!)
    let format = try FigureFormat(path: output)
    let assets = try EmbeddedAssets.locate()
    let contents = noise.conditions.apply(
      to: try Clips.find(clip, dataset: dataset, assets: assets).load())
    let shown = try chosenFrames(of: contents, for: number)
    let labels = Labels(audio: try assets.audioClasses().names, visual: try assets.visualClasses().names)
    let worker = InferenceWorker(assets: assets)
    let specification = try model.specification()
    var switches = try switchOptions.switches(of: specification)
    // Whatever the weights were trained under, figure 8 has both.
    if number == .eight { switches.nonLocal = true }
    func analysis(_ switches: Switches) throws -> ClipAnalysis {
      try complete(
        Job(model: specification, contents: contents, switches: switches), on: worker, progress: Progress())
    }
    let conditions = noise.conditions.canonical
    let subject = FigureSubject(
      contents, try analysis(switches), labels, frames: shown,
      input: conditions == .init() ? nil : conditions.description)
    let figure: any Figure
    switch number {
    case .six: figure = try ConsensusFigure(subject, colors: colors)
    case .seven: figure = try AttentionFigure(subject, kind: heatMap, colors: colors)
    case .eight:
      var without = switches
      without.nonLocal = false
      figure = try FusionFigure(subject, without: try analysis(without), stage: stage, colors: colors)
    }
    try format.write(figure.svg, to: output)
    print("wrote \(TerminalText.escaped(output))")
  }

  private func chosenFrames(of contents: ClipContents, for number: Number) throws -> [Int] {
    let count = contents.frames.count
    let frames = frames.compactMap { Int($0) }
    if let wrong = frames.first(where: { !(1...count).contains($0) }) {
      throw CommandError(
        "--frames \(wrong): clip \(TerminalText.escaped(contents.clip.id)) has frames 1 to \(count)")
    }
    if !frames.isEmpty { return frames.map { $0 - 1 } }
    return Array(0..<(number == .six ? 1 : min(10, count)))
  }
}

extension ColorMap: ExpressibleByArgument {}
