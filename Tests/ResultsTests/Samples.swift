import C3N
import Evaluation
import Foundation
import Inference
import Results

/// A fresh folder that is removed at the end.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("results-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

enum Samples {
  static let key = ResultKey(
    model: ModelIdentity(variant: "pvtv2-panns", weights: ["abc", "def"], similarity: "123"))

  /// Numbers with no short decimal form, so that a detour through text would show.
  static func clip(_ folder: String, stamp: String = "1:2", scale: Double = 1) -> FinishedClip {
    let curve = FrameScore.thresholds.indices.map { scale / Double($0 + 3) }
    return FinishedClip(
      framesFolder: folder, stamp: stamp,
      frames: [
        ScoredFrame(index: 0, score: FrameScore(iou: scale / 7, fCurve: curve)),
        ScoredFrame(index: 2, score: FrameScore(iou: 1 / 3, fCurve: nil)),
      ], seconds: 1.1)
  }
}
