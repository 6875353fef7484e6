import C3N
import Layers
import Tensors
import Testing

@Suite("Non-local fusion in its linear form")
struct NonLocalFusionTests {
  /// The block as it is drawn, with theta phi^T formed: (T H W)^2 entries.
  static func naive(_ x: Tensor, audio: Tensor?, seed: UInt64, width: Int) -> Tensor {
    let formula = FormulaWeights(seed: seed)
    let inner = width / 2
    func matrix(_ key: String, _ out: Int, _ input: Int, _ rank5: Bool = true) -> [Double] {
      formula.tensor("b." + key + ".weight", shape: rank5 ? [out, input, 1, 1, 1] : [out, input]).values.map(
        Double.init)
    }
    func vector(_ key: String, _ n: Int) -> [Double] {
      formula.tensor("b." + key, shape: [n]).values.map(Double.init)
    }
    func linear(_ rows: [[Double]], _ w: [Double], _ b: [Double]) -> [[Double]] {
      rows.map { row in
        b.indices.map { o in row.indices.reduce(b[o]) { $0 + row[$1] * w[o * row.count + $1] } }
      }
    }
    let frames = x.shape[0]
    let positions = x.shape.rows / frames
    let rows = (0..<x.shape.rows).map { r in (0..<width).map { Double(x[r * width + $0]) } }
    var keys = rows
    if let audio {
      let d = audio.shape[1]
      let heard = linear(
        (0..<frames).map { t in (0..<d).map { Double(audio[t * d + $0]) } },
        matrix("align_channel", width, d, false), vector("align_channel.bias", width))
      keys = rows.indices.map { heard[$0 / positions] }
    }
    let theta = linear(rows, matrix("theta", inner, width), vector("theta.bias", inner))
    let phi = linear(keys, matrix("phi", inner, width), vector("phi.bias", inner))
    let g = linear(rows, matrix("g", inner, width), vector("g.bias", inner))
    let n = Double(rows.count)
    let y = theta.map { query in
      let attention = phi.map { key in zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / n }
      return (0..<inner).map { c in attention.indices.reduce(0) { $0 + attention[$1] * g[$1][c] } }
    }
    let projected = linear(y, matrix("W_z.0", width, inner), vector("W_z.0.bias", width))
    let (gamma, beta) = (vector("W_z.1.weight", width), vector("W_z.1.bias", width))
    let (mean, variance) = (vector("W_z.1.running_mean", width), vector("W_z.1.running_var", width))
    let (scale, shift) = (vector("norm_layer.weight", width), vector("norm_layer.bias", width))
    let out = projected.indices.flatMap { r -> [Float] in
      var z: [Double] = []
      for c in 0..<width {
        let centred = projected[r][c] - mean[c]
        let normed = centred / (variance[c] + 1e-5).squareRoot()
        z.append(normed * gamma[c] + beta[c] + rows[r][c])
      }
      let m: Double = z.reduce(0, +) / Double(width)
      let spread: Double = z.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(width)
      let s: Double = (spread + 1e-5).squareRoot()
      return (0..<width).map { c in Float((z[c] - m) / s * scale[c] + shift[c]) }
    }
    return Tensor(out, x.shape)
  }

  @Test(arguments: [true, false])
  func equalsTheAttentionMatrix(listens: Bool) {
    let (x, audio) = (numbers(1, [3, 2, 4, 16]), numbers(2, [3, 5]))
    let block = NonLocalFusion(formulaRoot(seed: 3)["b"], audio: 5, width: 16)
    let fast = block.forward(x, audio: listens ? audio : nil)
    let slow = Self.naive(x, audio: listens ? audio : nil, seed: 3, width: 16)
    #expect(largestDifference(fast, slow) < 2e-5)
  }

  @Test func soundChangesTheResult() {
    let x = numbers(1, [3, 2, 4, 16])
    let block = NonLocalFusion(formulaRoot(seed: 3)["b"], audio: 5, width: 16)
    let difference = largestDifference(
      block.forward(x, audio: numbers(2, [3, 5])), block.forward(x, audio: numbers(4, [3, 5])))
    #expect(difference > 1e-3)
  }
}

@Suite("ASPP")
struct ASPPTests {
  @Test func collapsedEqualsItsParts() {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let aspp = ASPP(reader.root["conv1"], in: 24, width: 16)
    let x = numbers(5, [2, 14, 9, 24])
    #expect(largestDifference(aspp.forward(x), aspp.forward(x, recording: .allGradients).0) < 1e-5)
    // It follows its parameters, as between epochs of a training.
    for parameter in reader.parameters { parameter.value.scale(by: 0.5) }
    #expect(largestDifference(aspp.forward(x), aspp.forward(x, recording: .allGradients).0) < 1e-5)
  }

  @Test func aConstantMapStaysConstantInTheMiddle() {
    // With every pixel equal, all five branches see the same away from the border: 37 > 2 x 18 leaves the centre.
    let pixel = numbers(5, [8])
    let x = Tensor((0..<37 * 37).flatMap { _ in pixel.values }, [1, 37, 37, 8])
    let y = ASPP(formulaRoot()["conv1"], in: 8, width: 16).forward(x)
    let centre = (18 * 37 + 18) * 16
    let corner = 0
    #expect(y.shape == [1, 37, 37, 16])
    let moved = (0..<16).map { abs(y[centre + $0] - y[corner + $0]) }.max()!
    #expect(moved > 1e-3)
    for c in 0..<16 { #expect(y[centre + c].isFinite) }
  }
}
