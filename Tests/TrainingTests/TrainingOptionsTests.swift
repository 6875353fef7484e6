import AVSBench
import C3N
import Checkpoints
import Foundation
import Layers
import Media
import Tensors
import Testing
import Training

@Suite("Training options beyond the paper's recipe", .serialized)
struct TrainingOptionsTests {
  /// A trained backbone and every option at once.
  private func everything() -> TrainingConfiguration {
    var configuration = smallConfiguration()
    (configuration.epochs, configuration.freezesBackbone, configuration.batchNorm) = (2, false, .training)
    (configuration.averageDecay, configuration.negativeAudio) = (0.9, 0.5)
    configuration.backboneLearningRate = 1e-4
    return configuration
  }

  private func run(
    _ configuration: TrainingConfiguration, on data: Dataset, in folder: TrainingFolder, model: C3NModel,
    resumes: Bool = false, steps: Int = .max, cacheBytes: Int = 1 << 30
  ) throws -> Trainer {
    BLAS.threads = 1
    let trainer = try Trainer(
      model, on: data, configuration, folder: folder, resumes: resumes, cacheBytes: cacheBytes)
    var made = 0
    let outcome = try trainer.run(shouldStop: { made >= steps }) { if case .step = $0 { made += 1 } }
    #expect((outcome == .stopped) == (steps != .max))
    return trainer
  }

  private func losses(_ folder: TrainingFolder) throws -> [Double] {
    try TrainingLog.read(folder.log).compactMap(\.loss)
  }

  @Test func aRunInPiecesMakesTheSameBytes() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 0)
      let (whole, pieces) = (
        TrainingFolder(temporary + "/whole"), TrainingFolder(temporary + "/pieces")
      )
      _ = try run(everything(), on: data, in: whole, model: smallLite(in: temporary))
      _ = try run(everything(), on: data, in: pieces, model: smallLite(in: temporary), steps: 1)
      let resumed = try C3NModel.load(
        .lite, from: .files([pieces.checkpoint]),
        similarity: .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
      let configuration = try pieces.resumable().configuration
      #expect(configuration == everything())
      _ = try run(configuration, on: data, in: pieces, model: resumed, resumes: true)
      for (a, b) in [(whole.checkpoint, pieces.checkpoint), (whole.best, pieces.best)] {
        #expect(FileManager.default.contentsEqual(atPath: a, andPath: b), "\(b)")
      }
      #expect(try losses(whole) == losses(pieces))

      // The best weights are the averages; the checkpoint has both.
      let (checkpoint, best) = (try Checkpoint.open(whole.checkpoint), try Checkpoint.open(whole.best))
      for key in [
        "encoder_backbone._conv_stem.weight", "encoder_backbone._blocks.3._bn1.running_mean",
        "output_conv.4.bias",
      ] {
        let average = try checkpoint.tensor("optimizer.average." + key).values
        #expect(try best.tensor(key).values == average, "\(key)")
        #expect(try checkpoint.tensor(key).values != average, "\(key)")
      }
      #expect(best.names.allSatisfy { !$0.hasPrefix("optimizer.") })
      _ = try C3NModel.load(
        nil, from: .files([whole.best]),
        similarity: .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
    }
  }

  @Test func theAverageForgetsTheBeginningSoon() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 1)
      var configuration = smallConfiguration()
      configuration.epochs = 1
      let model = try smallLite(in: temporary)
      func value() -> [Float] {
        model.parameters.first { $0.key == "path1.resConfUnit2.conv1.weight" }!.value.values
      }
      let before = value()
      configuration.averageDecay = 0.999
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try run(configuration, on: data, in: folder, model: model)
      #expect(trainer.state.step == 1 && trainer.state.bestEpoch == 1)
      // The model itself has the weights again; of the first step 1 - 2/11 enters.
      let parameter = model.parameters.first { $0.key == "path1.resConfUnit2.conv1.weight" }!
      let best = parameter.order.fromCheckpoint(try Checkpoint.open(folder.best).tensor(parameter.key)).values
      let stored = try Checkpoint.open(folder.checkpoint).tensor(parameter.key)
      #expect(parameter.order.fromCheckpoint(stored).values == value() && value() != before)
      for (average, (old, new)) in zip(best, zip(before, value())) {
        #expect(abs(average - (old + 9 / 11 * (new - old))) < 1e-6)
      }
    }
  }

  @Test func aCheckpointWithoutTheAveragesIsToldOf() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 0)
      var configuration = smallConfiguration()
      configuration.epochs = 1
      let folder = TrainingFolder(temporary + "/run")
      _ = try run(configuration, on: data, in: folder, model: smallLite(in: temporary))
      configuration.averageDecay = 0.9
      #expect {
        try Trainer(smallLite(in: temporary), on: data, configuration, folder: folder, resumes: true)
      } throws: {
        "\($0)".contains(folder.checkpoint) && "\($0)".contains("average") && "\($0)".contains("missing")
      }
    }
  }

  /// With negative audio alone a run sees neither the clips' sounds nor their masks, whether features are kept or not.
  @Test(arguments: [Switches.Consensus.audioVisual, .none])
  func negativeAudioTakesSoundAndMask(consensus: Switches.Consensus) throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary + "/a", training: 2, validation: 0)
      let other = try makeDataset(below: temporary + "/b", training: 2, validation: 0)
      for clip in other.clips {
        for mask in try clip.files().masks.compactMap({ $0 }) {
          try GrayImage(Mask(width: 224, height: 224, values: Array(repeating: 0, count: 224 * 224)))
            .writePNG(to: mask)
        }
        try writeWAV((0..<32_000).map { 0.2 * sin(Float($0) * 0.31) }, to: try clip.files().audio)
      }
      var configuration = smallConfiguration()
      (configuration.jitters, configuration.switches.consensus) = (false, consensus)
      func losses(_ name: String, _ share: Float?, on data: Dataset, cacheBytes: Int = 1 << 30) throws
        -> [Double]
      {
        configuration.negativeAudio = share
        let folder = TrainingFolder(temporary + "/" + name)
        _ = try run(
          configuration, on: data, in: folder, model: smallLite(in: temporary), cacheBytes: cacheBytes)
        return try self.losses(folder)
      }
      let plain = try losses("plain", nil, on: data)
      #expect(try losses("zero", 0, on: data) == plain)
      let negative = try losses("negative", 1, on: data)
      #expect(negative != plain)
      #expect(try losses("other", 1, on: other) == negative)
      #expect(try losses("unkept", 1, on: data, cacheBytes: 0) == negative)
    }
  }

  @Test func negativeSoundsAreOfAnotherCategory() {
    func clip(_ id: Int, _ category: String?) -> Clip {
      Clip(id: "\(id)", category: category, layout: .singleSource, framesFolder: "\(id)")
    }
    let clips = (0..<12).map { clip($0, [nil, "cat", "dog", "cow"][$0 % 4]) }
    var counts = [0, 0, 0]
    var heard: Set<String> = []
    for place in 0..<600 {
      var random = Random(UInt64(place))
      switch NegativeSound.drawn(for: clips[1], among: clips, &random) {
      case .silence: counts[0] += 1
      case .noise: counts[1] += 1
      case .clip(let clip):
        counts[2] += 1
        heard.insert(clip.category ?? "none")
      }
      // A clip of no category, and one whose category all others have, get silence or noise.
      for (own, among) in [(clips[0], clips), (clips[1], [clips[1], clips[5], clips[0]])] {
        if case .clip = NegativeSound.drawn(for: own, among: among, &random) {
          Issue.record("the sound of another clip at \(place)")
        }
      }
    }
    #expect(heard == ["dog", "cow"])
    #expect(counts.allSatisfy { $0 > 160 }, "\(counts)")
    let noise = NegativeSound.noise(seed: 3, seconds: 2)
    #expect(noise.shape == [2, 16_000] && noise.values == NegativeSound.noise(seed: 3, seconds: 2).values)
    #expect(noise.values.contains { $0 != 0 } && noise.values.allSatisfy { abs($0) <= 1 })
  }

  /// One step at a rate of nothing for the backbone: its parameters stay, and its statistics follow the mode alone.
  @Test(arguments: BatchNorm.Mode.allCases)
  func theBackboneHasARateAndAModeOfItsOwn(mode: BatchNorm.Mode) throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 0)
      var configuration = smallConfiguration()
      (configuration.epochs, configuration.freezesBackbone, configuration.batchNorm) = (1, false, mode)
      for rate: Float in [0, 1e-3] {
        configuration.backboneLearningRate = rate
        let model = try smallLite(in: temporary)
        func values(_ part: (String) -> Bool) -> [[Float]] {
          model.parameters.filter { part($0.key) }.map(\.value.values)
        }
        let isTrunk = { (key: String) in
          key.hasPrefix("encoder_backbone._blocks.") || key.hasPrefix("encoder_backbone._conv_stem")
        }
        let statistics = model.buffers.filter { $0.key.hasPrefix("encoder_backbone.") }
        let (trunk, head) = (values(isTrunk), values { $0.hasPrefix("encoder_backbone._fc") })
        let (decoder, kept) = (values { $0.hasPrefix("path2.") }, statistics.map(\.value.values))
        _ = try run(configuration, on: data, in: TrainingFolder("\(temporary)/\(rate)"), model: model)
        #expect((values(isTrunk) == trunk) == (rate == 0))
        if rate > 0 { #expect(zip(values(isTrunk), trunk).allSatisfy { $0 != $1 }) }
        #expect(values { $0.hasPrefix("encoder_backbone._fc") } == head)
        #expect(values { $0.hasPrefix("path2.") } != decoder)
        #expect((statistics.map(\.value.values) == kept) == (mode == .evaluation))
      }
    }
  }
}
