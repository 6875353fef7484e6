import Layers
import Tensors

/// SplitMix64: the same numbers on every machine.
struct Random {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) / Float(1 << 23) - 1
  }

  /// Uniform in [-scale, scale).
  mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
    Tensor((0..<shape.count).map { _ in scale * next() }, shape)
  }
}

/// Weights of moderate size for any key.
struct RandomWeights: WeightSource {
  var keys: [String] { [] }

  func tensor(_ key: String, shape: Shape) -> Tensor {
    var random = Random(key.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let fanIn = Float(max(1, shape.extents.dropFirst().reduce(1, *)))
    let values = random.tensor(shape, scale: shape.rank == 1 ? 0.3 : 1.5 / fanIn.squareRoot())
    if key.hasSuffix("running_var") || (shape.rank == 1 && key.hasSuffix("weight")) {
      return Tensor(values.values.map { 1 + $0 }, shape)
    }
    return values
  }

  static var root: Weights { WeightReader(RandomWeights()).root }
}

func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
  precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
  return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func dot(_ a: Tensor, _ b: Tensor) -> Double {
  zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

func moved(_ x: Tensor, along direction: Tensor, by step: Float) -> Tensor {
  Tensor(zip(x.values, direction.values).map { $0 + step * $1 }, x.shape)
}
