import C3N
import Checkpoints
import Foundation
import Layers
import Tensors

enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static func path(_ name: String) -> String { folder + "/" + name }
  static func asset(_ name: String) -> String { package + "/Assets/" + name }
}

/// Uniform numbers in [-scale, scale) that are the same on every machine.
func numbers(_ seed: UInt64, _ shape: Shape, scale: Float = 1) -> Tensor {
  var state = seed
  return Tensor(
    (0..<shape.count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return scale * (Float(state >> 40) / Float(1 << 23) - 1)
    }, shape)
}

func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
  precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
  return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func formulaRoot(seed: UInt64 = 3) -> Weights { WeightReader(FormulaWeights(seed: seed)).root }
