import Layers
import Synchronization
import Tensors

/// ASPP as the one linear map that it is: there is nothing between its convolutions and the one that mixes them.
///
/// 25 taps (a common centre, and eight neighbours for each dilation) instead of 28 and a mixing matrix, and taps that see
/// only padding cost nothing: 12.4 GMAC instead of 20.8 for five frames. The global mean becomes a vector for each frame.
/// The map is kept for as long as the parameters stay as they are.
final class CollapsedASPP: Sendable {
  private let kept = Mutex<Kept?>(nil)

  private struct Kept: Sendable {
    let versions: [Int]
    let map: Map
  }

  private struct Map: Sendable {
    /// [width, 25, C].
    let kernel: Tensor
    /// What the global mean is multiplied by [width, C], and what is added [width].
    let global, bias: Tensor
  }

  /// V_i^r [F, H, W, C] -> V_i^a [F, H, W, width].
  func forward(_ x: Tensor, _ aspp: ASPP) -> Tensor {
    let map = map(of: aspp)
    let (frames, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (positions, out) = (height * width, aspp.width)
    // As published: five branches and the convolution of their concatenation.
    Work.add(frames * (positions * (28 * channels + 5 * out) + channels) * out)
    let offsets = Tensor([frames, out]) { offsets in
      read(AveragePool.global(x), map.global, map.bias) { mean, global, bias in
        BLAS.multiply(
          m: frames, n: out, k: channels, .plain(mean, channels), .transposed(global, channels),
          into: offsets,
          out, finish: .init(bias: bias))
      }
    }
    let unfolding = Unfolding(x.shape, taps: Self.taps, output: (height, width))
    return Tensor([frames, height, width, out]) { y in
      offsets.read { offsets in
        Parallel.ranges(frames * positions, grain: 64) { range in
          for row in range { (y + row * out).update(from: offsets + row / positions * out, count: out) }
        }
      }
      read(x, map.kernel) { x, kernel in
        BLAS.multiply(
          m: frames * positions, n: out, k: unfolding.depth, .unfolded(x, unfolding),
          .transposed(kernel, unfolding.depth), beta: 1, into: y, out)
      }
    }
  }

  /// The centre, then the neighbours of each dilation row by row.
  private static let taps: [Unfolding.Tap] =
    [.init(row: 0, column: 0)]
    + ASPP.dilations.flatMap { dilation in
      (0..<9).filter { $0 != 4 }.map {
        .init(row: ($0 / 3 - 1) * dilation, column: ($0 % 3 - 1) * dilation)
      }
    }

  private func map(of aspp: ASPP) -> Map {
    let convolutions = [aspp.global, aspp.output] + aspp.branches
    let versions = convolutions.flatMap { [$0.weight.version, $0.bias?.version ?? 0] }
    if let kept = kept.withLock({ $0 }), kept.versions == versions { return kept.map }
    let map = Self.collapse(aspp)
    kept.withLock { $0 = Kept(versions: versions, map: map) }
    return map
  }

  private static func collapse(_ aspp: ASPP) -> Map {
    let (width, channels) = (aspp.width, aspp.global.weight.value.shape[3])
    /// A convolution followed by its part of the mixing one: [width, taps, C] and [width].
    func mixed(_ convolution: Conv2d, part: Int) -> (kernel: Tensor, bias: Tensor) {
      let depth = convolution.weight.value.count / width
      func product(_ right: Tensor, columns: Int) -> Tensor {
        Tensor([width, columns]) { out in
          read(aspp.output.weight.value, right) { mixing, right in
            BLAS.multiply(
              m: width, n: columns, k: width, .plain(mixing + part * width, 5 * width),
              .plain(right, columns),
              into: out, columns)
          }
        }
      }
      return (product(convolution.weight.value, columns: depth), product(convolution.bias!.value, columns: 1))
    }
    let global = mixed(aspp.global, part: 0)
    let branches = aspp.branches.enumerated().map { mixed($1, part: $0 + 1) }
    var bias = aspp.output.bias!.value.reshaped([width, 1])
    for part in [global] + branches { bias.add(part.bias) }
    let kernel = Tensor([width, taps.count, channels]) { kernel in
      for row in 0..<width {
        var out = kernel + row * taps.count * channels
        branches[0].kernel.read { out.update(from: $0 + row * channels, count: channels) }
        for dilated in branches.dropFirst() {
          dilated.kernel.read { taps in
            let centre = taps + (row * 9 + 4) * channels
            for channel in 0..<channels { out[channel] += centre[channel] }
          }
        }
        out += channels
        for dilated in branches.dropFirst() {
          dilated.kernel.read { taps in
            for tap in 0..<9 where tap != 4 {
              out.update(from: taps + (row * 9 + tap) * channels, count: channels)
              out += channels
            }
          }
        }
      }
    }
    return Map(kernel: kernel, global: global.kernel, bias: bias.reshaped([width]))
  }
}
