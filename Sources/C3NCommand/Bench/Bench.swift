import ArgumentParser
import C3N
import Foundation
import Inference
import Tensors

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
      "The variant; without it pvtv2-panns, and for --changes what the weights fit, or lite.",
      valueName: "name"))
  var variant: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "For --changes: checkpoints, or formula:SEED; without them the embedded ones.", valueName: "file"))
  var weights: [String] = []

  @Option(help: "Measured runs; one before them warms up and gives the time to the first result.")
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

  func validate() throws {
    if changes && kernels { throw ValidationError("--changes and --kernels exclude each other") }
    if !changes && !weights.isEmpty { throw ValidationError("--weights: only --changes takes weights") }
    if runs < 1 { throw ValidationError("--runs \(runs): expected 1 or more") }
    if frames < 1 { throw ValidationError("--frames \(frames): expected 1 or more") }
    if let threads, threads < 1 { throw ValidationError("--threads \(threads): expected 1 or more") }
  }

  func run() throws {
    if let threads { BLAS.threads = threads }
    if kernels {
      let rows = KernelBench.measure()
      return json ? try printJSON(rows) : KernelBench.print(rows)
    }
    if changes {
      let model = ModelSpecification(variant: try variant.map { try Variant(named: $0) }, weights: weights)
      let report = try ChangesBench(EmbeddedAssets.locate(), model).measure(runs: runs)
      return json ? try printJSON(report) : report.print()
    }
    let variant = variant ?? Variant.pvtv2PANNs.rawValue
    let model = try C3NModel.load(Variant(named: variant), from: .formula(seed: 1), similarity: nil)
    let clip = BenchClip(model, frames: frames)
    let first = try clip.run()
    let firstResult = secondsSinceLaunch() ?? .nan
    let before = MachineSpeed.measure(threads: BLAS.threads)
    let measured = try (0..<runs).map { _ in try clip.run() }
    let after = MachineSpeed.measure(threads: BLAS.threads)
    let report = BenchReport(
      variant: variant, frames: frames, first: first, runs: measured, before: before, after: after,
      firstResult: firstResult)
    if json { try printJSON(report) } else { report.print() }
  }
}

/// A clip of noise that goes through a model.
struct BenchClip {
  private let model: C3NModel
  private let frames, waveform: Tensor

  /// What a run took.
  struct Times {
    var seconds: [Milestone.Part: Double] = [:]
    var multiplyAdds: [Milestone.Part: Int] = [:]
    var total = 0.0
    /// Processor time of all threads.
    var processor = 0.0
  }

  init(_ model: C3NModel, frames count: Int) {
    self.model = model
    func noise(_ shape: Shape, _ scale: Float) -> Tensor {
      var state: UInt32 = 1
      return Tensor(shape) { values in
        for i in 0..<shape.count {
          state = state &* 1_664_525 &+ 1_013_904_223
          values[i] = (Float(state >> 8) / Float(1 << 23) - 1) * scale
        }
      }
    }
    frames = noise([count, 224, 224, 3], 2)
    waveform = noise([count, 16_000], 0.1)
  }

  func run() throws -> Times {
    var times = Times()
    let begin = ContinuousClock.now
    let processor = processSeconds()
    var last = begin
    let work = Work()
    var counted = 0
    func charge(_ part: Milestone.Part) {
      let (now, done) = (ContinuousClock.now, work.performed)
      times.seconds[part, default: 0] += last.duration(to: now).seconds
      times.multiplyAdds[part, default: 0] += done - counted
      (last, counted) = (now, done)
    }
    let switches = model.feasible(Switches())
    try work.count {
      let heard = try model.hear(waveform)
      if heard != nil { charge(.audio) }
      var seen = try model.see(frames)
      charge(.backbone)
      let agreements = model.agree(
        audio: heard.flatMap { model.audioConfidences($0, switches) }, visual: model.visualConfidences(seen),
        switches)
      charge(.consensus)
      let omegas = try agreements.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
      seen = seen.withoutRecord
      charge(.backward)
      let attended = try model.attend(seen, omegas: omegas)
      charge(.attention)
      _ = try model.segment(attended, embedding: heard?.embedding, switches) { milestone, _ in
        charge(milestone.part)
      }
    }
    times.total = begin.duration(to: .now).seconds
    times.processor = processSeconds() - processor
    return times
  }
}
