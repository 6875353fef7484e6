import COpenBLAS
import Synchronization

/// Matrix products by OpenBLAS, row-major.
public enum BLAS {
  private static let count = Mutex<Int>(Int(openblas_get_num_threads()))

  /// The number of threads that products and parallel loops use; at first as many as there are processors.
  public static var threads: Int {
    get { count.withLock { $0 } }
    set {
      precondition(newValue >= 1, "BLAS needs a thread")
      count.withLock { $0 = newValue }
      openblas_set_num_threads(Int32(newValue))
    }
  }

  /// The processor kind that OpenBLAS chose its kernels for, such as `Haswell`.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// OpenBLAS's own line about its version and build.
  public static var configuration: String { String(cString: openblas_get_config()) }

  static func withSingleThread(_ body: () -> Void) {
    openblas_set_num_threads(1)
    body()
    openblas_set_num_threads(Int32(threads))
  }

  /// C <- alpha op(A) op(B) + beta C, where op(A) is [m, k], op(B) is [k, n] and C is [m, n].
  ///
  /// The leading dimensions are the distances in elements between rows as they are stored.
  public static func multiply(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposed transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposed transposeB: Bool = false,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }
}
