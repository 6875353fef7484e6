import Layers
import Tensors

/// The decoder (paper III-D, eq. 15): from the coarsest map to the finest, then a small convolutional head.
///
/// M_1 ... M_4 [F, 56/28/14/7, same, 256] -> mask logits [F, 224, 224].
public struct SegmentationHead: Sendable {
  private let paths: [Path]
  private let reduce, refine, predict: Conv2d

  /// One level: u = coarser + unit1(M_i), then unit2, then twice the size.
  private struct Path: Sendable {
    let unit1: ResidualUnit?
    let unit2: ResidualUnit
    let enlarge = BilinearUpsample(factor: 2, alignCorners: true)

    func forward(_ m: Tensor, coarser: Tensor?) -> Tensor {
      var x = m
      if let unit1, let coarser {
        x = unit1.forward(m)
        x.add(coarser)
      }
      return enlarge.forward(unit2.forward(x))
    }
  }

  /// Reads `path1` ... `path4` and `output_conv`. `path4.resConfUnit1` is in checkpoints but has nothing to add to.
  public init(_ weights: Weights, width: Int = 256) {
    paths = (1...4).map { i in
      Path(
        unit1: i == 4 ? nil : ResidualUnit(weights["path\(i)"].resConfUnit1, width: width),
        unit2: ResidualUnit(weights["path\(i)"].resConfUnit2, width: width))
    }
    reduce = Conv2d(weights.output_conv[0], in: width, out: width / 2, kernel: 3, padding: 1)
    refine = Conv2d(weights.output_conv[2], in: width / 2, out: 32, kernel: 3, padding: 1)
    predict = Conv2d(weights.output_conv[4], in: 32, out: 1, kernel: 1)
  }

  /// See the type.
  public func forward(_ maps: [Tensor], observe: Observer) throws -> Tensor {
    var x: Tensor?
    for i in (0..<4).reversed() {
      x = paths[i].forward(maps[i], coarser: x)
      try observe(.path(i + 1), x!)
    }
    let reduced = reduce.forward(x!).0
    let enlarged = BilinearUpsample(factor: 2, alignCorners: false).forward(reduced)
    let logits = predict.forward(ReLU.forward(refine.forward(enlarged).0)).0
    let masks = logits.reshaped([logits.shape[0], logits.shape[1], logits.shape[2]])
    try observe(.maskLogits, masks)
    return masks
  }
}

/// Two convolutions beside a skip: r = relu(x), r + conv2(relu(conv1(r))).
///
/// The published program rectifies in place, so the skip carries relu(x), not x.
struct ResidualUnit: Sendable {
  private let conv1, conv2: Conv2d

  init(_ weights: Weights, width: Int) {
    conv1 = Conv2d(weights.conv1, in: width, out: width, kernel: 3, padding: 1)
    conv2 = Conv2d(weights.conv2, in: width, out: width, kernel: 3, padding: 1)
  }

  func forward(_ x: Tensor) -> Tensor {
    let rectified = ReLU.forward(x)
    var y = conv2.forward(ReLU.forward(conv1.forward(rectified).0)).0
    y.add(rectified)
    return y
  }
}
