import Evaluation
import Foundation
import Inference
import Results

/// Stores results `NAME/0`, `NAME/1`, ... in the database at PATH and prints each number once it is stored.
@main struct ResultsProbe {
  static func main() throws {
    let arguments = CommandLine.arguments
    let (path, name, count) = (arguments[1], arguments[2], Int(arguments[3])!)
    let database = try ResultsDatabase(opening: path)
    let key = ResultKey(model: ModelIdentity(variant: "probe", weights: ["w"], similarity: "s"))
    for number in 0..<count {
      let curve = FrameScore.thresholds.map { Double($0) / Double(number + 1) }
      let frames = [ScoredFrame(index: 0, score: FrameScore(iou: 1 / Double(number + 1), fCurve: curve))]
      try database.store(
        FinishedClip(framesFolder: "\(name)/\(number)", stamp: "1", frames: frames, seconds: 0), for: key)
      try FileHandle.standardOutput.write(contentsOf: Data("\(number)\n".utf8))
    }
  }
}
