import C3N
import Foundation

/// Writes what a run leaves in its folder: checkpoints, the best weights and the log.
///
/// A full disk does not end a training of hours: what could not be written is kept and tried again, and told. Only what cannot be
/// written at the end is an error.
final class RunWriter {
  let folder: TrainingFolder
  private let model: C3NModel
  private let configuration: TrainingConfiguration
  private let data: TrainingData
  private let log: TrainingLog
  private let saveInterval: Double
  private var lock: RunLock?
  private var rows: [TrainingLog.Row] = []
  private var hasToldRows = false
  private var nextSave = ContinuousClock.now

  /// The folder is not the run's any more.
  struct FolderLost: Error {}

  init(
    _ model: C3NModel, _ configuration: TrainingConfiguration, _ data: TrainingData, folder: TrainingFolder,
    lock: RunLock, goingOnAt state: TrainingState?, saveInterval: Double
  ) throws {
    (self.model, self.configuration, self.data) = (model, configuration, data)
    (self.folder, self.lock, self.saveInterval) = (folder, lock, saveInterval)
    log = try TrainingLog(folder.log, goingOnAt: state)
  }

  /// Begins to count the time to the next checkpoint.
  func begin() { nextSave = .now + .seconds(saveInterval) }

  /// Lets another training write to the folder.
  func end() { lock = nil }

  // MARK: The log

  /// Appends a row, with those before it that could not be written.
  ///
  /// Throws ``FolderLost``.
  func append(_ row: TrainingLog.Row, _ report: (Trainer.Event) -> Void) throws {
    rows.append(row)
    try expectFolder()
    do {
      try appendRows()
    } catch {
      if !hasToldRows { report(.notSaved("\(error)")) }
      hasToldRows = true
    }
  }

  private func appendRows() throws {
    guard !rows.isEmpty else { return }
    try log.append(rows)
    rows = []
    hasToldRows = false
  }

  // MARK: Checkpoints

  /// Whether the time to the next checkpoint is over.
  var isSaveDue: Bool { nextSave <= .now }

  /// Writes a checkpoint; where that fails, says so and tries again after a minute, or sooner if checkpoints are more frequent.
  func save(_ optimizer: Adam, _ state: TrainingState, _ report: (Trainer.Event) -> Void) throws {
    do {
      try saveCheckpoint(optimizer, state, report)
    } catch let error as FolderLost {
      throw error
    } catch {
      nextSave = .now + .seconds(min(saveInterval, 60))
      report(.notSaved("\(error)"))
    }
  }

  /// Writes a checkpoint and what is left of the log. Throws the error of what cannot be written, and ``FolderLost``.
  func saveAtLast(_ optimizer: Adam, _ state: TrainingState, _ report: (Trainer.Event) -> Void) throws {
    try saveCheckpoint(optimizer, state, report)
    try appendRows()
  }

  private func saveCheckpoint(
    _ optimizer: Adam, _ state: TrainingState, _ report: (Trainer.Event) -> Void
  ) throws {
    try expectFolder()
    try folder.save(model, optimizer, configuration, state, data)
    nextSave = .now + .seconds(saveInterval)
    report(.saved(folder.checkpoint))
  }

  /// Writes the weights alone.
  func saveBest(_ state: TrainingState) throws {
    try expectFolder()
    try folder.saveBest(model, configuration, state)
  }

  // MARK: The folder

  private func expectFolder() throws {
    guard lock?.isInPlace != false else { throw FolderLost() }
  }

  /// Makes a folder that was removed or moved again, with a checkpoint in it; nothing is written into one that took its place.
  ///
  /// - Returns: What happened, as the error with which the run ends.
  func restoreFolder(
    _ optimizer: Adam, _ state: TrainingState, _ report: (Trainer.Event) -> Void
  ) -> any Error {
    let place = folder.path
    let isThere = FileManager.default.fileExists(atPath: place)
    guard !isThere || lock?.isSameFolder == true else {
      return TrainingError(
        "\(place): another folder took its place while the training ran; expected the run's own; the run ended at step \(state.step)"
      )
    }
    do {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      // The old one may still hold the removed file; it names another.
      lock = try RunLock(place)
      try saveAtLast(optimizer, state, report)
      return TrainingError(
        "\(place): files of the run were removed while it ran; it was saved there again at step \(state.step): go on with --resume"
      )
    } catch {
      return TrainingError("\(place): removed while the training ran, and cannot be made again: \(error)")
    }
  }

  /// Removes the log of a run that ended before its first step, unless it is that of a run with a checkpoint.
  func removeEmptyLog() {
    guard !FileManager.default.fileExists(atPath: folder.checkpoint) else { return }
    if let rows = try? TrainingLog.read(folder.log), rows.isEmpty { unlink(folder.log) }
  }
}
