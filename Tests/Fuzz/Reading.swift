import AVSBench
import Checkpoints
import Foundation
import Media
import Tensors

/// Reads a file as the program would, and everything in it.
struct Reading {
  private let folder: URL

  /// Makes the folders that lists are read with.
  init(in folder: URL) throws {
    self.folder = folder
    for path in ["s4/visual_frames/train/dog/a", "ms3/visual_frames/a", "avss/v1s/a_0/frames"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: path), withIntermediateDirectories: true)
    }
  }

  /// The files that a case is written to.
  func paths(_ format: Format) -> [String] {
    let names =
      format == .csv
      ? ["s4/s4_meta_data.csv", "ms3/ms3_meta_data.csv", "avss/metadata.csv", "classes.csv"]
      : ["case.\(format.rawValue)"]
    return names.map { folder.appending(path: $0).path }
  }

  /// Reads the case by each of its readers; returns their errors, with nil for a reader that took it.
  func read(_ format: Format) -> [(any Error)?] {
    let path = paths(format)[0]
    let readers: [() throws -> Void] =
      switch format {
      case .zip, .legacy, .safetensors, .h5, .npy: [{ try checkpoint(path) }]
      case .pkl:
        [
          { try checkpoint(path) },
          { _ = try Clip(id: "c", layout: .plain, framesFolder: "c").readLogMel(path, frames: 5) },
        ]
      case .png:
        [
          { _ = try RGBImage(contentsOf: path) }, { _ = try GrayImage(indicesOf: path) },
          { _ = try Mask(contentsOf: path) }, { _ = try Mask(classesOf: path) },
        ]
      case .jpg: [{ _ = try RGBImage(contentsOf: path) }, { _ = try Mask(contentsOf: path) }]
      case .wav: [{ _ = try readWaveform(path, seconds: 5) }]
      case .csv:
        ["s4", "ms3", "avss"].map { name in { _ = try Dataset.open(folder.appending(path: name).path) } }
          + [{ _ = try ClassNames.audioSet(csv: folder.appending(path: "classes.csv").path) }]
      }
    return readers.map { reader in
      defer { StoragePool.shared.trim() }
      do {
        try reader()
        return nil
      } catch {
        return error
      }
    }
  }

  private func checkpoint(_ path: String) throws {
    let checkpoint = try Checkpoint.open(path)
    for name in checkpoint.names {
      let tensor = try checkpoint.tensor(name)
      if checkpoint[name]?.elementType.isInteger == true { _ = try checkpoint.integers(name) }
      // One number of each, so that the elements are really there.
      if tensor.count > 0 { _ = tensor[tensor.count - 1] }
    }
    StoragePool.shared.trim()
    _ = checkpoint.topLevel.map(\.description)
    _ = checkpoint.sha256()
    _ = try Checkpoint.outline(path)
  }
}
