import CKernels
import Layers
import Tensors

extension NonLocalFusion {
  /// How much each position attends to the sound [T, H, W]: theta phi^T, averaged over all positions of phi.
  ///
  /// The average of inner products is the inner product with the average, theta(x) . mean phi, so the matrix of
  /// (T H W)^2 entries is not needed. AVSBench draws this map of TPAVI. Without `audio` phi is that of vision.
  public func attention(_ x: Tensor, audio: Tensor?) -> Tensor {
    attention(x, by: map(summary(x, ofClip: x.shape[0], listens: audio != nil), audio: audio))
  }

  /// The same of some frames of a clip [T, H, W, 256] -> [T, H, W], by the map of the whole clip.
  public func attention(_ x: Tensor, by map: ClipMap) -> Tensor {
    let reading = Tensor.product(map.key, theta.weight)  // [1, w]
    let offset = read(map.key, theta.bias) { c3n_dot($0, $1, inner) }
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
