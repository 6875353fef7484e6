import Tensors

/// The statistics that a visual backbone's training subtracted from its pictures and divided them by.
public struct FrameNormalization: Sendable, Equatable {
  /// The mean of red, green and blue as parts of 1.
  public let mean: SIMD3<Float>

  /// The standard deviation of red, green and blue as parts of 1.
  public let std: SIMD3<Float>

  /// Statistics of pixels in 0...1.
  public init(mean: SIMD3<Float>, std: SIMD3<Float>) {
    self.mean = mean
    self.std = std
  }

  /// ImageNet's mean and standard deviation: PVTv2, Swin and ResNet.
  public static let imageNet = FrameNormalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// (x - 127) / 128 of 8-bit samples: EfficientNet-Lite.
  public static let efficientNetLite = FrameNormalization(
    mean: SIMD3(repeating: 127 / 255), std: SIMD3(repeating: 128 / 255))

  /// (x/255 - mean) / std of every 8-bit sample x, [256, 3].
  fileprivate var table: [Float] {
    (0...255).flatMap { sample in
      (0..<3).map { (Float(sample) / 255 - mean[$0]) / std[$0] }
    }
  }
}

/// Frames as the network takes them, [frames, size, size, 3].
///
/// Frames of another size are resized by ``RGBImage/resized(width:height:)``; then (x/255 - mean) / std.
public func normalized(
  _ frames: [RGBImage], _ statistics: FrameNormalization = .imageNet, size: Int = 224
) -> Tensor {
  let table = statistics.table
  let samples = size * size * 3
  return Tensor([frames.count, size, size, 3]) { out in
    table.withUnsafeBufferPointer { table in
      for (index, frame) in frames.enumerated() {
        let resized = frame.resized(width: size, height: size)
        resized.pixels.withUnsafeBufferPointer { pixels in
          var position = out + index * samples
          for i in stride(from: 0, to: samples, by: 3) {
            position[0] = table[Int(pixels[i]) * 3]
            position[1] = table[Int(pixels[i + 1]) * 3 + 1]
            position[2] = table[Int(pixels[i + 2]) * 3 + 2]
            position += 3
          }
        }
      }
    }
  }
}
