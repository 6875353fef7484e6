import AVSBench
import C3N
import Checkpoints
import Foundation
import Glibc
import Tensors
import Testing
import Training

/// What a run leaves in its folder, and what happens to that folder meanwhile.
@Suite("The trainer's folder", .serialized)
struct FolderTests {
  private func trainer(
    _ data: Dataset, _ folder: TrainingFolder, in temporary: String, resumes: Bool = false,
    saveInterval: Double = 600,
    accepts: Bool = false
  ) throws -> Trainer {
    // Other suites switch BLAS between one and several threads meanwhile.
    BLAS.threads = 1
    let model =
      resumes
      ? try C3NModel.load(
        .lite, from: .files([folder.checkpoint]),
        similarity: try .open(Fixtures.asset("Similarity/glove50-wordnet.f16.safetensors")))
      : try smallLite(in: temporary)
    var configuration = smallConfiguration()
    (configuration.epochs, configuration.jitters) = (2, false)
    return try Trainer(
      model, on: data, resumes ? try folder.resumable().configuration : configuration, folder: folder,
      resumes: resumes, saveInterval: saveInterval, acceptsOtherData: accepts)
  }

  private func names(_ folder: TrainingFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private static let whole = ["best.safetensors", "log.csv", "training.safetensors"]

  @Test func oneTrainingAtATimeWritesToAFolder() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 1, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let first = try trainer(data, folder, in: temporary)
      #expect {
        _ = try trainer(data, folder, in: temporary)
      } throws: {
        "\($0)".contains("another training writes to this folder (process \(getpid()) on ")
      }
      var isRefused = false
      _ = try first.run(report: { event in
        guard case .saved = event else { return }
        do { _ = try trainer(data, folder, in: temporary, resumes: true) } catch {
          isRefused = error is TrainingError
        }
      })
      #expect(isRefused, "a run does not go on twice")
      #expect {
        _ = try trainer(data, folder, in: temporary)
      } throws: {
        "\($0)".contains("a run is here already")
      }
      #expect(try names(folder) == Self.whole, "no lock is left")
      // One that a killed process left is no lock.
      try Data("process 1 on nowhere".utf8).write(to: URL(fileURLWithPath: folder.path + "/.training.lock"))
      #expect(try trainer(data, folder, in: temporary, resumes: true).run() == .finished)
    }
  }

  @Test func aRunGoesOnWithItsData() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 3, validation: 1)
      let folder = TrainingFolder(temporary + "/run")
      let begun = try trainer(data, folder, in: temporary)
      var steps = 0
      #expect(
        try begun.run(shouldStop: { steps == 1 }, report: { if case .step = $0 { steps += 1 } }) == .stopped)
      let before = try #require(FileManager.default.contents(atPath: folder.checkpoint))
      #expect(try folder.resumable().data?.training.clips == 3)

      // Another data set of the same names and numbers, other clips, and fewer of them.
      for (name, training, validation, words) in [
        ("sizes", 3, 1, "clips of the same names, other files"), ("more", 4, 1, "4 clips of 'train'"),
        ("fewer", 3, 0, "0 clips of 'val'"),
      ] {
        let other = try makeDataset(below: temporary + "/" + name, training: training, validation: validation)
        if name == "sizes" {
          let sound = other.root + "/audio_wav/train/disc/clip0.wav"
          try (FileManager.default.contents(atPath: sound)! + Data([0, 0])).write(
            to: URL(fileURLWithPath: sound))
        }
        let found = try Dataset.open(other.root)
        #expect {
          _ = try trainer(found, folder, in: temporary, resumes: true)
        } throws: { error in
          let text = "\(error)"
          return text.contains("begun with \(data.root) (S4, 3 clips of 'train'")
            && text.contains("found \(found.root)")
            && text.contains(words) && !text.contains("\n")
        }
        if name == "sizes" {
          #expect(try trainer(found, folder, in: temporary, resumes: true, accepts: true).state.step == 1)
        }
      }
      #expect(FileManager.default.contents(atPath: folder.checkpoint) == before)

      // A version before did not write it down.
      var old = before
      let key = try #require(old.range(of: Data("\"dataset\"".utf8)))
      old.replaceSubrange(key, with: Data("\"nothing\"".utf8))
      try old.write(to: URL(fileURLWithPath: folder.checkpoint))
      #expect(try folder.resumable().data == nil)
      do {
        let resumed = try trainer(data, folder, in: temporary, resumes: true)
        #expect(resumed.remarks.count == 1 && resumed.remarks[0].contains("it goes on with \(data.root)"))
      }

      // Where it lies does not matter, nor how the file system spells its names.
      try before.write(to: URL(fileURLWithPath: folder.checkpoint))
      try FileManager.default.moveItem(atPath: data.root, toPath: temporary + "/moved")
      let moved = try trainer(try Dataset.open(temporary + "/moved"), folder, in: temporary, resumes: true)
      #expect(try moved.remarks.isEmpty && moved.run() == .finished)
      #expect(try folder.resumable().data?.root == data.root, "no byte differs from a run in one piece")
    }
  }

  /// A checkpoint and a row of the log that cannot be written are told and written later.
  @Test func aFullDiskDoesNotEndARun() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try trainer(data, folder, in: temporary, saveInterval: 0)
      // What no file can be renamed to or opened for writing, whoever runs the test.
      func block(_ path: String) throws {
        unlink(path)
        try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
      }
      try block(folder.checkpoint)
      try block(folder.log)
      var problems: [String] = []
      let outcome = try trainer.run(report: { event in
        switch event {
        case .notSaved(let reason): problems.append(reason)
        case .step(let row, _, _) where row.step == 3:
          try? FileManager.default.removeItem(atPath: folder.checkpoint)
          try? FileManager.default.removeItem(atPath: folder.log)
        default: break
        }
      })
      #expect(outcome == .finished)
      #expect(
        problems.contains { $0.hasPrefix(folder.checkpoint) }
          && problems.contains { $0.hasPrefix(folder.log) })
      #expect(problems.count { $0.hasPrefix(folder.log) } == 1, "once")
      #expect(try TrainingLog.read(folder.log).map(\.step) == [1, 2, 3, 4])
      #expect(try folder.resumable().state.step == 4 && names(folder) == Self.whole)
    }
  }

  @Test func whatCannotBeWrittenAtTheEndIsAnError() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 2, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try trainer(data, folder, in: temporary)
      #expect {
        try trainer.run(report: { event in
          guard case .step(let row, _, _) = event, row.step == 2 else { return }
          unlink(folder.best)
          try? FileManager.default.createDirectory(
            atPath: folder.best + "/x", withIntermediateDirectories: true)
        })
      } throws: {
        "\($0)".hasPrefix(folder.best)
      }
      // Everything but the last weights alone is there, and the end is made again.
      #expect(try folder.resumable().state.step == 2 && folder.resumable().state.epoch == 1)
      try FileManager.default.removeItem(atPath: folder.best)
      #expect(try self.trainer(data, folder, in: temporary, resumes: true).run() == .finished)
      #expect(try names(folder) == Self.whole && folder.resumable().state.epoch == 2)
    }
  }

  @Test func aFolderThatIsRemovedIsMadeAgain() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try trainer(data, folder, in: temporary)
      #expect {
        try trainer.run(report: { event in
          guard case .step(let row, _, _) = event, row.step == 1 else { return }
          try? FileManager.default.removeItem(atPath: folder.path)
        })
      } throws: {
        "\($0)".contains("removed while it ran; it was saved there again at step 2: go on with --resume")
      }
      #expect(try folder.resumable().state.step == 2)
      #expect(try TrainingLog.read(folder.log).map(\.step) == [2])
      #expect(try self.trainer(data, folder, in: temporary, resumes: true).run() == .finished)
    }
  }

  @Test func aFolderThatIsReplacedIsLeftAlone() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try trainer(data, folder, in: temporary)
      #expect {
        try trainer.run(report: { event in
          guard case .step(let row, _, _) = event, row.step == 1 else { return }
          try? FileManager.default.moveItem(atPath: folder.path, toPath: temporary + "/elsewhere")
          try? FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
          try? Data("another's".utf8).write(to: URL(fileURLWithPath: folder.checkpoint))
        })
      } throws: {
        "\($0)".contains("another folder took its place")
      }
      #expect(try names(folder) == ["training.safetensors"])
      #expect(FileManager.default.contents(atPath: folder.checkpoint) == Data("another's".utf8))
    }
  }

  /// A clip that cannot be read in the middle of a run costs none of the steps before it.
  @Test func anErrorSavesWhatWasDone() throws {
    try withTemporaryFolder { temporary in
      let data = try makeDataset(below: temporary, training: 4, validation: 0)
      let folder = TrainingFolder(temporary + "/run")
      let trainer = try trainer(data, folder, in: temporary)
      #expect {
        try trainer.run(report: { event in
          guard case .step(let row, _, _) = event, row.step == 1 else { return }
          try? FileManager.default.moveItem(atPath: data.root, toPath: temporary + "/away")
        })
      } throws: {
        "\($0)".contains(data.root)
      }
      #expect(try folder.resumable().state.step == 1)
      let resumed = try self.trainer(
        try Dataset.open(temporary + "/away"), folder, in: temporary, resumes: true)
      #expect(try resumed.run() == .finished)
    }
  }
}
