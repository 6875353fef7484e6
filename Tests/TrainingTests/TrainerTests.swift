import AVSBench
import C3N
import Checkpoints
import Foundation
import Layers
import Media
import Tensors
import Testing
import Training

/// A dataset in the S4 layout: discs that beep, two frames a clip.
func makeDataset(below folder: String, training: Int, validation: Int) throws -> Dataset {
  let root = folder + "/s4_data"
  for index in 0..<training + validation {
    let split = index < training ? "train" : "val"
    let name = "\(split)/disc/clip\(index)"
    for part in ["visual_frames", "gt_masks"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(part)/\(name)", withIntermediateDirectories: true)
    }
    try FileManager.default.createDirectory(
      atPath: "\(root)/audio_wav/\(split)/disc", withIntermediateDirectories: true)
    for frame in 1...2 {
      let (cx, cy) = (70 + 25 * index, 60 + 20 * index + 5 * frame)
      let inside = (0..<224 * 224).map { i in
        let (dx, dy) = (i % 224 - cx, i / 224 - cy)
        return dx * dx + dy * dy < 2500
      }
      let pixels = inside.indices.flatMap { i -> [UInt8] in
        inside[i] ? [230, UInt8(40 * index), 30] : [UInt8(i % 224), UInt8(i / 224), 90]
      }
      try RGBImage(width: 224, height: 224, pixels: pixels)
        .writePNG(to: "\(root)/visual_frames/\(name)/clip\(index)_\(frame).png")
      if frame == 1 || split == "val" {
        try GrayImage(Mask(width: 224, height: 224, values: inside.map { $0 ? 1 : 0 }))
          .writePNG(to: "\(root)/gt_masks/\(name)/clip\(index)_\(frame).png")
      }
    }
    let tone = (0..<32_000).map { 0.3 * sin(Float($0) * 0.05 * Float(index + 1)) }
    try writeWAV(tone, to: "\(root)/audio_wav/\(name).wav")
  }
  return try Dataset.open(root)
}

/// EfficientNet-Lite0 with an audio encoder by formula and a decoder of width 8.
func smallLite(in folder: String) throws -> C3NModel {
  let reader = WeightReader(FormulaWeights(seed: 2))
  _ = LiteAudio(reader.root)
  let audio = folder + "/audio.safetensors"
  try writeSafetensors(
    reader.parameters.map(\.stored) + reader.buffers.map(\.stored), to: audio)
  return try C3NModel.beginning(
    nil, from: .files([audio, Fixtures.asset("Weights/efficientnet-lite0.f16.safetensors")]),
    similarity: try .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")), width: 8, seed: 3)
}

func smallConfiguration() -> TrainingConfiguration {
  var configuration = TrainingConfiguration(.s4, variant: .lite)
  (configuration.epochs, configuration.batch, configuration.microBatch) = (3, 2, 1)
  (configuration.width, configuration.learningRate) = (8, 1e-3)
  return configuration
}

@Suite("The trainer", .serialized)
struct TrainerTests {
  /// The folder's checkpoint as a model.
  private func resumed(_ folder: TrainingFolder) throws -> C3NModel {
    try C3NModel.load(
      .lite, from: .files([folder.checkpoint]),
      similarity: try .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
  }

  @Test func aRunInPiecesMakesTheSameBytes() throws {
    // Other suites switch BLAS between one and several threads meanwhile, which changes the rounding.
    BLAS.threads = 1
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 1)
      let configuration = smallConfiguration()
      let whole = TrainingFolder(temporary + "/whole")
      let first = try Trainer(
        try smallLite(in: temporary), on: data, configuration, folder: whole, resumes: false)
      #expect(try first.run() == .finished)
      #expect(first.state.step == 6)

      let pieces = TrainingFolder(temporary + "/pieces")
      var trainer = try Trainer(
        try smallLite(in: temporary), on: data, configuration, folder: pieces, resumes: false)
      var steps = 0
      // After three steps, which is the middle of the second epoch.
      #expect(
        try trainer.run(shouldStop: { steps == 3 }) { if case .step = $0 { steps += 1 } } == .stopped)
      #expect(trainer.state.step == 3 && trainer.state.batch == 1)
      // Rows of steps and validations that a killed run made after its last checkpoint are made again.
      let log = try String(contentsOfFile: pieces.log, encoding: .utf8)
      try (log + "val,3,2,,,,,,9,9,9,9\ntrain,5,3,9,9,9,9,9,9,9,,\n")
        .write(toFile: pieces.log, atomically: true, encoding: .utf8)

      let partial = pieces.path + "/.f00.partial"
      try Data("half a checkpoint".utf8).write(to: URL(fileURLWithPath: partial))
      trainer = try Trainer(
        try resumed(pieces), on: data, try pieces.resumable().configuration, folder: pieces, resumes: true)
      #expect(!FileManager.default.fileExists(atPath: partial))
      // In the middle of the fourth step, between its two micro-batches: it is undone.
      var asked = 0
      #expect(
        try trainer.run(shouldStop: {
          asked += 1
          return asked > 1
        }) == .stopped)
      #expect(trainer.state.step == 3)

      trainer = try Trainer(
        try resumed(pieces), on: data, try pieces.resumable().configuration, folder: pieces, resumes: true)
      #expect(try trainer.run() == .finished)
      for (a, b) in [(whole.checkpoint, pieces.checkpoint), (whole.best, pieces.best)] {
        #expect(FileManager.default.contentsEqual(atPath: a, andPath: b), "\(b)")
      }
      let (wholeRows, rows) = (try TrainingLog.read(whole.log), try TrainingLog.read(pieces.log))
      #expect(rows.map(\.loss) == wholeRows.map(\.loss))
      #expect(rows.count(where: { $0.kind == "train" }) == 6)
      #expect(rows.count(where: { $0.kind == "val" }) == 3)
      #expect(rows.compactMap(\.meanIoU) == wholeRows.compactMap(\.meanIoU))
      #expect(try pieces.resumable().state == trainer.state)
      // The last validation belongs to an epoch that the checkpoint has counted.
      _ = try Trainer(
        try resumed(pieces), on: data, try pieces.resumable().configuration, folder: pieces, resumes: true)
      #expect(try TrainingLog.read(pieces.log).map(\.meanIoU) == rows.map(\.meanIoU))

      // The best weights are a model like any other, and nothing of the optimizer is in them.
      let model = try C3NModel.load(
        nil, from: .files([pieces.best]),
        similarity: try .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
      #expect(model.variant == .lite && model.limitations.count == 1 && model.segmentation?.width == 8)
      let best = try Checkpoint.open(pieces.best)
      #expect(best.names.allSatisfy { !$0.hasPrefix("optimizer.") })
      // What PyTorch has besides. An epoch has two steps of two micro-batches; frozen norms take no batch.
      let norms = best.names.filter { $0.hasSuffix(".running_var") }
      #expect(norms.count > 40)
      for norm in norms {
        let counter = norm.replacing(".running_var", with: ".num_batches_tracked")
        #expect(best[counter]?.elementType == .int64 && best[counter]?.shape == Shape([]))
        let count = try best.integers(counter)[0]
        #expect(count == (norm.hasPrefix("tpavi_") ? 4 * Int64(trainer.state.bestEpoch!) : 0), "\(counter)")
      }
      #expect(best["path4.resConfUnit1.conv2.weight"]?.shape == [8, 8, 3, 3])
    }
  }

  @Test(arguments: [nil, 1])
  func keptFeaturesChangeNothing(secondsPerClip: Int?) throws {
    BLAS.threads = 1
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 0)
      var configuration = smallConfiguration()
      (configuration.jitters, configuration.microBatch) = (false, 2)
      configuration.secondsPerClip = secondsPerClip
      let losses = try [0, 1 << 30].map { bytes in
        let folder = TrainingFolder(temporary + "/cache\(bytes)")
        let trainer = try Trainer(
          try smallLite(in: temporary), on: data, configuration, folder: folder, resumes: false,
          cacheBytes: bytes)
        #expect(try trainer.run() == .finished)
        return try TrainingLog.read(folder.log).compactMap(\.loss)
      }
      #expect(losses[0] == losses[1])
      #expect(losses[0].count == 3 && losses[0][2] < losses[0][0])
    }
  }

  @Test func aClipCutToASecondIsOneOfThatSecondAlone() throws {
    BLAS.threads = 1
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 1, validation: 0)
      func firstLoss(_ name: String, _ seconds: Int?, nonLocal: Bool) throws -> Double? {
        var configuration = smallConfiguration()
        (configuration.epochs, configuration.batch, configuration.microBatch) = (1, 1, 1)
        (configuration.flips, configuration.jitters) = (false, false)
        (configuration.secondsPerClip, configuration.switches.nonLocal) = (seconds, nonLocal)
        let folder = TrainingFolder(temporary + "/" + name)
        _ = try Trainer(
          try smallLite(in: temporary), on: data, configuration, folder: folder, resumes: false
        ).run()
        return try TrainingLog.read(folder.log).first?.loss
      }
      // Of the clip's two frames the first is annotated. Without the blocks that mix seconds nothing else counts.
      #expect(try firstLoss("a", 1, nonLocal: false) == firstLoss("b", nil, nonLocal: false))
    }
  }

  @Test func aLossThatIsNoNumberStopsWithoutATrace() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let model = try smallLite(in: temporary)
      model.parameters.first { $0.key == "output_conv.4.bias" }!.value = Tensor([.nan], [1])
      let trainer = try Trainer(model, on: data, smallConfiguration(), folder: folder, resumes: false)
      #expect {
        _ = try trainer.run()
      } throws: {
        "\($0)".contains("step 1") && "\($0)".contains("clip clip")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.checkpoint))
    }
  }

  @Test func whatCannotBeginSaysWhy() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 1, validation: 0)
      let model = try smallLite(in: temporary)
      #expect(throws: (any Error).self) {
        try Trainer(
          model, on: data, smallConfiguration(), folder: TrainingFolder("/dev/null/run"), resumes: false)
      }
      var configuration = smallConfiguration()
      configuration.trainingSplit = "test"
      #expect {
        try Trainer(
          model, on: data, configuration, folder: TrainingFolder(temporary + "/run"), resumes: false)
      } throws: {
        "\($0)".contains("'test'") && "\($0)".contains("train")
      }
      let folder = TrainingFolder(temporary + "/run")
      try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
      try Data("taken".utf8).write(to: URL(fileURLWithPath: folder.checkpoint))
      #expect {
        try Trainer(model, on: data, smallConfiguration(), folder: folder, resumes: false)
      } throws: {
        "\($0)".contains("--resume")
      }
    }
  }
}

@Suite("The audio trainer", .serialized)
struct AudioTrainerTests {
  /// Low and high tones, two files of each to train on and one held out, and a silent-class list.
  private func manifest(in folder: String) throws -> String {
    var lines = ["path,labels,split"]
    for index in 0..<6 {
      let isHigh = index % 2 == 1
      let pitch: Float = (isHigh ? 0.8 : 0.1) * (1 + 0.1 * Float(index))
      try writeWAV((0..<24_000).map { 0.3 * sin(Float($0) * pitch) }, to: "\(folder)/\(index).wav")
      lines.append("\(index).wav,\(isHigh ? 300 : 74),\(index < 4 ? "train" : "test")")
    }
    let path = folder + "/sounds.csv"
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test(arguments: [AudioTrainer.Loss.softmax, .binary])
  func tellsHighFromLowTheSameTwice(_ loss: AudioTrainer.Loss) throws {
    BLAS.threads = 1
    try withTemporaryFolder { folder in
      let sounds = try AudioManifest(contentsOf: manifest(in: folder))
      #expect(sounds.classes == [74, 300])
      var options = AudioTrainer.Options()
      (options.epochs, options.examples, options.batch, options.loss) = (6, 64, 8, loss)
      let scores = try (0..<2).map { index in
        let trainer = AudioTrainer(sounds, options)
        var last: AudioTrainer.Score?
        try trainer.run { last = $0.score }
        try trainer.save(to: "\(folder)/\(index).safetensors", score: last)
        #expect((80_000...300_000).contains(trainer.parameterCount))
        return last
      }
      #expect(scores[0]?.files == 2 && scores[0]?.fileTop1 == 1)
      #expect(
        FileManager.default.contentsEqual(
          atPath: folder + "/0.safetensors", andPath: folder + "/1.safetensors"))
      #expect(
        try WeightFile(opening: folder + "/0.safetensors").role == .audio(.liteAudio, root: "audio_backbone"))
    }
  }

  @Test func aBadListNamesItsLine() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/sounds.csv"
      try "path,labels,split\na.wav,527,train\n".write(toFile: path, atomically: true, encoding: .utf8)
      #expect {
        try AudioManifest(contentsOf: path)
      } throws: {
        "\($0)".contains("line 2") && "\($0)".contains("0 to 526")
      }
    }
  }
}
