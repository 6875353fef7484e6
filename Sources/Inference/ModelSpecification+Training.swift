import C3N
import Checkpoints
import Foundation

extension ModelSpecification {
  /// The switches under which the weights were trained: those of their row of Table II, or what a file that `c3n train` wrote
  /// says of itself. nil where nothing is said, as in checkpoints of other programs.
  ///
  /// - Throws: `ModelError` as ``ablation`` does.
  public var trainedSwitches: Switches? {
    get throws {
      if let row = try ablation { return row.applied(to: Switches()) }
      // What cannot be read is told when the weights are loaded.
      guard case .files(let paths) = try source else { return nil }
      return paths.lazy.filter { $0.hasSuffix(".safetensors") }
        .compactMap { try? WeightFile(outlining: $0) }
        .compactMap { file in
          // An encoder that was taken out of a network still tells how that was trained.
          guard case .segmentation = file.role else { return nil }
          return file.checkpoint.trainedSwitches
        }.first
    }
  }
}

extension Checkpoint {
  fileprivate var trainedSwitches: Switches? {
    struct Configuration: Decodable {
      let switches: Switches
    }
    guard let text = metadata["configuration"] else { return nil }
    return try? JSONDecoder().decode(Configuration.self, from: Data(text.utf8)).switches
  }
}
