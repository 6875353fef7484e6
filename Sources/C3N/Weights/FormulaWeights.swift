import CKernels
import Foundation
import Layers
import Tensors

/// Weights that follow from their names and a seed, so that every build can make the same model and compare results.
///
/// Each value is mean + scale u with u in [-1, 1) from SplitMix64 of FNV-1a(key), seed and position. The scales keep
/// activations of trained size through all variants. They segment nothing.
public struct FormulaWeights: WeightSource {
  /// Two seeds give two unrelated models.
  public let seed: UInt64

  /// Weights of the given seed.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Empty: any key can be made.
  public var keys: [String] { [] }

  /// The tensor of that name and PyTorch shape.
  public func tensor(_ key: String, shape: Shape) -> Tensor {
    let (mean, scale) = Self.distribution(key, shape)
    return values(key, shape, mean, scale)
  }

  /// Uniform in +-scale: the initial values of a training.
  func uniform(_ key: String, _ shape: Shape, scale: Float) -> Tensor { values(key, shape, 0, scale) }

  private func values(_ key: String, _ shape: Shape, _ mean: Float, _ scale: Float) -> Tensor {
    let state = Self.hash(key) &+ seed &* 0x9E37_79B9_7F4A_7C15
    return Tensor(shape) { values in
      Parallel.ranges(shape.count, grain: 1 << 20) { range in
        c3n_formula_weights(
          values + range.lowerBound, state &+ UInt64(range.lowerBound), mean, scale, range.count)
      }
    }
  }

  /// FNV-1a with 64 bits of the key's UTF-8.
  static func hash(_ key: String) -> UInt64 {
    key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// The mean and half-range of a tensor's values; the first rule that matches counts.
  static func distribution(_ key: String, _ shape: Shape) -> (mean: Float, scale: Float) {
    switch key {
    case "similarity_matrix": return (0.3, 0.3)
    case "audio_backbone.trained_classes": return (1, 0)
    case "audio_backbone.bn0.running_mean": return (-25, 5)
    case "audio_backbone.bn0.running_var": return (400, 100)
    case _ where key.hasSuffix("running_mean"): return (0, 0.1)
    case _ where key.hasSuffix("running_var"): return (1, 0.2)
    case "output_conv.4.bias": return (-1.5, 0.5)
    case _ where key.hasSuffix("bias"): return (0, 0.05)
    case _ where key.hasSuffix("weight_g"): return (2.4, 0.24)
    case _ where key.hasSuffix("grep_a"): return (1, 0.1)
    case _ where key.hasSuffix("relative_position_bias_table"): return (0, 0.5)
    case "pproc.pca_means": return (0, 0.05)
    case _ where shape.rank == 1: return (1, 0.1)
    default:
      let fanIn = shape.extents.dropFirst().reduce(1, *)
      return (0, Float(gain(key) * (3 / Double(fanIn)).squareRoot()))
    }
  }

  private static func gain(_ key: String) -> Double {
    let inBackbone = key.hasPrefix("encoder_backbone.")
    switch key {
    case _ where key.hasPrefix("encoder_backbone.head."): return 4
    case _ where key.hasPrefix("output_conv."): return 1.5
    case _ where inBackbone && key.hasSuffix(".mlp.fc2.weight"): return 0.5
    case _ where inBackbone && key.hasSuffix(".attn.proj.weight"): return 2
    case _ where inBackbone && key.hasSuffix(".attn.q.weight"): return 2
    case _ where key.contains(".conv2d_list."): return 0.08
    case _ where key.hasPrefix("resnet.") && key.hasSuffix(".conv3.weight"): return 0.5
    case _ where key.hasPrefix("resnet."): return 2.0.squareRoot()
    case "audio_backbone.embeddings.4.weight": return 0.5
    case "pproc.pca_eigen_vectors": return 0.6
    case _
    where key.hasPrefix("audio_backbone.fc_audioset.") || key.hasPrefix("classification_model.fc_final.")
      || key.hasPrefix("audio_backbone.predictor."):
      return 2
    case _
    where ["features.", "embeddings.", "conv_block", "fc1."].contains {
      key.hasPrefix("audio_backbone." + $0)
    }
      || key.hasPrefix("classification_model.emb.conv"):
      return 2.0.squareRoot()
    default: return 1
    }
  }
}
