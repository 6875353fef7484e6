import Layers
import Tensors

/// Atrous Spatial Pyramid Pooling: what a position sees at five scales, without norms or activations (paper III-C).
///
/// [F, H, W, C] -> [F, H, W, 256]: a 1x1 convolution of the global mean, a 1x1 and three 3x3 convolutions dilated
/// 6, 12 and 18, concatenated in this order and mixed by a 1x1 convolution.
public struct ASPP: Sendable {
  private let global, pointwise, output: Conv2d
  private let dilated: [Conv2d]
  private let width: Int

  /// Reads the keys below a path such as `conv4`.
  public init(_ weights: Weights, in input: Int, width: Int = 256) {
    self.width = width
    global = Conv2d(weights.conv, in: input, out: width, kernel: 1)
    pointwise = Conv2d(weights.atrous_block1, in: input, out: width, kernel: 1)
    dilated = [6, 12, 18].map {
      Conv2d(weights["atrous_block\($0)"], in: input, out: width, kernel: 3, padding: $0, dilation: $0)
    }
    output = Conv2d(weights.conv_1x1_output, in: 5 * width, out: width, kernel: 1)
  }

  /// V_i^r -> V_i^a.
  public func forward(_ x: Tensor) -> Tensor {
    let (frames, channels) = (x.shape[0], x.shape[3])
    let positions = x.shape[1] * x.shape[2]
    // [F, C] -> [F, 1, 1, C]
    let mean = global.forward(AveragePool.global(x).reshaped([frames, 1, 1, channels])).0
    let branches = [pointwise.forward(x).0] + dilated.map { $0.forward(x).0 }
    let width = self.width
    let concatenated = Tensor([frames, x.shape[1], x.shape[2], 5 * width]) { out in
      mean.read { mean in
        for row in 0..<frames * positions {
          (out + row * 5 * width).update(from: mean + row / positions * width, count: width)
        }
      }
      for (index, branch) in branches.enumerated() {
        branch.read { branch in
          for row in 0..<frames * positions {
            (out + (row * 5 + index + 1) * width).update(from: branch + row * width, count: width)
          }
        }
      }
    }
    return output.forward(concatenated).0
  }
}
