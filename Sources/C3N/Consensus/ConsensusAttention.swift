import CKernels
import Foundation
import Layers
import Tensors

/// CCAM, the Cognitive Consensus guided Attention Module (paper III-B, eqs. 9 to 12; `cs_attention` in the published
/// program). It has no parameters.
///
///     w = omega / max(|omega|, 1e-12),   V^c = V sigmoid(w),   V^r = V^c sigmoid(mean over channels of V^c)
///
/// The paper's equations have omega itself in the place of w; the published program normalises it.
public enum ConsensusAttention {
  /// V_i [F, H, W, C] and omega_i [F, C] -> V_i^r [F, H, W, C].
  public static func forward(_ v: Tensor, omega: Tensor) -> Tensor {
    let (frames, channels) = (v.shape[0], v.shape[3])
    let positions = v.shape[1] * v.shape[2]
    let gates = channelGates(omega)
    let means = [Float](repeating: 1 / Float(channels), count: channels)
    return Tensor(v.shape) { out in
      read(v, gates) { v, gates in
        Parallel.ranges(frames * positions, grain: max(1, 65_536 / channels)) { range in
          for position in range {
            let row = out + position * channels
            c3n_multiply_rows(
              row, v + position * channels, gates + position / positions * channels, 1, channels)
            let gate = 1 / (1 + expf(-c3n_dot(row, means, channels)))
            for c in 0..<channels { row[c] *= gate }
          }
        }
      }
    }
  }

  /// The gradient of V_i from that of V_i^r. omega is a constant: the channel gates pass it on, the spatial gate is
  /// differentiated.
  public static func backward(_ dy: Tensor, _ v: Tensor, omega: Tensor) -> Tensor {
    let (frames, channels) = (v.shape[0], v.shape[3])
    let positions = v.shape[1] * v.shape[2]
    let gates = channelGates(omega)
    return Tensor(v.shape) { out in
      read(dy, v, gates) { dy, v, gates in
        Parallel.each(frames) { frame in
          let offset = frame * positions * channels
          c3n_attention_backward(
            out + offset, dy + offset, v + offset, gates + frame * channels, positions, channels)
        }
      }
    }
  }

  /// sigmoid(w) [F, C].
  static func channelGates(_ omega: Tensor) -> Tensor {
    let (frames, channels) = (omega.shape[0], omega.shape[1])
    var gates = omega
    gates.write { gates in
      for frame in 0..<frames {
        let row = gates + frame * channels
        let norm = max(c3n_dot(row, row, channels).squareRoot(), 1e-12)
        for c in 0..<channels { row[c] /= norm }
      }
      c3n_sigmoid(gates, gates, frames * channels)
    }
    return gates
  }
}

/// What a heat map shows of a stage.
public enum HeatMapKind: String, CaseIterable, Codable, Sendable {
  /// sigmoid(mean over channels of V^c): the gate that CCAM applies (eq. 11).
  case spatialAttention = "attention"

  /// mean over channels of V omega: the same without its sigmoids, as the paper's Fig. 7 draws it.
  case raw

  /// max(0, sum over channels of omega A): the rectified Grad-CAM map.
  case gradCAM = "grad-cam"

  /// The map of every frame [F, H, W].
  ///
  /// - Parameters:
  ///   - v: V_i [F, H, W, C].
  ///   - activation: A_i [F, H, W, C].
  ///   - omega: omega_i [F, C].
  public func map(_ v: Tensor, activation: Tensor, omega: Tensor) -> Tensor {
    let (frames, height, width, channels) = (v.shape[0], v.shape[1], v.shape[2], v.shape[3])
    let weights = self == .spatialAttention ? ConsensusAttention.channelGates(omega) : omega
    let source = self == .gradCAM ? activation : v
    return Tensor([frames, height, width]) { out in
      read(source, weights) { source, weights in
        for position in 0..<frames * height * width {
          let sum = c3n_dot(
            source + position * channels, weights + position / (height * width) * channels, channels)
          switch self {
          case .spatialAttention: out[position] = 1 / (1 + expf(-sum / Float(channels)))
          case .raw: out[position] = sum / Float(channels)
          case .gradCAM: out[position] = max(0, sum)
          }
        }
      }
    }
  }
}
