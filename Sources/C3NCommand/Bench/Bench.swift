import ArgumentParser
import C3N
import Foundation
import Inference
import Tensors
import Training

/// `c3n bench`: how long does a clip take, and how near is that to what the machine can do?
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the time of each part, against the machine's own speed.",
    discussion: """
      Runs one clip of noise, weights by formula: from waveform and frames to masks, back-propagation for omega \
      included. The machine is measured immediately before and after. At-peak time is the work by definition, without \
      what Winograd's filtering or empty taps save, at the speed of multiply-adds in registers. C3N_CPU=avx2 or \
      baseline runs the kernels for lesser processors, whose peak is then measured too.
      """)

  @Option(
    help: ArgumentHelp(
      "The variant; without it pvtv2-panns, and for --changes, --clips and --cold what the weights fit, or lite.",
      valueName: "name"))
  var variant: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "For --changes, --clips and --cold: checkpoints, or formula:SEED; without them the embedded ones, or for other variants than lite formula:1.",
      valueName: "file"))
  var weights: [String] = []

  @Option(help: "Measured runs or steps; one before them warms up and gives the time to the first result.")
  var runs = 5

  @Option(help: "Threads; without it, as many as there are processors.")
  var threads: Int?

  @Option(help: "Frames of the clip.")
  var frames = 5

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Measure single operations at their key shapes instead.")
  var kernels = false

  @Flag(help: "Measure what each kind of change of an embedded clip's switches takes instead.")
  var changes = false

  @Flag(help: "Measure one training step of one clip instead; for lite with its frozen backbone.")
  var training = false

  @Option(help: "For --training: whose frames enter the loss, ms3 (all) or s4 (the first).")
  var recipe: TrainingConfiguration.Recipe = .ms3

  @Option(
    help: ArgumentHelp(
      "Measure a run over so many clips from files instead: the embedded ones in turn.", valueName: "n"))
  var clips: Int?

  @Flag(help: "Measure from the launch of the program to the first masks instead, with weights from files.")
  var cold = false

  func validate() throws {
    let modes = [
      ("--kernels", kernels), ("--changes", changes), ("--training", training), ("--clips", clips != nil),
      ("--cold", cold),
    ].filter(\.1).map(\.0)
    if modes.count > 1 { throw ValidationError("\(modes.joined(separator: " and ")) exclude each other") }
    if !weights.isEmpty, !changes, clips == nil, !cold {
      throw ValidationError("--weights: only --changes, --clips and --cold take weights")
    }
    if recipe != .ms3 && !training { throw ValidationError("--recipe goes with --training") }
    if runs < 1 { throw ValidationError("--runs \(runs): expected 1 or more") }
    if frames < 1 { throw ValidationError("--frames \(frames): expected 1 or more") }
    if let clips, clips < 2 { throw ValidationError("--clips \(clips): expected 2 or more") }
    if let threads, threads < 1 { throw ValidationError("--threads \(threads): expected 1 or more") }
    if threads != nil && cold { throw ValidationError("--threads: --cold runs the program as it is") }
  }

  /// The model that is measured with weights: the embedded one, given files, or formula:1.
  private func specification() throws -> ModelSpecification {
    let variant = try variant.map { try Variant(named: $0) }
    let isFormula = weights.isEmpty && variant ?? .lite != .lite
    return ModelSpecification(variant: variant, weights: isFormula ? ["formula:1"] : weights)
  }

  func run() throws {
    if let threads { BLAS.threads = threads }
    if kernels {
      let rows = KernelBench.measure()
      return json ? try printJSON(rows) : KernelBench.print(rows)
    }
    if changes {
      let report = try ChangesBench(EmbeddedAssets.locate(), specification()).measure(runs: runs)
      return json ? try printJSON(report) : report.print()
    }
    if let clips {
      let report = try ClipsBench(EmbeddedAssets.locate(), specification()).measure(clips: clips)
      return json ? try printJSON(report) : report.print()
    }
    if cold {
      let report = try ColdBench(EmbeddedAssets.locate(), specification()).measure(runs: runs)
      return json ? try printJSON(report) : report.print()
    }
    let variant = try Variant(named: variant ?? Variant.pvtv2PANNs.rawValue)
    if training {
      let step = try TrainingBench(EmbeddedAssets.locate(), variant, recipe, frames: frames)
      return try measure(step.title) { try step.run() }
    }
    let model = try C3NModel.load(variant, from: .formula(seed: 1), similarity: nil)
    let clip = BenchClip(model, frames: frames)
    try measure("\(variant), \(frames) frames") { try clip.run() }
  }

  private func measure(_ title: String, _ run: () throws -> PartTimes) throws {
    let first = try run()
    let firstResult = secondsSinceLaunch() ?? .nan
    let before = MachineSpeed.measure(threads: BLAS.threads)
    let measured = try (0..<runs).map { _ in try run() }
    let after = MachineSpeed.measure(threads: BLAS.threads)
    let report = BenchReport(
      title, variant: variant ?? Variant.pvtv2PANNs.rawValue, first: first, runs: measured, before: before,
      after: after, firstResult: firstResult)
    if json { try printJSON(report) } else { report.print() }
  }
}
