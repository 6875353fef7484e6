import AVSBench
import C3N
import Foundation
import Inference
import Tensors

/// How long each kind of change takes to the new mask, by the worker that the explorer has, and what was reused.
///
/// Each change begins with the clip read anew and run completely under the published switches, so that it finds just that
/// run's results, and what its own preparation adds.
struct ChangesBench {
  /// A change that a user makes.
  struct Change {
    let name: String
    /// What was run before, after the complete run.
    var before: [Switches] = []
    let after: Switches

    /// The kinds of changes, from the cheapest knobs to those that a backbone hears or sees.
    static let all: [Change] = {
      func switches(_ change: (inout Switches) -> Void) -> Switches {
        var switches = Switches()
        change(&switches)
        return switches
      }
      let forced = switches { $0.forcedLabel = 340 }
      let visual = switches { $0.consensus = .visual }
      return [
        Change(name: "alpha 0.1 -> 0.5", after: switches { $0.alpha = 0.5 }),
        Change(name: "beta 0.1 -> 0.5", after: switches { $0.beta = 0.5 }),
        Change(name: "audio scores: logits", after: switches { $0.audioScores = .logits }),
        Change(name: "consensus CC -> CC-V", after: visual),
        Change(name: "consensus CC-V -> none", before: [visual], after: switches { $0.consensus = .none }),
        Change(name: "AF off", after: switches { $0.audioFeatures = false }),
        Change(name: "non-local off", after: switches { $0.nonLocal = false }),
        Change(name: "forced label, new", after: forced),
        Change(name: "forced label, seen", before: [forced, Switches()], after: forced),
        Change(name: "back to published", before: [forced], after: Switches()),
        Change(name: "sound at 10 dB", after: switches { $0.audioNoise = 10 }),
        Change(name: "frames at 10 dB", after: switches { $0.frameNoise = 10 }),
      ]
    }()
  }

  /// A row of the table. The names are the JSON keys: keep them stable.
  struct Row: Encodable {
    let change: String
    /// Until the masks are there, the least of the runs: other users of the machine only add to it.
    let ms: Double
    /// Relative to the complete run.
    let ofComplete: Double
    /// How many frames' labels are others than before the change, of the last run.
    let labelsChanged: Int
    let computed: [String]
    let reused: [String]
  }

  /// What is printed.
  struct Report: Encodable {
    let variant: String
    let clip: String
    let runs: Int
    let completeMs: Double
    let changes: [Row]
    let storeMb: Double
  }

  private let worker: InferenceWorker
  private let model: ModelSpecification
  private let clip: Clip

  init(_ assets: EmbeddedAssets, _ model: ModelSpecification) throws {
    worker = InferenceWorker(assets: assets)
    self.model = model
    clip = try Clips.find("dog_c3n_001", dataset: nil, assets: assets)
  }

  func measure(runs: Int) throws -> Report {
    // Reads the weights and warms up.
    var last = try run(try clip.load(), Switches()).analysis
    let variant = last.variant.rawValue
    var complete: [Double] = []
    var largest = 0
    let rows = try Change.all.map { change in
      var times: [Double] = []
      var labelsChanged = 0
      for _ in 0..<runs {
        let contents = try clip.load()
        let first = try run(contents, Switches())
        complete.append(first.milliseconds)
        last = try change.before.reduce(first.analysis) { _, switches in try run(contents, switches).analysis
        }
        let labels = last.frames.map(\.agreement?.visualLabel)
        let measured = try run(contents, change.after)
        times.append(measured.milliseconds)
        last = measured.analysis
        labelsChanged = zip(labels, last.frames).count { $0 != $1.agreement?.visualLabel }
        largest = max(largest, last.store?.bytes ?? 0)
      }
      let parts = Milestone.Part.allCases
      return (
        change.name, times.min()!, labelsChanged,
        parts.filter { last.seconds[$0] != nil }.map(\.rawValue),
        parts.filter(last.reused.contains).map(\.rawValue)
      )
    }
    let whole = complete.min()!
    return Report(
      variant: variant, clip: clip.id, runs: runs, completeMs: whole,
      changes: rows.map {
        Row(
          change: $0.0, ms: $0.1, ofComplete: $0.1 / whole, labelsChanged: $0.2, computed: $0.3, reused: $0.4)
      }, storeMb: Double(largest) / 1e6)
  }

  private func run(
    _ contents: ClipContents, _ switches: Switches
  ) throws -> (milliseconds: Double, analysis: ClipAnalysis) {
    let start = ContinuousClock.now
    let job = Job(model: model, contents: contents, switches: switches)
    let analysis = try complete(job, on: worker, progress: Progress())
    return (1000 * start.duration(to: .now).seconds, analysis)
  }
}

extension ChangesBench.Report {
  func print() {
    Swift.print(
      "\(variant), \(clip), best of \(runs), \(BLAS.threads) threads, kernels for \(Kernels.name)")
    Swift.print(String(format: "  complete run %.1f ms", completeMs))
    for row in changes {
      let name = row.change.padding(toLength: 24, withPad: " ", startingAt: 0)
      let times = String(format: "%9.1f ms %6.1f %%", row.ms, 100 * row.ofComplete)
      let labels = row.labelsChanged == 0 ? "" : ", \(row.labelsChanged) labels change"
      Swift.print("  \(name)\(times)  computed: \(row.computed.joined(separator: " "))\(labels)")
    }
    Swift.print(String(format: "  kept at most %.0f MB of results of the clip", storeMb))
  }
}
