import Tensors

/// Maxima over windows; zeros around the map never win, because they are left out.
public enum MaxPool {
  /// [F, H, W, C] -> [F, H', W', C]. Inference only.
  public static func forward(_ x: Tensor, window: Window) -> Tensor {
    let placed = window.placed(on: x.shape)
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), channels]
    return Tensor(shape) { y in
      x.read { x in
        Parallel.ranges(shape[0] * shape[1], grain: max(1, 32_768 / (shape[2] * channels))) { rows in
          for row in rows {
            let (frame, top) = (row / shape[1], row % shape[1] * window.stride - Int(placed.pad_top))
            for column in 0..<shape[2] {
              let left = column * window.stride - Int(placed.pad_left)
              let out = y + (row * shape[2] + column) * channels
              out.initialize(repeating: -.infinity, count: channels)
              for i in max(top, 0)..<min(top + window.kernel.height, height) {
                for j in max(left, 0)..<min(left + window.kernel.width, width) {
                  let pixel = x + ((frame * height + i) * width + j) * channels
                  for c in 0..<channels { out[c] = max(out[c], pixel[c]) }
                }
              }
            }
          }
        }
      }
    }
  }
}
