import AVSBench
import C3N
import Foundation
import Inference
import Tensors
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

@Suite("Memory", .serialized)
struct MemoryTests {
  let assets = EmbeddedAssets(root: package + "/Assets")

  /// A clip of three embedded clips' frames in turn, each with its ground truth and its second of sound.
  func long(_ frames: Int) throws -> ClipContents {
    let folder = FileManager.default.temporaryDirectory.path + "/long-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for part in ["frames", "masks"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
    }
    let clips = try Dataset.open(assets.clips + "/Single-source").clips.prefix(3).map { try $0.load() }
    var samples: [Float] = []
    for frame in 0..<frames {
      let (clip, second) = (clips[frame / 5 % 3], frame % 5)
      for (part, path) in [("frames", clip.files.frames[second]), ("masks", clip.files.masks[second]!)] {
        try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(part)/long_\(frame + 1).png")
      }
      samples += clip.waveform.samples.slice(second..<second + 1).values
    }
    try wav(samples).write(to: URL(fileURLWithPath: folder + "/sound.wav"))
    return try Clip(
      id: "long", layout: .multipleSources, framesFolder: folder + "/frames", masksFolder: folder + "/masks",
      audio: folder + "/sound.wav"
    ).load()
  }

  /// A file of 16 bits, mono, at 16 kHz.
  func wav(_ samples: [Float]) -> Data {
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    let data = samples.flatMap { little(Int(($0 * 32767).rounded()) & 0xffff, 2) }
    let format =
      little(16, 4) + little(1, 2) + little(1, 2) + little(16_000, 4) + little(32_000, 4) + little(2, 2)
      + little(16, 2)
    return Data("RIFF".utf8) + little(36 + data.count, 4) + Data("WAVEfmt ".utf8) + format + Data("data".utf8)
      + little(data.count, 4) + data
  }

  func analysis(
    _ model: C3NModel, _ contents: ClipContents, atATime: Int = 10, pooledLimit: Int = 512 << 20,
    budget: Int = 0, _ switches: Switches = Switches(), observe: Observer = { _, _ in }
  ) throws -> ClipAnalysis {
    let computation = ClipComputation(
      model, contents, budget: budget, framesAtATime: atATime, pooledLimit: pooledLimit)
    var last: ClipAnalysis?
    try computation.analyze(switches, observe: observe, publish: { last = $0 })
    return last!
  }

  func expectEqual(_ a: ClipAnalysis, _ b: ClipAnalysis, _ what: Comment) {
    func differ(_ a: Tensor, _ b: Tensor, within tolerance: Float) -> Bool {
      a.shape != b.shape || zip(a.values, b.values).contains { abs($0 - $1) > tolerance }
    }
    #expect(!differ(a.maskLogits!, b.maskLogits!, within: 1e-3), what)
    #expect(a.frames.map(\.agreement?.visualLabel) == b.frames.map(\.agreement?.visualLabel), what)
    #expect(a.heatMaps.count == b.heatMaps.count && a.frames.count == b.frames.count, what)
    for (x, y) in zip(a.heatMaps, b.heatMaps) {
      let scale = x.raw.values.map(abs).max()!
      #expect(!differ(x.raw, y.raw, within: 1e-4 * scale), what)
    }
    for (x, y) in zip(a.fusionAttention + a.featureMaps, b.fusionAttention + b.featureMaps) {
      let scale = x.values.map(abs).max()!
      #expect(!differ(x, y, within: 1e-4 * scale), what)
    }
    #expect(abs(a.iou! - b.iou!) < 1e-3 && abs(a.fScore! - b.fScore!) < 1e-3, what)
    #expect(a.scoredFrames.map(\.index) == b.scoredFrames.map(\.index), what)
  }

  @Test func aClipInChunksEqualsTheWhole() throws {
    let model = try assets.load(.init())
    let clip = try long(7)
    let changes: [(String, (inout Switches) -> Void)] = [
      ("as published", { _ in }), ("label forced", { $0.forcedLabel = 340 }),
      ("no consensus", { $0.consensus = .none }), ("without sound", { $0.audioFeatures = false }),
      ("without non-local blocks", { $0.nonLocal = false }),
      ("noise", { ($0.audioNoise, $0.frameNoise) = (10, 15) }),
    ]
    for (name, change) in changes {
      var switches = Switches()
      change(&switches)
      let whole = try analysis(model, clip, switches)
      // In three chunks of which all, one or none stay between the two passes.
      for limit in [1 << 30, 3 * MemoryNeed.pooledBytes(width: 32), 0] {
        let chunked = try analysis(model, clip, atATime: 3, pooledLimit: limit, switches)
        expectEqual(whole, chunked, "\(name), \(limit) bytes kept")
      }
    }
  }

  @Test func whatIfOfALongClipReusesAndStaysRight() throws {
    let model = try assets.load(.init())
    let clip = try long(7)
    for budget in [0, 20 << 20, 1 << 30] {
      let computation = ClipComputation(model, clip, budget: budget, framesAtATime: 3)
      for label in [nil, 340, 281, nil, 340] as [Int?] {
        var switches = Switches()
        switches.forcedLabel = label
        var parts: Set<Milestone.Part> = []
        var last: ClipAnalysis?
        try computation.analyze(
          switches, observe: { milestone, _ in parts.insert(milestone.part) }, publish: { last = $0 })
        expectEqual(try analysis(model, clip, switches), last!, "label \(label ?? -1), budget \(budget)")
        #expect(last!.store!.count > 0)
      }
      var parts: Set<Milestone.Part> = []
      var beta = Switches()
      (beta.beta, beta.forcedLabel) = (0.2, 340)
      try computation.analyze(
        beta, observe: { milestone, _ in parts.insert(milestone.part) }, publish: { _ in })
      #expect(parts.isEmpty, "what the last run used is there: \(parts)")
    }
  }

  @Test func progressOfALongClipReachesItsEndOnce() async throws {
    let clip = try long(12)
    let worker = InferenceWorker(assets: assets, memory: 0)
    var shares: [Double] = []
    for try await event in worker.run(Job(model: .init(), contents: clip, switches: Switches())) {
      if case .progress(_, let share) = event { shares.append(share) }
    }
    #expect(shares == shares.sorted() && shares.last == 1 && shares.dropLast().allSatisfy { $0 < 1 })
  }

  @Test func aLongClipIsCancelledBetweenChunks() async throws {
    let clip = try long(12)
    let worker = InferenceWorker(assets: assets)
    let job = Job(model: .init(), contents: clip, switches: Switches())
    for try await event in worker.run(job) {
      if case .progress(let milestone, _) = event, milestone.part == .decoder { break }
    }
    var last: ClipAnalysis?
    for try await event in worker.run(job) {
      if case .analysis(let analysis) = event { last = analysis }
    }
    #expect(last!.isComplete && last!.reused.contains(.backbone))
  }

  /// The most that a computation has of the tensors' pool beside what is there before.
  func peak(_ body: () throws -> Void) rethrows -> Int {
    let before = StoragePool.shared.bytesInUse
    StoragePool.shared.resetPeak()
    try body()
    return StoragePool.shared.peakBytesInUse - before
  }

  /// The pool is the whole process': other tests' tensors come and go, so what counts is a quiet attempt. A need that is told
  /// wrongly, or memory that grows, is so in every one of them.
  func expectOnce(_ attempt: () throws -> String?) async throws {
    var problem: String?
    for _ in 0..<30 {
      problem = try attempt()
      if problem == nil { return }
      try await Task.sleep(for: .seconds(2))
    }
    Issue.record("\(problem!)")
  }

  @Test func thePeakGrowsByLittleMoreThanAFramesResults() async throws {
    let model = try assets.load(.init())
    let (short, twice) = (try long(6), try long(18))
    try await expectOnce {
      let few = try peak { _ = try analysis(model, short, atATime: 3) }
      let many = try peak { _ = try analysis(model, twice, atATime: 3) }
      let together = try peak { _ = try analysis(model, short) }
      // 18.4 MiB a frame if frames were computed together; heat maps, masks and V^a of lite are 0.9 MiB.
      if many > few, many - few < 12 * (2 << 20), few < together * 2 / 3 { return nil }
      return "\(few >> 10) KiB of 6 frames, 3 at a time; \(many >> 10) of 18; \(together >> 10) of 6 at once"
    }
  }

  @Test(arguments: [(1, 10), (5, 10), (12, 10), (12, 3)])
  func theNeedIsWhatTheTensorsTake(frames: Int, atATime: Int) async throws {
    let model = try assets.load(.init())
    let clip = try long(frames)
    let need = MemoryNeed(model, ClipExtent(clip), framesAtATime: atATime)
    let told = need.activations + need.results
    try await expectOnce {
      let measured = try peak { _ = try analysis(model, clip, atATime: atATime) }
      if abs(Double(told) / Double(measured) - 1) < 0.15 { return nil }
      return "told \(told >> 10) KiB, measured \(measured >> 10) KiB"
    }
  }

  /// Resident memory at the peak of `c3n run`, in KiB, as the system counted it on a machine with two cores.
  @Test(
    arguments: [
      (.lite, 1, 110_980), (.lite, 5, 207_896), (.lite, 10, 315_208), (.lite, 11, 239_300),
      (.lite, 60, 355_936), (.lite, 300, 565_836), (.pvtv2PANNs, 1, 954_468), (.pvtv2PANNs, 5, 1_195_876),
      (.pvtv2PANNs, 10, 1_600_164),
    ] as [(Variant, Int, Int)])
  func theNeedIsWhatRunsTook(variant: Variant, frames: Int, resident: Int) {
    let told = MemoryNeed(variant, nil, ClipExtent(frames: frames)).total
    #expect(abs(Double(told) / Double(resident << 10) - 1) < 0.15, "told \(told >> 10) KiB")
  }

  @Test func parametersAreCountedWithoutWeights() throws {
    let lite = try assets.load(.init())
    let parts = MemoryNeed.parts(of: .lite)
    #expect(
      C3NModel.parameterCount(.lite, parts) == lite.parameters.reduce(0) { $0 + $1.value.count })
    for variant in [Variant.pvtv2PANNs, .tpaviResNet50VGGish] {
      let model = try assets.load(ModelSpecification(variant: variant, weights: ["formula:1"]))
      #expect(
        C3NModel.parameterCount(variant, .published) == model.parameters.reduce(0) { $0 + $1.value.count })
    }
  }

  @Test func aLongClipThatDoesNotFitIsTakenFewerFramesAtATime() throws {
    let clip = ClipExtent(frames: 60)
    func need(_ atATime: Int, _ budget: Int) -> MemoryNeed {
      MemoryNeed(.pvtv2PANNs, nil, clip, framesAtATime: atATime, budget: budget)
    }
    func fit(_ bytes: Int) throws -> (need: MemoryNeed, budget: Int) {
      try MemoryNeed.fitting(
        "clip", budget: 1 << 30, available: .init(bytes: bytes, bound: .machine), .init(), need)
    }
    #expect(try fit(8 << 30).need.framesAtATime == 10 && fit(8 << 30).budget == 1 << 30)
    let tight = try fit(need(5, 0).total + 1 << 20)
    #expect(tight.need.framesAtATime == 5 && tight.budget < 64 << 20)
    #expect(try fit(need(1, 0).total).need.framesAtATime == 1)
    #expect {
      try fit(300 << 20)
    } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("clip: 60 frames in pvtv2-panns need 1.") && text.contains("300 MiB are free on")
        && text.contains("1 frame at a time") && text.contains("--variant lite, which needs")
        && !text.contains("\n")
    }
  }

  @Test func aJobThatDoesNotFitEndsBeforeItsModelIsLoaded() async throws {
    let dog = try long(5)
    let worker = InferenceWorker(assets: assets, available: { .init(bytes: 20 << 20, bound: .controlGroup) })
    var events: [JobEvent] = []
    await #expect {
      for try await event in worker.run(Job(model: .init(), contents: dog, switches: Switches())) {
        events.append(event)
      }
    } throws: { "\($0)".contains("20 MiB are left of the control group's limit") && $0 is MemoryError }
    #expect(events.isEmpty)
    let model = try assets.load(.init())
    #expect(throws: MemoryError.self) {
      try ClipEvaluation(model, dog, .init(), available: .init(bytes: 1 << 20, bound: .machine))
    }
  }
}

@Suite("Available memory")
struct AvailableMemoryTests {
  /// The bound by made files of `/proc` and `/sys/fs/cgroup`.
  func read(_ files: [String: String], address: Int? = nil, data: Int? = nil) throws -> AvailableMemory? {
    let root = FileManager.default.temporaryDirectory.path + "/memory-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (path, text) in files {
      let file = URL(fileURLWithPath: root + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return AvailableMemory.read(root: root, addressLimit: address, dataLimit: data, kept: 100, reserved: 200)
  }

  let machine = [
    "/proc/meminfo": "MemTotal: 900 kB\nMemFree: 1 kB\nMemAvailable:     500 kB\nSwapFree: 20 kB\n"
  ]

  @Test func isWhatTheMachineHas() throws {
    #expect(try read(machine) == .init(bytes: 520 * 1024 + 100, bound: .machine))
    #expect(try read([:]) == nil)
    #expect(try read(["/proc/meminfo": "MemAvailable: many\n"]) == nil)
  }

  @Test func isWhatTheControlGroupLeaves() throws {
    var files = machine
    files["/proc/self/cgroup"] = "0::/a/b\n"
    files["/sys/fs/cgroup/a/b/memory.max"] = "max\n"
    files["/sys/fs/cgroup/a/b/memory.current"] = "5000\n"
    #expect(try read(files)?.bound == .machine)
    // The limit of a group above counts too, and what files are cached can be had.
    files["/sys/fs/cgroup/a/memory.max"] = "10000\n"
    files["/sys/fs/cgroup/a/memory.current"] = "8000\n"
    files["/sys/fs/cgroup/a/memory.stat"] = "anon 4000\ninactive_file 1000\nactive_file 500\n"
    #expect(try read(files) == .init(bytes: 10000 - 6500 + 100, bound: .controlGroup))
    files["/sys/fs/cgroup/a/memory.current"] = "99999\n"
    #expect(try read(files) == .init(bytes: 0, bound: .controlGroup))

    files = machine
    files["/proc/self/cgroup"] = "5:cpu,memory:/c\n1:name=systemd:/\n"
    files["/sys/fs/cgroup/memory/c/memory.limit_in_bytes"] = "6000\n"
    files["/sys/fs/cgroup/memory/c/memory.usage_in_bytes"] = "2000\n"
    files["/sys/fs/cgroup/memory/c/memory.stat"] = "inactive_file 1\ntotal_inactive_file 700\n"
    files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    files["/sys/fs/cgroup/memory/memory.usage_in_bytes"] = "1\n"
    #expect(try read(files) == .init(bytes: 6000 - 1300 + 100, bound: .controlGroup))
  }

  @Test func isWhatLimitsOfTheProcessLeave() throws {
    var files = machine
    files["/proc/self/statm"] = "10 5 3 1 0 4 0\n"
    #expect(try read(files, address: 50_000) == .init(bytes: 50_000 - 40_960 + 200, bound: .addressSpace))
    #expect(try read(files, data: 20_000) == .init(bytes: 20_000 - 16_384 + 200, bound: .dataSegment))
    #expect(try read(files, address: 1 << 40)?.bound == .machine)
  }

  @Test func thisMachineTellsToo() throws {
    #expect(try #require(AvailableMemory.now()).bytes > 1 << 20)
  }

  @Test func bytesAreWrittenForPeople() {
    #expect(byteCount(312 << 20) == "312 MiB" && byteCount(8_294 << 20) == "8.1 GiB")
    #expect(byteCount(0) == "0 MiB" && byteCount(5 << 10) == "5 KiB")
  }
}
