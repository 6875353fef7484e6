import Tensors

/// A 3x3 convolution of a map enlarged by two, without the enlarged map.
///
/// Between two pixels bilinear enlargement (corners apart) is a mean with fixed shares. So the convolution's result at
/// the pixels of even rows and columns is a 3x3 convolution of the small map with another kernel, and so are the three
/// other phases: one convolution with four times the outputs reads a quarter of the pixels. Only the outermost pixels
/// of the small map differ, where the enlargement repeats the border and the convolution sees zeros.
extension Conv2d {
  /// x [F, H, W, in] -> [F, H, W, 2, 2, out], rectified if asked for: [f, y, x, r, c] is the convolution of the enlarged
  /// map at the pixel (2 y + r, 2 x + c). H and W are at least 2.
  public func forwardEnlarged(_ x: Tensor, rectified: Bool = false) -> Tensor {
    let (frames, height, width, input) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    precondition(window.isNeighbourhood, "phases of another convolution than 3x3, stride 1, padding 1")
    precondition(height >= 2 && width >= 2, "a map of \(height) x \(width) has no border of its own")
    let out = weight.value.shape[0]
    let count = 4 * frames * height * width
    Work.add(
      published: count * out * 9 * input, performed: count * out * 9 * input, elementwise: 4 * count * input)
    let biases = bias.map { bias in Tensor.concatenate([Tensor](repeating: bias.value, count: 4)) }
    var phases = convolved(x, phaseKernels(), biases, rectified: rectified)
    for border in Border.allCases {
      let strip = convolved(
        BilinearUpsample.byTwo.enlarged(border.strip(of: x)), weight.value, bias?.value, rectified: rectified)
      border.copy(strip, into: &phases, height: height, width: width, out: out)
    }
    return phases.reshaped([frames, height, width, 2, 2, out])
  }

  /// The kernels of all phases [2 2 out, 3, 3, in], from [out, 3, 3, in].
  private func phaseKernels() -> Tensor {
    let (out, input) = (weight.value.shape[0], weight.value.shape[3])
    return Tensor([4 * out, 3, 3, input]) { kernels in
      kernels.initialize(repeating: 0, count: 4 * out * 9 * input)
      weight.value.read { taps in
        Parallel.ranges(4 * out, grain: 8) { range in
          for index in range {
            let (row, column, o) = (index / out / 2, index / out % 2, index % out)
            for (tap, place) in Self.tapsAndPlaces {
              let share =
                Self.shares[row][tap / 3][place / 3] * Self.shares[column][tap % 3][place % 3]
              if share == 0 { continue }
              let (from, to) = (taps + (o * 9 + tap) * input, kernels + (index * 9 + place) * input)
              for i in 0..<input { to[i] += share * from[i] }
            }
          }
        }
      }
    }
  }

  private static let tapsAndPlaces = (0..<81).map { ($0 / 9, $0 % 9) }

  /// What a tap of an even (0) or odd (1) pixel of the enlarged map reads of the pixel before, itself and the next.
  private static let shares: [[[Float]]] = [
    [[0.75, 0.25, 0], [0.25, 0.75, 0], [0, 0.75, 0.25]],
    [[0.25, 0.75, 0], [0, 0.75, 0.25], [0, 0.25, 0.75]],
  ]

  /// One of the four sides of the map.
  private enum Border: CaseIterable {
    case top, bottom, left, right

    /// The two rows or columns at the border: what the outermost pixels depend on.
    func strip(of x: Tensor) -> Tensor {
      let (frames, height, width, input) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
      let (rows, columns) =
        switch self {
        case .top: (0..<2, 0..<width)
        case .bottom: (height - 2..<height, 0..<width)
        case .left: (0..<height, 0..<2)
        case .right: (0..<height, width - 2..<width)
        }
      return Tensor([frames, rows.count, columns.count, input]) { strip in
        x.read { x in
          var out = strip
          for frame in 0..<frames {
            for row in rows {
              let from = x + ((frame * height + row) * width + columns.lowerBound) * input
              out.update(from: from, count: columns.count * input)
              out += columns.count * input
            }
          }
        }
      }
    }

    /// Copies the two outermost rows or columns of the convolved strip [F, 4, 2 W, out] or [F, 2 H, 4, out].
    func copy(_ strip: Tensor, into phases: inout Tensor, height: Int, width: Int, out: Int) {
      let isRow = self == .top || self == .bottom
      let (length, first) = (isRow ? width : height, self == .top || self == .left ? 0 : 2)
      let frames = strip.shape[0]
      phases.write { phases in
        strip.read { strip in
          for frame in 0..<frames {
            for position in 0..<length {
              let (y, x) =
                switch self {
                case .top: (0, position)
                case .bottom: (height - 1, position)
                case .left: (position, 0)
                case .right: (position, width - 1)
                }
              for phase in 0..<4 {
                let (row, column) = (phase / 2, phase % 2)
                let from =
                  isRow
                  ? (frame * 4 + first + row) * 2 * width + 2 * position + column
                  : (frame * 2 * height + 2 * position + row) * 4 + first + column
                (phases + (((frame * height + y) * width + x) * 4 + phase) * out)
                  .update(from: strip + from * out, count: out)
              }
            }
          }
        }
      }
    }
  }
}

extension BilinearUpsample {
  /// Enlargement by two whose corner pixels' centres do not coincide.
  fileprivate static let byTwo = BilinearUpsample(factor: 2, alignCorners: false)
}
