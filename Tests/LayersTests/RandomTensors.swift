import Layers
import Tensors

/// Tensors of numbers that are the same on every machine.
struct Random {
  private var numbers: SplitMix64

  init(_ seed: UInt64) { numbers = SplitMix64(seed) }

  /// Uniform in [-1, 1).
  mutating func next() -> Float { Float(numbers.next() >> 40) / Float(1 << 23) - 1 }

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
