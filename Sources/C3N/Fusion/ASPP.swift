import Layers
import Tensors

/// Atrous Spatial Pyramid Pooling: what a position sees at five scales, without norms or activations (paper III-C).
///
/// [F, H, W, C] -> [F, H, W, 256]: a 1x1 convolution of the global mean, a 1x1 and three 3x3 convolutions dilated
/// 6, 12 and 18, concatenated in this order and mixed by a 1x1 convolution.
public struct ASPP: Sendable {
  let global, output: Conv2d
  /// The 1x1 convolution, then the dilated ones.
  let branches: [Conv2d]
  let width: Int
  private let collapsed = CollapsedASPP()

  /// Of the 3x3 convolutions.
  static let dilations = [6, 12, 18]

  /// What a backward pass needs.
  public struct Record: Sendable {
    let inputShape: Shape
    let global, output: Conv2d.Record
    let branches: [Conv2d.Record]
  }

  /// Reads the keys below a path such as `conv4`.
  public init(_ weights: Weights, in input: Int, width: Int = 256) {
    self.width = width
    global = Conv2d(weights.conv, in: input, out: width, kernel: 1)
    let pointwise = Conv2d(weights.atrous_block1, in: input, out: width, kernel: 1)
    branches =
      [pointwise]
      + Self.dilations.map {
        Conv2d(weights["atrous_block\($0)"], in: input, out: width, kernel: 3, padding: $0, dilation: $0)
      }
    output = Conv2d(weights.conv_1x1_output, in: 5 * width, out: width, kernel: 1)
  }

  /// V_i^r -> V_i^a.
  public func forward(_ x: Tensor) -> Tensor { collapsed.forward(x, self) }

  /// V_i^r -> V_i^a, and what the way back needs.
  ///
  /// Each convolution by itself, as training needs it.
  public func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record) {
    let (frames, channels) = (x.shape[0], x.shape[3])
    let positions = x.shape[1] * x.shape[2]
    // [F, C] -> [F, 1, 1, C]
    let (mean, globalRecord) = global.forward(
      AveragePool.global(x).reshaped([frames, 1, 1, channels]), recording: recording)
    let results = branches.map { $0.forward(x, recording: recording) }
    let width = self.width
    let concatenated = Tensor([frames, x.shape[1], x.shape[2], 5 * width]) { out in
      mean.read { mean in
        for row in 0..<frames * positions {
          (out + row * 5 * width).update(from: mean + row / positions * width, count: width)
        }
      }
      for (index, branch) in results.enumerated() {
        branch.0.read { branch in
          for row in 0..<frames * positions {
            (out + (row * 5 + index + 1) * width).update(from: branch + row * width, count: width)
          }
        }
      }
    }
    let (y, outputRecord) = output.forward(concatenated, recording: recording)
    return (
      y,
      Record(
        inputShape: x.shape, global: globalRecord, output: outputRecord, branches: results.map { $0.1 })
    )
  }

  /// The gradient of V_i^r; adds those of all kernels and biases to `gradients`.
  public func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    let concatenated = output.backward(dy, record.output, accumulating: gradients)
    let frames = record.inputShape[0]
    // The global mean was repeated over the map: its gradient is the sum, positions times the mean.
    let own = part(0, of: concatenated)
    let positions = Float(own.count / (frames * width))
    var dMean = AveragePool.global(own).reshaped([frames, 1, 1, width])
    dMean.scale(by: positions)
    let dGlobal = global.backward(dMean, record.global, accumulating: gradients)
    var dx = AveragePool.globalBackward(dGlobal, record.inputShape)
    for (index, branch) in branches.enumerated() {
      dx.add(
        branch.backward(
          part(index + 1, of: concatenated), record.branches[index], accumulating: gradients))
    }
    return dx
  }

  /// Channels index * width ... of [F, H, W, 5 width].
  private func part(_ index: Int, of concatenated: Tensor) -> Tensor {
    let shape = concatenated.shape
    return Tensor([shape[0], shape[1], shape[2], width]) { out in
      concatenated.read { source in
        for row in 0..<shape.rows {
          (out + row * width).update(from: source + (row * 5 + index) * width, count: width)
        }
      }
    }
  }
}
