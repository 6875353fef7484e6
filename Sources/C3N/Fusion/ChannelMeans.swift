import CKernels
import Tensors

/// The mean over channels of [F, H, W, C] -> [F, H, W], as the paper's Fig. 8 draws features.
public func channelMeans(_ features: Tensor) -> Tensor {
  let (positions, channels) = (features.shape.rows, features.shape.last)
  let weights = [Float](repeating: 1 / Float(channels), count: channels)
  return Tensor([features.shape[0], features.shape[1], features.shape[2]]) { out in
    features.read { features in
      for position in 0..<positions {
        out[position] = c3n_dot(features + position * channels, weights, channels)
      }
    }
  }
}
