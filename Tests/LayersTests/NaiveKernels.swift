import Glibc
import Layers
import Tensors

/// The definitions, written as sums: slow, and obviously right.
enum Naive {
  /// Kernel [out, h, w, in]; padding before each axis is given, the output size too.
  static func convolution(
    _ x: Tensor, kernel: Tensor, bias: Tensor?, stride: Int, dilation: Int, pad: (top: Int, left: Int),
    output: (height: Int, width: Int)
  ) -> Tensor {
    let (frames, height, width, input) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (out, kernelHeight, kernelWidth) = (kernel.shape[0], kernel.shape[1], kernel.shape[2])
    let (x, w, b) = (x.values, kernel.values, bias?.values)
    var y: [Float] = []
    for f in 0..<frames {
      for oy in 0..<output.height {
        for ox in 0..<output.width {
          for o in 0..<out {
            var sum = Double(b?[o] ?? 0)
            for ky in 0..<kernelHeight {
              for kx in 0..<kernelWidth {
                let iy = oy * stride - pad.top + ky * dilation
                let ix = ox * stride - pad.left + kx * dilation
                guard iy >= 0, iy < height, ix >= 0, ix < width else { continue }
                for i in 0..<input {
                  sum +=
                    Double(x[((f * height + iy) * width + ix) * input + i])
                    * Double(w[((o * kernelHeight + ky) * kernelWidth + kx) * input + i])
                }
              }
            }
            y.append(Float(sum))
          }
        }
      }
    }
    return Tensor(y, [frames, output.height, output.width, out])
  }

  /// PyTorch's two conventions of bilinear interpolation.
  static func upsample(_ x: Tensor, factor: Int, alignCorners: Bool) -> Tensor {
    let (frames, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let v = x.values
    func source(_ o: Int, _ size: Int) -> Double {
      alignCorners
        ? Double(o) * Double(size - 1) / Double(size * factor - 1)
        : max(0, (Double(o) + 0.5) / Double(factor) - 0.5)
    }
    var y: [Float] = []
    for f in 0..<frames {
      for oy in 0..<height * factor {
        for ox in 0..<width * factor {
          let (sy, sx) = (source(oy, height), source(ox, width))
          let (y0, x0) = (Int(sy), Int(sx))
          let (y1, x1) = (min(y0 + 1, height - 1), min(x0 + 1, width - 1))
          let (fy, fx) = (sy - Double(y0), sx - Double(x0))
          for c in 0..<channels {
            func at(_ yy: Int, _ xx: Int) -> Double {
              Double(v[((f * height + yy) * width + xx) * channels + c])
            }
            y.append(
              Float(
                (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) + fy
                  * ((1 - fx) * at(y1, x0) + fx * at(y1, x1))))
          }
        }
      }
    }
    return Tensor(y, [frames, height * factor, width * factor, channels])
  }

  static func attention(_ q: Tensor, _ kv: Tensor, heads: Int) -> Tensor {
    let (frames, n, channels) = (q.shape[0], q.shape[1], q.shape[2])
    let (m, width) = (kv.shape[1], channels / heads)
    let (q, kv) = (q.values, kv.values)
    var y = [Float](repeating: 0, count: frames * n * channels)
    for f in 0..<frames {
      for h in 0..<heads {
        for i in 0..<n {
          let scores = (0..<m).map { j in
            (0..<width).reduce(0.0) { sum, c in
              sum + Double(q[(f * n + i) * channels + h * width + c])
                * Double(kv[(f * m + j) * 2 * channels + h * width + c])
            } / Double(width).squareRoot()
          }
          let weights = scores.map { exp($0) }
          let total = weights.reduce(0, +)
          for c in 0..<width {
            let sum = (0..<m).reduce(0.0) {
              $0 + weights[$1] / total * Double(kv[(f * m + $1) * 2 * channels + channels + h * width + c])
            }
            y[(f * n + i) * channels + h * width + c] = Float(sum)
          }
        }
      }
    }
    return Tensor(y, [frames, n, channels])
  }
}
