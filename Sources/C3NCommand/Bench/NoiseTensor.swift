import Tensors

extension Tensor {
  /// Uniform noise in +-scale, the same every time.
  static func noise(_ shape: Shape, scale: Float) -> Tensor {
    var state: UInt32 = 1
    return Tensor(shape) { values in
      for i in 0..<shape.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[i] = (Float(state >> 8) / Float(1 << 23) - 1) * scale
      }
    }
  }
}
