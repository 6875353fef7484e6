import CKernels
import Tensors

/// 3x3 convolutions of stride 1 and padding 1 by Winograd's filtering: 36 multiplications where there were 144.
///
/// The result differs from the direct sum by about ten times the latter's rounding.
enum Winograd {
  /// Whether it is faster: kernels are transformed for each pass, which needs pixels to pay for it.
  static func pays(_ shape: Shape, out: Int) -> Bool {
    shape[3] % 16 == 0 && out % 16 == 0 && shape.rows >= 192 && shape[3] <= 512
      && shape[1] >= 3 && shape[2] >= 3
  }

  /// x [F, H, W, in] with kernels [out, 3, 3, in] -> [F, H, W, out], and its finish.
  ///
  /// - Parameter backward: the gradient of the input instead: x is that of the output [F, H, W, out], the result has
  ///   the kernels' innermost extent.
  static func convolve(
    _ x: Tensor, _ kernels: Tensor, backward: Bool = false, finish: BLAS.Finish = .init()
  ) -> Tensor {
    let (channels, out) = (x.shape[3], backward ? kernels.shape[3] : kernels.shape[0])
    let transformed = Tensor([c3n_winograd_weight_count(Int64(channels), Int64(out))]) { u in
      kernels.read { kernels in
        Parallel.each((out + 31) / 32) { panel in
          withScratch(9 * channels * 32) {
            c3n_winograd_pack(
              u, kernels, Int64(channels), Int64(out), backward ? 1 : 0, Int64(panel), 1, $0)
          }
        }
      }
    }
    let shape: Shape = [x.shape[0], x.shape[1], x.shape[2], out]
    return Tensor(shape) { y in
      read(x, transformed) { x, u in
        let pass = c3n_winograd(
          x: x, y: y, frames: Int64(shape[0]), height: Int64(shape[1]), width: Int64(shape[2]),
          channels: Int64(channels), outputs: Int64(out), rectify: finish.rectifies ? 1 : 0,
          scale: finish.scale,
          bias: finish.bias, residual: finish.residual)
        withUnsafePointer(to: pass) { pass in
          let tiles = Int(c3n_winograd_tiles(pass))
          Parallel.ranges(tiles, grain: 28) { range in
            withScratch(c3n_winograd_scratch(pass)) {
              c3n_winograd_block(pass, u, Int64(range.lowerBound), Int64(range.count), $0)
            }
          }
        }
      }
    }
  }
}
