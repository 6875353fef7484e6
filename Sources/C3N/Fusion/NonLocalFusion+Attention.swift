import CKernels
import Layers
import Tensors

extension NonLocalFusion {
  /// How much each position attends to the sound [T, H, W]: theta phi^T, averaged over all positions of phi.
  ///
  /// The average of inner products is the inner product with the average, theta(x) . mean phi, so the matrix of
  /// (T H W)^2 entries is not needed. AVSBench draws this map of TPAVI. Without `audio` phi is that of vision.
  public func attention(_ x: Tensor, audio: Tensor?) -> Tensor {
    let keys: Tensor
    if let audio {
      guard let align else { preconditionFailure("sound for a block that was built without audio") }
      keys = phi.forward(align.forward(audio).0)  // [T, w/2]
    } else {
      keys = phi.forward(AveragePool.global(x))  // [T, w/2]
    }
    // [T, w/2] -> [1, w/2]: all seconds, and all frames, have equally many positions.
    let mean = AveragePool.global(keys.reshaped([1, keys.shape[0], inner]))
    let reading = Tensor.product(mean, theta.weight)  // [1, w]
    let offset = read(mean, theta.bias) { c3n_dot($0, $1, inner) }
    let positions = x.shape.rows
    return Tensor([x.shape[0], x.shape[1], x.shape[2]]) { out in
      read(x, reading) { x, reading in
        for position in 0..<positions {
          out[position] = offset + c3n_dot(x + position * width, reading, width)
        }
      }
    }
  }
}
