import Layers
import Tensors

/// TPAVI's pooling: the sum of four 3x3 convolutions dilated 3, 6, 12 and 18, where C3N has ASPP
/// (`Classifier_Module` in AVSBench's program).
public struct DilatedSum: StagePooling {
  private let branches: [Conv2d]

  /// Reads the keys below a path such as `conv4`.
  public init(_ weights: Weights, in input: Int, width: Int = 256) {
    branches = [3, 6, 12, 18].enumerated().map { index, dilation in
      Conv2d(
        weights.conv2d_list[index], in: input, out: width, kernel: 3, padding: dilation, dilation: dilation)
    }
  }

  /// See ``StagePooling``.
  public func forward(_ x: Tensor) -> Tensor { forward(x, recording: .none).0 }

  /// See ``StagePooling``.
  public func forward(_ x: Tensor, recording: Recording) -> (Tensor, [Conv2d.Record]) {
    var (sum, record) = branches[0].forward(x, recording: recording)
    var records = [record]
    for branch in branches.dropFirst() {
      let y: Tensor
      (y, record) = branch.forward(x, recording: recording)
      sum.add(y)
      records.append(record)
    }
    return (sum, records)
  }

  /// See ``StagePooling``.
  public func backward(_ dy: Tensor, _ record: [Conv2d.Record], accumulating gradients: Gradients?) -> Tensor {
    var dx = branches[0].backward(dy, record[0], accumulating: gradients)
    for (branch, kept) in zip(branches, record).dropFirst() {
      dx.add(branch.backward(dy, kept, accumulating: gradients))
    }
    return dx
  }
}
