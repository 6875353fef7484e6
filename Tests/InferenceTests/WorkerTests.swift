import AVSBench
import C3N
import Foundation
import Inference
import Tensors
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

@Suite("The worker runs jobs and reuses what did not change", .serialized)
struct WorkerTests {
  let assets = EmbeddedAssets(root: package + "/Assets")

  func contents(_ id: String) throws -> ClipContents {
    try Dataset.open(assets.clips + "/Single-source").clip(id).load()
  }

  /// All events of a job, to its end.
  func events(_ worker: InferenceWorker, _ job: Job) async throws -> [JobEvent] {
    var events: [JobEvent] = []
    for try await event in worker.run(job) { events.append(event) }
    return events
  }

  func analyses(_ events: [JobEvent]) -> [ClipAnalysis] {
    events.compactMap { if case .analysis(let analysis) = $0 { analysis } else { nil } }
  }

  @Test func aClipFromDiskToHeatMaps() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try contents("dog_c3n_001")
    let all = try await events(worker, Job(model: .init(), contents: dog, switches: Switches()))
    guard case .loadingModel = all[0] else {
      return #expect(Bool(false), "the first event is not the loading")
    }
    let shares = all.compactMap { if case .progress(_, let share) = $0 { share } else { nil } }
    #expect(shares == shares.sorted() && shares.last == 1)
    let grown = analyses(all)
    #expect(grown.map(\.isComplete) == [false, false, true])
    #expect(grown[0].heatMaps.isEmpty && grown[1].heatMaps.count == 4)
    let last = grown[2]
    #expect(last.frames.count == 5 && last.maskLogits?.shape == [5, 224, 224] && last.limitations.count == 1)
    #expect(last.effective == last.requested)
    for frame in last.frames {
      #expect(frame.agreement?.visualLabel == 235)
      #expect(frame.visualTop.count == 5 && frame.visualTop[0].label == 235)
      #expect(frame.visualTop.map(\.value) == frame.visualTop.map(\.value).sorted(by: >))
      #expect(abs(frame.visualTop[0].raised - pow(frame.visualTop[0].value, 0.1)) < 1e-6)
    }
    #expect(last.heatMaps[0].gradCAM.shape == [5, 56, 56])
    // What the screens need to explain the numbers.
    let evidence = try #require(last.evidence)
    let first = evidence.frame(0, alpha: 0.1, beta: 0.1)
    let agreed = last.frames[0].agreement!
    #expect(first.extremes(isReweighted: true).place == (agreed.visualLabel, agreed.audioLabel!))
    #expect(first.extremes(isReweighted: true).high == agreed.value)
    #expect(last.soundPicture?.values.shape == [5, 101, 64] && last.soundPicture?.bands == 64)
    #expect(last.featureMaps.map(\.shape) == last.fusionAttention.map(\.shape) && last.featureMaps.count == 4)
    for frame in last.frames {
      let pixels = frame.pixels!
      #expect(abs(Double(pixels.intersection) / Double(pixels.union) - frame.iou!) < 1e-9)
      let (p, r) = (
        Double(pixels.hits) / Double(pixels.predicted), Double(pixels.hits) / Double(pixels.positives)
      )
      #expect(abs(1.3 * p * r / (0.3 * p + r) - frame.fScore!) < 1e-9)
    }
    let scored = last.scoredFrames
    #expect(scored.map(\.score.iou) == last.frames.map { $0.iou! } && scored.map(\.index) == Array(0..<5))
  }

  @Test func onlyWhatAChangeTouchesIsComputedAgain() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try contents("dog_c3n_001")
    var switches = Switches()
    _ = try await events(worker, Job(model: .init(), contents: dog, switches: switches))
    switches.beta = 0.5
    let again = try await events(worker, Job(model: .init(), contents: dog, switches: switches))
    #expect(
      analyses(again).last!.reused
        == [.audio, .backbone, .backward, .attention, .aspp, .fusion, .decoder])
    #expect(!again.contains { if case .progress(.visualBlock, _) = $0 { true } else { false } })
    switches.forcedLabel = 340
    let forced = analyses(try await events(worker, Job(model: .init(), contents: dog, switches: switches)))
      .last!
    #expect(forced.frames.allSatisfy { $0.agreement?.visualLabel == 340 && $0.agreement?.value == nil })
    #expect(forced.reused.contains(.backbone) && !forced.reused.contains(.backward))
    switches.forcedLabel = nil
    switches.consensus = .none
    let none = analyses(try await events(worker, Job(model: .init(), contents: dog, switches: switches)))
      .last!
    #expect(none.heatMaps.isEmpty && none.frames.allSatisfy { $0.agreement == nil })
    let other = try await events(
      worker, Job(model: .init(), contents: contents("cat_c3n_001"), switches: switches))
    #expect(analyses(other).last!.reused.isEmpty)
  }

  @Test func reusedResultsEqualFreshOnes() async throws {
    let dog = try contents("dog_c3n_001")
    var switches = Switches()
    switches.forcedLabel = 340
    let fresh = InferenceWorker(assets: assets)
    let direct = analyses(try await events(fresh, Job(model: .init(), contents: dog, switches: switches)))
      .last!
    let used = InferenceWorker(assets: assets)
    _ = try await events(used, Job(model: .init(), contents: dog, switches: Switches()))
    let reused = analyses(try await events(used, Job(model: .init(), contents: dog, switches: switches)))
      .last!
    for (a, b) in zip(direct.heatMaps, reused.heatMaps) { #expect(a.gradCAM.values == b.gradCAM.values) }
  }

  /// Replaces a folder by the first frames of a shipped clip and its sound, and reads it.
  func fill(_ folder: String, _ id: String, frames: Int) throws -> ClipContents {
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let files = try Dataset.open(assets.clips + "/Single-source").clip(id).files()
    for (index, path) in files.frames.prefix(frames).enumerated() {
      try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(index + 1).png")
    }
    try FileManager.default.copyItem(atPath: files.audio, toPath: folder + "/sound.wav")
    return try Dataset.open(folder).clips[0].load()
  }

  static var scratch: String { FileManager.default.temporaryDirectory.path + "/clip-\(UUID())" }

  @Test func filesThatChangedAreNotTakenForTheOldOnes() async throws {
    let folder = Self.scratch
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let worker = InferenceWorker(assets: assets)
    let dog = try fill(folder, "dog_c3n_001", frames: 5)
    _ = try await events(worker, Job(model: .init(), contents: dog, switches: Switches()))
    let cat = try fill(folder, "cat_c3n_001", frames: 3)
    let last = analyses(try await events(worker, Job(model: .init(), contents: cat, switches: Switches())))
      .last!
    #expect(last.frames.count == 3 && last.reused.isEmpty)
    #expect(last.frames.allSatisfy { $0.agreement?.visualLabel == 285 })
  }

  @Test func memoryStaysFlatOverClipsOfManyLengths() async throws {
    let folder = Self.scratch
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let worker = InferenceWorker(assets: assets)
    var held: [Int] = []
    // The pool is the whole process': other tests' tensors come and go, so what counts is a quiet attempt. Memory that is
    // held on to would disturb every one of them.
    for _ in 0..<40 {
      held = []
      for frames in [5, 4, 3, 2, 1, 5] {
        let dog = try fill(folder, "dog_c3n_001", frames: frames)
        _ = try await events(worker, Job(model: .init(), contents: dog, switches: Switches()))
        held.append(StoragePool.shared.bytesInUse + StoragePool.shared.bytesKept)
      }
      if (held[0] * 4 / 5..<held[0] * 5 / 4).contains(held[5]) { return }
      try await Task.sleep(for: .seconds(3))
    }
    Issue.record("\(held)")
  }

  @Test func aCancelledJobStopsAndTheNextOneRuns() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try contents("dog_c3n_001")
    let job = Job(model: .init(), contents: dog, switches: Switches())
    var seen = 0
    // Leaving the loop ends the stream, which is how a reader cancels.
    for try await event in worker.run(job) {
      if case .progress = event {
        seen += 1
        if seen == 3 { break }
      }
    }
    #expect(seen == 3)
    let next = analyses(try await events(worker, job)).last!
    #expect(next.isComplete)
  }

  @Test func errorsReachTheReaderAndTheWorkerGoesOn() async throws {
    let worker = InferenceWorker(assets: assets)
    let dog = try contents("dog_c3n_001")
    let bad = Job(
      model: ModelSpecification(variant: .pvtv2PANNs), contents: dog, switches: Switches())
    await #expect(throws: ModelError.self) { try await events(worker, bad) }
    let missing = Job(
      model: ModelSpecification(weights: ["/nonexistent.pth"]), contents: dog, switches: Switches())
    await #expect {
      try await events(worker, missing)
    } throws: { "\($0)".contains("/nonexistent.pth") }
    let good = analyses(try await events(worker, Job(model: .init(), contents: dog, switches: Switches())))
    #expect(good.last!.isComplete)
  }
}

@Suite("The shipped assets")
struct EmbeddedAssetsTests {
  @Test func areFoundAboveTheExecutable() throws {
    let found = try EmbeddedAssets.locate(environment: [:], executable: package + "/.build/release/c3n")
    #expect(found.root == package + "/Assets")
    #expect {
      try EmbeddedAssets.locate(environment: ["C3N_ASSETS": "/nowhere"], executable: "")
    } throws: { "\($0)".contains("/nowhere") }
    #expect(throws: AssetsError.self) {
      try EmbeddedAssets.locate(environment: [:], executable: "/usr/bin/c3n")
    }
  }

  @Test func clipsAreWholeAndScoredClassesExist() throws {
    let assets = EmbeddedAssets(root: package + "/Assets")
    let datasets = try Dataset.openAll(assets.clips)
    #expect(datasets.map(\.layout).count == 2)
    let clips = datasets.flatMap(\.clips)
    #expect(clips.count >= 8)
    for clip in clips {
      let contents = try clip.load()
      #expect(
        contents.frames.count == 5 && contents.masks.allSatisfy { $0 != nil } && contents.warnings.isEmpty)
      #expect(contents.frames.allSatisfy { $0.width == 224 && $0.height == 224 })
    }
    #expect(try assets.audioClasses().names.count == 527 && assets.visualClasses().names.count == 1000)
  }

  @Test func everyShippedFileIsAttributed() throws {
    let root = package + "/Assets"
    let table = try String(contentsOfFile: root + "/ATTRIBUTION.csv", encoding: .utf8)
    let patterns = table.split(separator: "\n").dropFirst().map { String($0.split(separator: ",")[0]) }
    func isAttributed(_ file: String) -> Bool {
      patterns.contains { $0.withCString { pattern in file.withCString { fnmatch(pattern, $0, 0) == 0 } } }
    }
    let binaries = ["png", "svg", "wav", "safetensors", "csv"]
    for case let file as String in FileManager.default.enumerator(atPath: root)! {
      let suffix = (file as NSString).pathExtension
      guard binaries.contains(suffix), file != "ATTRIBUTION.csv", !file.hasPrefix("build/") else { continue }
      #expect(isAttributed(file), "\(file) has no line in ATTRIBUTION.csv")
    }
  }
}
