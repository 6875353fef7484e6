extension Tensor {
  /// The matrix product op(a) op(b) * scale of two matrices.
  public static func product(
    _ a: Tensor, transposed transposeA: Bool = false, _ b: Tensor, scale: Float = 1
  ) -> Tensor {
    product(a, transposeA, b, false, scale)
  }

  /// The matrix product a b^T.
  public static func product(_ a: Tensor, _ b: Tensor, transposed transposeB: Bool) -> Tensor {
    product(a, false, b, transposeB, 1)
  }

  private static func product(
    _ a: Tensor, _ transposeA: Bool, _ b: Tensor, _ transposeB: Bool, _ scale: Float
  ) -> Tensor {
    precondition(a.shape.rank == 2 && b.shape.rank == 2, "matrices, not \(a.shape) and \(b.shape)")
    let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let (depth, n) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
    precondition(k == depth, "\(a.shape) and \(b.shape) do not multiply")
    return Tensor([m, n]) { c in
      Tensors.read(a, b) { p, q in
        BLAS.multiply(
          m: m, n: n, k: k, alpha: scale,
          transposeA ? .transposed(p, a.shape[1]) : .plain(p, a.shape[1]),
          transposeB ? .transposed(q, b.shape[1]) : .plain(q, b.shape[1]), into: c, n)
      }
    }
  }
}
