import Layers
import Tensors
import Testing

/// Kernels for particular shapes against the definitions, in every build that the processor can run.
@Suite("Kernels for particular shapes")
struct KernelTests {
  /// Maps whose sides are no multiples of Winograd's 4 x 4 outputs, and outputs that fill half of a panel.
  @Test(arguments: Kernels.allCases, [(2, 13, 10, 16, 48), (1, 14, 17, 32, 16), (3, 8, 8, 16, 32)])
  func winograd(build: Kernels, shape: (frames: Int, height: Int, width: Int, input: Int, out: Int)) {
    build.run {
      var random = Random(31)
      let layer = Conv2d(
        RandomWeights.root.conv, in: shape.input, out: shape.out, kernel: 3, padding: 1, bias: false)
      let norm = BatchNorm(RandomWeights.root.norm, channels: shape.out)
      let x = random.tensor([shape.frames, shape.height, shape.width, shape.input])
      let residual = random.tensor([shape.frames, shape.height, shape.width, shape.out])
      let naive = Naive.convolution(
        x, kernel: layer.weight.value, bias: nil, stride: 1, dilation: 1, pad: (1, 1),
        output: (shape.height, shape.width))
      let (y, record) = layer.forward(x)
      #expect(largestDifference(y, naive) < 2e-5)
      var finished = ReLU.forward(norm.forward(naive))
      finished.add(residual)
      let fused = layer.forward(x, normalized: norm, rectified: true, adding: residual).0
      #expect(largestDifference(fused, finished) < 4e-5)
      // The way back is the transpose: <dy, conv x> = <back dy, x>.
      let (forward, back) = (dot(residual, naive), dot(layer.backward(residual, record), x))
      #expect(abs(forward - back) < 1e-4 * max(1, abs(forward)))
    }
  }

  @Test(arguments: Kernels.allCases, [(2, 7, 7, 32), (1, 5, 9, 48), (1, 1, 2, 16)])
  func neighbours(build: Kernels, shape: (frames: Int, height: Int, width: Int, channels: Int)) {
    build.run {
      var random = Random(32)
      let channels = shape.channels
      let layer = DepthwiseConv2d(
        RandomWeights.root.depthwise, channels: channels, window: Window(kernel: 3, padding: .symmetric(1)))
      let x = random.tensor([shape.frames, shape.height, shape.width, channels], scale: 3)
      let dy = random.tensor(x.shape)
      var full = Tensor(zeros: [channels, 3, 3, channels])
      full.write { full in
        for tap in 0..<9 {
          for c in 0..<channels {
            full[(c * 9 + tap) * channels + c] = layer.weight.value[tap * channels + c]
          }
        }
      }
      let naive = Naive.convolution(
        x, kernel: full, bias: layer.bias!.value, stride: 1, dilation: 1, pad: (1, 1),
        output: (shape.height, shape.width))
      let (y, record) = layer.forward(x)
      #expect(largestDifference(y, naive) < 1e-5)
      let unbiased = Naive.convolution(
        x, kernel: full, bias: nil, stride: 1, dilation: 1, pad: (1, 1), output: (shape.height, shape.width))
      #expect(abs(dot(dy, unbiased) - dot(layer.backward(dy, record), x)) < 1e-3)

      // With GELU upon it; slopes in 16 bits are off by 1e-5 at most.
      let exact = GELU.forward(y)
      #expect(largestDifference(layer.activated(x).y, exact) < 2e-6)
      let recorded = layer.activated(x, recording: .inputGradients)
      #expect(largestDifference(recorded.y, exact) < 2e-6)
      let difference = largestDifference(
        GELU.backward(dy, recorded.activation!), GELU.backward(dy, input: y))
      #expect(difference < 1.5e-5)
    }
  }

  /// More keys than a panel has columns, and more queries than a slab has rows.
  @Test(arguments: Kernels.allCases, [(49, 49, 64), (20, 33, 32), (15, 5, 12)])
  func attention(build: Kernels, shape: (n: Int, m: Int, width: Int)) {
    build.run {
      var random = Random(33)
      let (q, kv) = (
        random.tensor([2, shape.n, 2 * shape.width], scale: 2), random.tensor([2, shape.m, 4 * shape.width])
      )
      let attention = MultiHeadAttention(heads: 2)
      let (y, record) = attention.forward(q, kv, recording: .inputGradients)
      #expect(largestDifference(y, Naive.attention(q, kv, heads: 2)) < 1e-5)
      let dy = random.tensor(y.shape)
      let (dq, dkv) = attention.backward(dy, record!)
      // The change of <dy, y> along a direction, by central differences.
      let (tq, tkv) = (random.tensor(q.shape), random.tensor(kv.shape))
      let step: Float = 1e-3
      let plus = Naive.attention(moved(q, along: tq, by: step), moved(kv, along: tkv, by: step), heads: 2)
      let minus = Naive.attention(moved(q, along: tq, by: -step), moved(kv, along: tkv, by: -step), heads: 2)
      let change = (dot(dy, plus) - dot(dy, minus)) / Double(2 * step)
      #expect(abs(change - dot(dq, tq) - dot(dkv, tkv)) < 5e-3 * max(1, abs(change)))
    }
  }

  @Test(arguments: Kernels.allCases)
  func dilatedTapsOutsideOfTheMapAreLeftOut(build: Kernels) {
    build.run {
      var random = Random(34)
      let layer = Conv2d(RandomWeights.root.conv, in: 5, out: 7, kernel: 3, padding: 6, dilation: 6)
      let x = random.tensor([2, 7, 15, 5])
      let naive = Naive.convolution(
        x, kernel: layer.weight.value, bias: layer.bias!.value, stride: 1, dilation: 6, pad: (6, 6),
        output: (7, 15))
      #expect(largestDifference(layer.forward(x).0, naive) < 1e-5)
    }
  }

  /// Maps of a few pixels of several frames go pixel by pixel, each with the taps that it sees; with one frame they do not.
  @Test(
    arguments: Kernels.allCases, [(5, 3, 2, 16, 40), (4, 6, 4, 600, 33), (1, 3, 2, 16, 8), (14, 1, 1, 8, 8)])
  func mapsOfFewPixels(
    build: Kernels, shape: (frames: Int, height: Int, width: Int, input: Int, out: Int)
  ) {
    build.run {
      var random = Random(35)
      let layer = Conv2d(RandomWeights.root.conv, in: shape.input, out: shape.out, kernel: 3, padding: 1)
      let x = random.tensor([shape.frames, shape.height, shape.width, shape.input])
      let residual = random.tensor([shape.frames, shape.height, shape.width, shape.out])
      var expected = Naive.convolution(
        x, kernel: layer.weight.value, bias: layer.bias!.value, stride: 1, dilation: 1, pad: (1, 1),
        output: (shape.height, shape.width))
      expected = ReLU.forward(expected)
      expected.add(residual)
      #expect(largestDifference(layer.forward(x, rectified: true, adding: residual).0, expected) < 5e-5)
    }
  }

  /// Also where Winograd's filtering does not pay, and on the smallest map.
  @Test(arguments: Kernels.allCases, [(2, 12, 9, 16, 16), (1, 5, 7, 3, 2), (2, 2, 2, 4, 4)])
  func convolutionOfAnEnlargedMap(
    build: Kernels, shape: (frames: Int, height: Int, width: Int, input: Int, out: Int)
  ) {
    build.run {
      var random = Random(36)
      let layer = Conv2d(RandomWeights.root.conv, in: shape.input, out: shape.out, kernel: 3, padding: 1)
      let x = random.tensor([shape.frames, shape.height, shape.width, shape.input])
      let enlarged = Naive.upsample(x, factor: 2, alignCorners: false)
      let naive = ReLU.forward(
        Naive.convolution(
          enlarged, kernel: layer.weight.value, bias: layer.bias!.value, stride: 1, dilation: 1, pad: (1, 1),
          output: (2 * shape.height, 2 * shape.width)))
      let phases = layer.forwardEnlarged(x, rectified: true)
      #expect(phases.shape == [shape.frames, shape.height, shape.width, 2, 2, shape.out])
      // [F H, W, 2, 2 out] -> [F H, 2, W, 2 out], line by line
      let line = 4 * shape.width * shape.out
      let lines = (0..<shape.frames * shape.height).map { y in
        Tensor(Array(phases.values[y * line..<(y + 1) * line]), [line])
          .swappingBlocks(rows: shape.width, columns: 2, block: 2 * shape.out)
      }
      #expect(largestDifference(Tensor.concatenate(lines).reshaped(naive.shape), naive) < 2e-5)
    }
  }

  /// Slopes in 16 bits, two to an element, as the kernels keep them.
  private func steps(_ slopes: Tensor) -> Tensor {
    let steps = slopes.values.map { UInt32(($0 + 0.13) * 52_000 + 0.5) } + [0]
    let pairs = stride(from: 0, to: slopes.count, by: 2).map { steps[$0] | steps[$0 + 1] << 16 }
    return Tensor(pairs.map { Float(bitPattern: $0) }, [pairs.count])
  }

  /// A product whose elements are multiplied by the slopes that GELU kept, and one upon which a residual is added.
  @Test(arguments: Kernels.allCases, [(30, 48, 20), (15, 16, 33), (7, 21, 9), (15, 45, 600)])
  func linearLayersWayBack(build: Kernels, shape: (rows: Int, input: Int, out: Int)) {
    build.run {
      var random = Random(37)
      let layer = Linear(RandomWeights.root.linear, in: shape.input, out: shape.out)
      let record = layer.forward(random.tensor([shape.rows, shape.input])).1
      let before = random.tensor([shape.rows, shape.input], scale: 3)
      let kept = GELU.Record.slopes(steps(GELU.backward(Tensor(repeating: 1, before.shape), input: before)))
      let dy = random.tensor([shape.rows, shape.out])
      let dx = layer.backward(dy, record)
      let exact = GELU.backward(dx, input: before)
      #expect(largestDifference(layer.backward(dy, record, through: .input(before)), exact) == 0)
      #expect(largestDifference(layer.backward(dy, record, through: kept), exact) < 1e-4)
      var sum = dx
      sum.add(before)
      #expect(largestDifference(layer.backward(dy, record, adding: before), sum) < 1e-5)
    }
  }
}
