import AVSBench
import C3N
import Foundation
import Inference
import Tensors
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// What each kind of change computes, counted by the milestones that the worker passes.
@Suite("What a change computes again", .serialized)
struct ReuseTests {
  let assets = EmbeddedAssets(root: package + "/Assets")

  func dog() throws -> ClipContents {
    try Dataset.open(assets.clips + "/Single-source").clip("dog_c3n_001").load()
  }

  /// The parts whose milestones were passed, and the complete analysis.
  func run(
    _ worker: InferenceWorker, _ contents: ClipContents, _ model: ModelSpecification = .init(),
    inPassing: Bool = false, by change: (inout Switches) -> Void = { _ in }
  ) async throws -> (parts: Set<Milestone.Part>, analysis: ClipAnalysis) {
    var switches = Switches()
    change(&switches)
    var parts: Set<Milestone.Part> = []
    var last: ClipAnalysis?
    let job = Job(model: model, contents: contents, switches: switches, isInPassing: inPassing)
    for try await event in worker.run(job) {
      if case .progress(let milestone, _) = event { parts.insert(milestone.part) }
      if case .analysis(let analysis) = event { last = analysis }
    }
    return (parts, last!)
  }

  static let afterLabel: Set<Milestone.Part> = [.backward, .attention, .aspp, .fusion, .decoder]

  @Test func aChangeComputesWhatDependsOnIt() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try dog()
    let first = try await run(worker, dog)
    #expect(first.parts == Self.afterLabel.union([.audio, .backbone]))
    #expect(first.analysis.reused.isEmpty && first.analysis.store!.count > 0)
    // The dog's label is so clear that the exponents do not move it.
    #expect(try await run(worker, dog) { $0.alpha = 0.2 }.parts.isEmpty)
    #expect(try await run(worker, dog) { $0.audioFeatures = false }.parts == [.fusion, .decoder])
    #expect(try await run(worker, dog) { $0.nonLocal = false }.parts == [.decoder])
    // Without the non-local blocks nobody listens.
    let deaf = try await run(worker, dog) { ($0.nonLocal, $0.audioFeatures) = (false, false) }
    #expect(deaf.parts.isEmpty)
    #expect(try await run(worker, dog) { $0.consensus = .none }.parts == [.aspp, .fusion, .decoder])
    #expect(try await run(worker, dog) { $0.forcedLabel = 340 }.parts == Self.afterLabel)
    #expect(try await run(worker, dog) { $0.audioNoise = 10 }.parts == [.audio, .fusion, .decoder])
    let noisy = try await run(worker, dog) { $0.frameNoise = 10 }
    #expect(noisy.parts == Self.afterLabel.union([.backbone]) && noisy.analysis.reused.contains(.audio))
    // Noise of both kinds finds each backbone's result of its own noise.
    let both = try await run(worker, dog) { ($0.audioNoise, $0.frameNoise) = (10, 10) }
    #expect(both.parts == [.fusion, .decoder])
  }

  @Test func goingBackComputesNothing() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try dog()
    let changes: [(inout Switches) -> Void] = [
      { _ in }, { $0.forcedLabel = 340 }, { $0.consensus = .none }, { $0.nonLocal = false },
      { $0.frameNoise = 10 }, { $0.audioNoise = 0 },
    ]
    var before: [ClipAnalysis] = []
    for change in changes { before.append(try await run(worker, dog, by: change).analysis) }
    for (change, earlier) in zip(changes, before).reversed() {
      let (parts, again) = try await run(worker, dog, by: change)
      #expect(parts.isEmpty && Set(again.seconds.keys) == [.consensus])
      #expect(again.maskLogits!.values == earlier.maskLogits!.values && again.iou == earlier.iou)
      #expect(again.heatMaps.count == earlier.heatMaps.count)
      for (a, b) in zip(again.heatMaps, earlier.heatMaps) { #expect(a.raw.values == b.raw.values) }
      #expect(again.reused.contains(.backbone) && again.totalSavedSeconds > 0)
    }
  }

  /// Labels that are new for few frames are traced back for these alone, with the result of all frames together.
  @Test func fewNewLabelsAreFewFramesWork() async throws {
    var found = 0
    for clip in try Dataset.openAll(assets.clips).flatMap(\.clips) where found == 0 {
      let contents = try clip.load()
      let worker = InferenceWorker(assets: assets)
      var known = [Set<Int>](repeating: [], count: contents.frames.count)
      for alpha: Float in [0.1, 0, 0.3, 0.6, 1] {
        let analysis = try await run(worker, contents) { $0.alpha = alpha }.analysis
        let labels = analysis.frames.map { $0.agreement!.visualLabel }
        let new = labels.indices.filter { !known[$0].contains(labels[$0]) }
        for (frame, label) in labels.enumerated() { known[frame].insert(label) }
        guard !new.isEmpty, 3 * new.count < labels.count else { continue }
        found += 1
        #expect(analysis.reused.contains(.backbone) && analysis.seconds[.backward] != nil)
        let fresh = try await run(InferenceWorker(assets: assets), contents) { $0.alpha = alpha }.analysis
        for (a, b) in zip(analysis.heatMaps, fresh.heatMaps) {
          let scale = b.raw.values.map(abs).max()!
          #expect(
            zip(a.raw.values, b.raw.values).allSatisfy { abs($0 - $1) <= 1e-5 * scale }, "stage \(a.stage)")
        }
        let pairs = zip(analysis.maskLogits!.values, fresh.maskLogits!.values)
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-3 }, "mask logits")
      }
    }
    #expect(found > 0, "no alpha moves the labels of few frames of any embedded clip")
  }

  @Test func noiseIsTheSameEveryTimeAndThatOfOtherCommands() async throws {
    let dog = try dog()
    var conditions = InputConditions()
    (conditions.audioNoise, conditions.frameNoise, conditions.noiseSeed) = (5, 15, 1)
    let given = try await run(InferenceWorker(assets: assets), conditions.apply(to: dog)).analysis
    let asked = try await run(InferenceWorker(assets: assets), dog) {
      ($0.audioNoise, $0.frameNoise) = (5, 15)
    }.analysis
    #expect(given.maskLogits!.values == asked.maskLogits!.values)
  }

  @Test func aSmallBudgetIsKeptAndResultsStayRight() async throws {
    let dog = try dog()
    let large = InferenceWorker(assets: assets)
    let small = InferenceWorker(assets: assets, memory: 1 << 20)
    var held: [Int] = []
    for label in [340, 281, 340] {
      let a = try await run(large, dog) { $0.forcedLabel = label }.analysis
      let b = try await run(small, dog) { $0.forcedLabel = label }.analysis
      #expect(a.maskLogits!.values == b.maskLogits!.values)
      held.append(b.store!.bytes)
    }
    // Only what a run uses itself goes beyond the budget, so it does not grow from run to run.
    #expect(held[2] <= held[0] + held[0] / 10, "\(held)")
    let again = try await run(small, dog) { $0.forcedLabel = 281 }
    #expect(!again.parts.isEmpty, "beyond the budget results are let go of")
  }

  /// A run that nobody follows keeps the features, but not their way back: two thirds of the memory of `lite`.
  @Test func withoutABudgetTheWayBackGoesAfterTheLabel() async throws {
    let dog = try dog()
    for consensus in [Switches.Consensus.audioVisual, .none] {
      let large = try await run(InferenceWorker(assets: assets), dog) { $0.consensus = consensus }.analysis
      let worker = InferenceWorker(assets: assets, memory: 0)
      let small = try await run(worker, dog) { $0.consensus = consensus }.analysis
      #expect(small.maskLogits!.values == large.maskLogits!.values)
      #expect(small.scoredFrames == large.scoredFrames && small.scoredFrames.count == 5)
      #expect(small.store!.bytes < large.store!.bytes / 2, "\(small.store!.bytes) of \(large.store!.bytes)")
      let again = try await run(worker, dog) { $0.forcedLabel = 340 }
      #expect(again.parts.contains(.backbone) && again.analysis.heatMaps.count == 4)
    }
  }

  @Test func anotherClipInPassingLeavesTheOpenOne() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try dog()
    let cat = try Dataset.open(assets.clips + "/Single-source").clip("cat_c3n_001").load()
    _ = try await run(worker, dog)
    let passing = try await run(worker, cat, inPassing: true)
    #expect(passing.parts.contains(.backbone))
    #expect(try await run(worker, dog).parts.isEmpty)
    _ = try await run(worker, cat)
    #expect(try await run(worker, dog).parts.contains(.backbone))
  }

  @Test func modelsStayWithinTheirBudget() async throws {
    let dog = try dog()
    let own = ModelSpecification()
    let other = ModelSpecification(variant: .lite, weights: assets.liteFiles())
    for (budget, stays) in [(nil, true), (1, false)] as [(Int?, Bool)] {
      let worker = InferenceWorker(assets: assets, modelMemory: budget)
      _ = try await run(worker, dog, own)
      let second = try await run(worker, dog, other)
      #expect(second.parts.contains(.backbone), "another model has results of its own")
      #expect(try await run(worker, dog, own).parts.isEmpty == stays)
    }
  }
}
