import Tensors
import Testing

/// Every build of the kernels; on a lesser processor its best stands in for those that it cannot run.
@Suite("Products")
struct ProductTests {
  /// Around the sizes of tiles (14 x 32, 6 x 16), slabs and blocks of depth.
  static let sizes = [
    (1, 1, 1), (5, 33, 7), (14, 32, 64), (30, 49, 70), (203, 100, 600), (13, 527, 1030), (400, 64, 9),
  ]

  @Test(arguments: Kernels.allCases, sizes)
  func agreeWithTheirDefinition(build: Kernels, size: (m: Int, n: Int, k: Int)) {
    build.run { agreeWithTheirDefinition(size) }
  }

  private func agreeWithTheirDefinition(_ size: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = size
    let (a, b) = (numbers(1, [m, k]), numbers(2, [n, k]))
    let (scale, bias) = (numbers(3, [n]), numbers(4, [n]))
    let (residual, before) = (numbers(5, [m, n]), numbers(6, [m, n]))
    let (p, q, s, o) = (a.values, b.values, scale.values, bias.values)
    let expected = Tensor(
      (0..<m * n).map { index in
        let (i, j) = (index / n, index % n)
        let sum = (0..<k).reduce(0.0) { $0 + Double(p[i * k + $1]) * Double(q[j * k + $1]) }
        let finished = (0.5 * sum + Double(before[index])) * Double(s[j]) + Double(o[j])
        return Float(max(finished, 0) + Double(residual[index]))
      }, [m, n])
    var c = before
    c.write { c in
      read(a, b, residual) { a, b, residual in
        read(scale, bias) { scale, bias in
          BLAS.multiply(
            m: m, n: n, k: k, alpha: 0.5, .plain(a, k), .transposed(b, k), beta: 1, into: c, n,
            finish: .init(scale: scale, bias: bias, rectifies: true, residual: residual))
        }
      }
    }
    #expect(largestDifference(c, expected) < 1e-6 * Float(k) + 1e-6)
    // The same product with both operands stored the other way.
    let (at, bt) = (
      a.swappingInnerAxes(outer: 1, rows: m, columns: k), b.swappingInnerAxes(outer: 1, rows: n, columns: k)
    )
    let plain = Tensor.product(a, b, transposed: true)
    let turned = Tensor.product(at.reshaped([k, m]), transposed: true, bt.reshaped([k, n]))
    #expect(largestDifference(plain, turned) < 1e-6 * Float(k) + 1e-6)
  }

  @Test func notANumberStaysOne() {
    let x = Tensor([.nan, 1], [2, 1])
    let y = Tensor([2, 1]) { y in
      x.read { x in
        BLAS.multiply(
          m: 2, n: 1, k: 1, .plain(x, 1), .plain(x + 1, 1), into: y, 1, finish: .init(rectifies: true))
      }
    }
    #expect(y[0].isNaN && y[1] == 1)
  }

  @Test func agreeWithOpenBLAS() {
    let (a, b) = (numbers(1, [150, 340]), numbers(2, [90, 340]))
    let difference = largestDifference(
      Tensor.product(a, b, transposed: true), OpenBLAS.product(a, transposed: b, threads: 1))
    #expect(difference < 1e-4)
  }

  @Test func slicesShareUntilWritten() {
    var whole = numbers(1, [4, 3])
    var part = whole.slice(1..<3)
    let values = whole.values
    whole.write { $0[3] = 7 }
    #expect(part.values == Array(values[3..<9]))
    part.write { $0[0] = 9 }
    #expect(whole[3] == 7 && part[0] == 9)
  }
}

private func numbers(_ seed: UInt64, _ shape: Shape) -> Tensor {
  var state = seed
  return Tensor(
    (0..<shape.count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 23) - 1
    }, shape)
}

private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
  zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
