import ArgumentParser
import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import Synchronization
import TerminalUI

/// `c3n run`: one clip through the model, printed.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run one clip and print what the model hears, sees and agrees on.",
    usage: "c3n run [<options>] <clip>",
    discussion: """
      For each frame: the five most confident sounds and objects (name, confidence C, C^alpha or C^beta), the 5 x 5 \
      similarity and re-weighted matrices (rows: objects, columns: sounds), the unified label, and IoU and F where there \
      is a mask and a ground truth. With --output, PNGs of mask, heat maps and overlay.

      Without --weights, the embedded demonstration model `lite` runs. An id may begin with a dash.
      """)

  @Argument(
    help: ArgumentHelp("A clip's folder, or the id of a clip of the dataset.", valueName: "clip"))
  var clip: String?

  @Option(
    help: ArgumentHelp(
      "The dataset's folder; without it, the embedded clips ('embedded').", valueName: "root"))
  var dataset: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var switchOptions: SwitchOptions
  @OptionGroup var noise: NoiseOptions

  @Option(help: ArgumentHelp("Write PNGs below this folder.", valueName: "folder"))
  var output: String?

  @Option(help: "Which heat map is written: attention, raw, grad-cam.")
  var heatMap: HeatMapKind = .gradCAM

  @Flag(help: "Print JSON instead of text.")
  var json = false

  mutating func validate() throws {
    clip = clip ?? model.weights.giveBack(TrailingArguments.isClip)
    guard clip != nil else { throw ValidationError(Clips.missing) }
  }

  func run() throws {
    let assets = try EmbeddedAssets.locate()
    let clip = try Clips.find(clip!, dataset: dataset, assets: assets)
    let specification = try model.specification()
    try MemoryNeed.expectRoom(for: clip, in: specification)
    let contents = noise.conditions.apply(to: try clip.load())
    // Before minutes of computing, not after.
    if let output { try makeFolder(output) }
    let labels = Labels(audio: try assets.audioClasses().names, visual: try assets.visualClasses().names)
    let job = Job(
      model: specification, contents: contents, switches: try switchOptions.switches(of: specification))
    let stamps = Mutex(RunReport.Stamps())
    let analysis = try complete(job, on: InferenceWorker(assets: assets, memory: 0), progress: Progress()) {
      event in stamps.withLock { $0.take(event) }
    }
    analysis.files.showChanges(results: "results")
    let report = RunReport(
      contents, analysis, labels, input: noise.conditions.canonical, stamps.withLock { $0 })
    let pictures = try output.map { try RunPictures(contents, analysis, heatMap).write(below: $0) } ?? []
    if json {
      try printJSON(report.with(files: pictures))
    } else {
      print(report.text)
      for path in pictures { print("wrote \(TerminalText.escaped(path))") }
    }
  }
}

extension HeatMapKind: ExpressibleByArgument {}

/// Finds clips by what a user types.
enum Clips {
  /// What is said where there is no clip.
  static let missing =
    "no clip; name its folder or id, before options that take several values (--weights), or behind -- at the end"

  /// The clip of a folder, or of an id in a dataset (or in the embedded ones).
  static func find(_ name: String, dataset: String?, assets: EmbeddedAssets) throws -> Clip {
    if let dataset {
      let sets = try Dataset.openAll(try datasetFolder(named: dataset))
      return try (sets.first { set in set.clips.contains { $0.id == name } } ?? sets[0]).clip(name)
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) {
      let inside = try Dataset.open(name)
      guard inside.clips.count == 1 else {
        throw CommandError(
          "\(TerminalText.escaped(name)): \(inside.clips.count) clips, expected the folder of one; name one with --dataset"
        )
      }
      return inside.clips[0]
    }
    for embedded in try Dataset.openAll(assets.clips) {
      if let clip = embedded.clips.first(where: { $0.id == name }) { return clip }
    }
    let ids = try Dataset.openAll(assets.clips).flatMap { $0.clips.map(\.id) }
    throw CommandError(
      "\(TerminalText.escaped(name)): no such folder, and no embedded clip of that id; the embedded ones are \(ids.joined(separator: ", "))"
    )
  }
}
