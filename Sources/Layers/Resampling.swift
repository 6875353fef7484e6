import CKernels
import Tensors

/// Bilinear enlargement by a whole factor, by either of PyTorch's conventions.
public struct BilinearUpsample: Sendable {
  /// How many times larger each side becomes.
  public let factor: Int

  /// Whether the corner pixels' centres coincide.
  public let alignCorners: Bool

  /// Enlargement by `factor`.
  public init(factor: Int, alignCorners: Bool) {
    self.factor = factor
    self.alignCorners = alignCorners
  }

  /// [F, H, W, C] -> [F, factor H, factor W, C].
  public func forward(_ x: Tensor) -> Tensor {
    Work.add(elementwise: 4 * factor * factor * x.count)
    return enlarged(x)
  }

  /// The same for whoever counts the work in another way.
  func enlarged(_ x: Tensor) -> Tensor {
    let (frames, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let shape: Shape = [frames, height * factor, width * factor, channels]
    return Tensor(shape) { y in
      x.read { x in
        Parallel.ranges(frames * shape[1], grain: max(1, 32_768 / (shape[2] * channels))) { rows in
          c3n_upsample(
            y, x, Int64(height), Int64(width), Int64(channels), Int64(shape[1]), Int64(shape[2]),
            alignCorners ? 1 : 0, Int64(rows.lowerBound), Int64(rows.count))
        }
      }
    }
  }

  /// [F, factor H, factor W, C] -> [F, H, W, C]: every gradient goes back where its value came from.
  public func backward(_ dy: Tensor) -> Tensor {
    let (frames, height, width, channels) = (
      dy.shape[0], dy.shape[1] / factor, dy.shape[2] / factor, dy.shape[3]
    )
    return Tensor([frames, height, width, channels]) { dx in
      dy.read { dy in
        Parallel.each(frames) { frame in
          c3n_upsample_backward(
            dx + frame * height * width * channels, dy + frame * height * width * factor * factor * channels,
            Int64(height), Int64(width), Int64(channels), Int64(height * factor), Int64(width * factor),
            alignCorners ? 1 : 0, 1)
        }
      }
    }
  }
}

/// Means over windows and over whole maps.
public enum AveragePool {
  /// [F, H, W, C] -> [F, H/2, W/2, C]; a last odd row or column is left out.
  public static func halving(_ x: Tensor) -> Tensor {
    let (frames, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return Tensor([frames, height / 2, width / 2, channels]) { y in
      x.read { x in
        Parallel.each(frames) { frame in
          c3n_average_pool_2x2(
            y + frame * (height / 2) * (width / 2) * channels, x + frame * height * width * channels,
            Int64(height), Int64(width), Int64(channels), 1)
        }
      }
    }
  }

  /// [F, H/2, W/2, C] -> `shape` [F, H, W, C]: a quarter to each position, nothing to an odd last row or column.
  public static func halvingBackward(_ dy: Tensor, _ shape: Shape) -> Tensor {
    let (frames, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    return Tensor(shape) { dx in
      dy.read { dy in
        Parallel.each(frames) { frame in
          c3n_average_pool_2x2_backward(
            dx + frame * height * width * channels, dy + frame * (height / 2) * (width / 2) * channels,
            Int64(height), Int64(width), Int64(channels), 1)
        }
      }
    }
  }

  /// [F, ..., C] -> [F, C]: the mean over all positions of a frame.
  public static func global(_ x: Tensor) -> Tensor {
    let (frames, channels) = (x.shape[0], x.shape.last)
    let positions = x.count / (frames * channels)
    var mean = Tensor(zeros: [frames, channels])
    mean.write { mean in
      x.read { x in
        for frame in 0..<frames {
          c3n_sum_rows(mean + frame * channels, x + frame * positions * channels, positions, channels)
        }
      }
      for i in 0..<frames * channels { mean[i] /= Float(positions) }
    }
    return mean
  }

  /// [F, C] -> `shape` [F, ..., C]: every position gets its equal share.
  public static func globalBackward(_ dy: Tensor, _ shape: Shape) -> Tensor {
    let (frames, channels) = (shape[0], shape.last)
    let positions = shape.count / (frames * channels)
    return Tensor(shape) { dx in
      dy.read { dy in
        for frame in 0..<frames {
          let map = dx + frame * positions * channels
          c3n_fill_rows(map, dy + frame * channels, positions, channels)
          for i in 0..<positions * channels { map[i] /= Float(positions) }
        }
      }
    }
  }
}
