import COpenBLAS

/// The system's matrix products: what this engine's are checked against and compared with.
public enum OpenBLAS {
  /// The processor kind that OpenBLAS chose its kernels for, such as `Haswell`.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// OpenBLAS's own line about its version and build.
  public static var configuration: String { String(cString: openblas_get_config()) }

  /// a [m, k] times the transpose of b [n, k], on so many threads.
  public static func product(_ a: Tensor, transposed b: Tensor, threads: Int) -> Tensor {
    let (m, n, k) = (a.shape[0], b.shape[0], a.shape[1])
    precondition(k == b.shape[1], "\(a.shape) and the transpose of \(b.shape) do not multiply")
    openblas_set_num_threads(Int32(threads))
    return Tensor([m, n]) { c in
      read(a, b) { a, b in
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, blasint(m), blasint(n), blasint(k), 1, a, blasint(k), b,
          blasint(k), 0, c, blasint(n))
      }
    }
  }
}
