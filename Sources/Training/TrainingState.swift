import C3N
import Checkpoints
import Foundation
import Layers
import Tensors

/// Where a run is. What is random follows from the seed and these counters, so there is no generator to keep.
public struct TrainingState: Codable, Equatable, Sendable {
  /// The epoch, from 0.
  public var epoch = 0

  /// The batches of the epoch that were made.
  public var batch = 0

  /// The steps of all epochs.
  public var step = 0

  /// The best mean IoU of a validation and its epoch, from 1; nil before the first.
  public var bestIoU: Double?
  /// See ``bestIoU``.
  public var bestEpoch: Int?

  /// The beginning of a run.
  public init() {}
}

/// The files of a run's folder.
public struct TrainingFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// A folder that is there or will be made.
  public init(_ path: String) {
    self.path = path
  }

  /// Everything that a run goes on from: parameters, running statistics, optimizer, counters.
  public var checkpoint: String { path + "/training.safetensors" }

  /// The weights of the best validation, fit for `c3n run --weights`.
  public var best: String { path + "/best.safetensors" }

  /// The CSV log.
  public var log: String { path + "/log.csv" }

  /// The configuration and counters of the checkpoint.
  ///
  /// Throws ``TrainingError`` for a folder in which no run can go on, and the error of a checkpoint that cannot be read.
  public func resumable() throws -> (configuration: TrainingConfiguration, state: TrainingState) {
    let name = URL(fileURLWithPath: self.checkpoint).lastPathComponent
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw TrainingError(
        "\(path): \(isThere ? "no folder that can be read" : "no such folder"), expected that of a run with its \(name); "
          + "without --resume a run begins")
    }
    guard names.contains(name) else {
      throw TrainingError(
        "\(path): no \(name), from which a run goes on; found \(names.isEmpty ? "nothing" : names.sorted().joined(separator: ", ")); "
          + "without --resume a run begins")
    }
    let checkpoint = try Checkpoint.open(self.checkpoint)
    func decoded<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
      guard let text = checkpoint.metadata[key],
        let value = try? JSONDecoder().decode(type, from: Data(text.utf8))
      else {
        throw TrainingError(
          "\(self.checkpoint): no \(key) of this version in the metadata, expected what 'c3n train' wrote")
      }
      return value
    }
    return (
      try decoded("configuration", TrainingConfiguration.self), try decoded("state", TrainingState.self)
    )
  }

  /// Writes the checkpoint; the one before stays until this one is complete.
  func save(
    _ model: C3NModel, _ optimizer: Adam, _ average: WeightAverage?, _ configuration: TrainingConfiguration,
    _ state: TrainingState
  ) throws {
    var tensors = model.checkpointTensors
    for parameter in optimizer.parameters {
      guard let moments = optimizer.moments[ObjectIdentifier(parameter)] else { continue }
      tensors.append(.init(Self.first + parameter.key, parameter.order.toCheckpoint(moments.first)))
      tensors.append(.init(Self.second + parameter.key, parameter.order.toCheckpoint(moments.second)))
    }
    for (key, value) in average?.stored ?? [] { tensors.append(.init(Self.averages + key, value)) }
    try writeSafetensors(
      tensors,
      metadata: [
        "format": "c3n training", "variant": model.variant.rawValue, "optimizer_step": "\(optimizer.step)",
        "configuration": try json(configuration), "state": try json(state),
      ], to: checkpoint)
  }

  /// Writes the weights alone.
  func saveBest(_ model: C3NModel, _ configuration: TrainingConfiguration, _ state: TrainingState) throws {
    try writeSafetensors(
      model.checkpointTensors,
      metadata: [
        "format": "c3n weights", "variant": model.variant.rawValue, "configuration": try json(configuration),
        "state": try json(state),
      ], to: best)
  }

  /// Removes what a killed run was writing; nothing but a run writes here.
  func removeUnfinished() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Takes up the optimizer of the checkpoint.
  func restore(_ optimizer: inout Adam) throws {
    let file = try Checkpoint.open(checkpoint)
    guard let step = file.metadata["optimizer_step"].flatMap({ Int($0) }) else {
      throw TrainingError(
        "\(checkpoint): no 'optimizer_step' in the metadata, expected a training's checkpoint")
    }
    try optimizer.restore(step: step) { parameter in
      guard let first = file[Self.first + parameter.key], let second = file[Self.second + parameter.key]
      else {
        return nil
      }
      let expected = parameter.order.toCheckpoint(parameter.value).shape
      guard first.shape == expected, second.shape == expected else {
        throw TrainingError(
          "\(checkpoint): the optimizer's state of \(parameter.key) has shape \(first.shape), expected \(expected)"
        )
      }
      return (
        parameter.order.fromCheckpoint(first.tensor()), parameter.order.fromCheckpoint(second.tensor())
      )
    }
  }

  /// Takes up the averaged weights of the checkpoint, where the run averages.
  func restore(_ average: inout WeightAverage?) throws {
    guard average != nil else { return }
    let file = try Checkpoint.open(checkpoint)
    try average!.restore { key, shape in
      guard let stored = file[Self.averages + key], stored.shape == shape else {
        let found = file[Self.averages + key].map { "of shape \($0.shape)" } ?? "missing"
        throw TrainingError("\(checkpoint): the average of \(key) is \(found), expected shape \(shape)")
      }
      return stored.tensor()
    }
  }

  private static let averages = "optimizer.average."
  private static let first = "optimizer.exp_avg."
  private static let second = "optimizer.exp_avg_sq."

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
