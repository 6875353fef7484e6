import Layers
import Tensors

/// Weights at the start of a training: what the files have, and PyTorch's initial values (but for biases)
/// for the parts after the backbone.
///
/// Kernels are uniform in +-1/sqrt(fan in), biases 0, norms 1 and 0. The last norm of a non-local block is 0 and 0, so
/// that the block begins as its skip (as in the published program). The same seed makes the same values, whatever the
/// order in which they are asked for.
struct InitialWeights: WeightSource {
  let files: any WeightSource
  let seed: UInt64
  let backbone: BackboneKind

  var keys: [String] { files.keys }

  func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor {
    do {
      return try files.tensor(key, shape: shape)
    } catch .missing where isTrainedFromTheStart(key) {
      return initial(key, shape)
    }
  }

  func release(_ key: String) { files.release(key) }

  /// Everything but the pre-trained encoders, and what the backbone's own file does not have.
  private func isTrainedFromTheStart(_ key: String) -> Bool {
    if backbone.freshKeys.contains(where: { key.hasPrefix("\(backbone.root).\($0)") }) { return true }
    return ["conv1.", "conv2.", "conv3.", "conv4.", "tpavi_", "path", "output_conv."].contains {
      key.hasPrefix($0)
    }
  }

  private func initial(_ key: String, _ shape: Shape) -> Tensor {
    if key.contains(".W_z.1.") {
      return Tensor(repeating: key.hasSuffix("running_var") ? 1 : 0, shape)
    }
    if key.contains(".norm_layer.") || key.hasPrefix(backbone.root) {
      return Tensor(repeating: key.hasSuffix("weight") ? 1 : 0, shape)
    }
    if shape.rank == 1 { return Tensor(zeros: shape) }
    let fanIn = shape.extents.dropFirst().reduce(1, *)
    return FormulaWeights(seed: seed).uniform(key, shape, scale: 1 / Float(fanIn).squareRoot())
  }
}
