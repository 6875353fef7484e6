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

  /// A matrix as a product reads it.
  public struct Operand {
    let base: UnsafePointer<Float>
    let stride: Int
    let isTransposed: Bool

    /// The matrix as it is stored, `stride` elements from row to row.
    public static func plain(_ base: UnsafePointer<Float>, _ stride: Int) -> Operand {
      Operand(base: base, stride: stride, isTransposed: false)
    }

    /// The transpose of the stored matrix, whose stored rows are `stride` elements apart.
    public static func transposed(_ base: UnsafePointer<Float>, _ stride: Int) -> Operand {
      Operand(base: base, stride: stride, isTransposed: true)
    }
  }

  /// C <- alpha A B + beta C, where A is [m, k], B is [k, n] and C is [m, n] with rows `stride` apart.
  public static func multiply(
    m: Int, n: Int, k: Int, alpha: Float = 1, _ a: Operand, _ b: Operand, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a.base, blasint(a.stride), b.base, blasint(b.stride), beta,
      c,
      blasint(stride))
  }
}
