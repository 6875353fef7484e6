import CKernels
import Synchronization

/// Matrix products by the kernels of `CKernels`, row-major.
public enum BLAS {
  private static let count = Mutex<Int>(Int(c3n_processors()))

  /// The number of threads that products and parallel loops use; at first as many as there are processors.
  public static var threads: Int {
    get { count.withLock { $0 } }
    set {
      precondition(newValue >= 1, "a computation needs a thread")
      count.withLock { $0 = newValue }
    }
  }

  /// A matrix as a product reads it.
  public struct Operand {
    let base: UnsafePointer<Float>
    let stride: Int
    let isTransposed: Bool
    let unfolding: Unfolding?

    /// The matrix as it is stored, `stride` elements from row to row.
    public static func plain(_ base: UnsafePointer<Float>, _ stride: Int) -> Operand {
      Operand(base: base, stride: stride, isTransposed: false, unfolding: nil)
    }

    /// The transpose of the stored matrix, whose stored rows are `stride` elements apart.
    public static func transposed(_ base: UnsafePointer<Float>, _ stride: Int) -> Operand {
      Operand(base: base, stride: stride, isTransposed: true, unfolding: nil)
    }

    /// The rows that a window sees on maps; only on the left side of a product.
    public static func unfolded(_ base: UnsafePointer<Float>, _ unfolding: Unfolding) -> Operand {
      Operand(base: base, stride: 0, isTransposed: false, unfolding: unfolding)
    }
  }

  /// What becomes of the sums before they are stored: rectify(sums scale + bias) slopes + residual.
  public struct Finish {
    /// A factor for each column.
    public var scale: UnsafePointer<Float>?
    /// A term for each column.
    public var bias: UnsafePointer<Float>?
    /// Whether what is below zero becomes zero, before the residual is added.
    public var rectifies: Bool
    /// A factor for each element, in 16 bits as the kernels of GELU write its slopes; rows as far apart as the result's.
    public var slopes: UnsafePointer<UInt16>?
    /// A matrix like the result, whose rows are as far apart.
    public var residual: UnsafePointer<Float>?

    /// Nothing but what is given.
    public init(
      scale: UnsafePointer<Float>? = nil, bias: UnsafePointer<Float>? = nil, rectifies: Bool = false,
      slopes: UnsafePointer<UInt16>? = nil, residual: UnsafePointer<Float>? = nil
    ) {
      self.scale = scale
      self.bias = bias
      self.rectifies = rectifies
      self.slopes = slopes
      self.residual = residual
    }
  }

  /// C <- alpha A B + beta C and then its finish, where A is [m, k], B is [k, n], C is [m, n] with rows `stride` apart,
  /// and beta is 0 or 1.
  public static func multiply(
    m: Int, n: Int, k: Int, alpha: Float = 1, _ a: Operand, _ b: Operand, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, _ stride: Int, finish: Finish = Finish()
  ) {
    guard m > 0, n > 0 else { return }
    precondition(b.unfolding == nil, "maps are unfolded on the left side")
    precondition(beta == 0 || beta == 1, "beta is \(beta), expected 0 or 1")
    var product = c3n_product()
    product.depth = Int64(k)
    product.a = a.base
    product.a_stride = Int64(a.stride)
    product.a_transposed = a.isTransposed ? 1 : 0
    product.b = b.base
    product.b_stride = Int64(b.stride)
    product.b_transposed = b.isTransposed ? 1 : 0
    product.c = c
    product.c_stride = Int64(stride)
    product.alpha = alpha
    product.accumulate = beta == 1 ? 1 : 0
    product.rectify = finish.rectifies ? 1 : 0
    product.scale = finish.scale
    product.bias = finish.bias
    product.slopes = finish.slopes
    product.slope_stride = Int64(stride)
    product.residual = finish.residual
    product.residual_stride = Int64(stride)
    guard let unfolding = a.unfolding else {
      run(product, rows: m, columns: n)
      return
    }
    precondition(k == unfolding.depth, "a product of depth \(k) of maps unfolded to \(unfolding.depth)")
    unfolding.withMap { map in
      product.map = map
      run(product, rows: m, columns: n)
    }
  }

  /// Runs the product in blocks of C. Where B is used by several blocks, all threads pack it first; otherwise every block
  /// packs its own columns of B.
  private static func run(_ product: c3n_product, rows: Int, columns: Int) {
    let threads = Parallel.available
    let depth = Int(product.depth)
    let pieces = threads == 1 || rows * columns * depth < 1 << 18 ? 1 : threads * 4
    let panels = (columns + 31) / 32
    if pieces > 1, rows >= sharedRows, panels * 32 * depth <= sharedCount {
      withScratch(panels * 32 * depth) { packed in
        var shared = product
        shared.panels = UnsafePointer(packed)
        withUnsafePointer(to: shared) { product in
          Parallel.ranges(panels, grain: 1) {
            c3n_product_pack(
              product, packed, Int64($0.lowerBound * 32),
              Int64(min($0.count * 32, columns - $0.lowerBound * 32)))
          }
        }
        each(shared, Parallel.shares(of: rows, threads: threads, atLeast: 14, multipleOf: 14), [0..<columns])
      }
    } else {
      let wide = min(pieces, max(1, columns / 160))
      let rowBlocks = min((pieces + wide - 1) / wide, max(1, rows / 98))
      let columnBlocks = min((pieces + rowBlocks - 1) / rowBlocks, max(1, columns / 64))
      each(
        product, Parallel.blocks(of: rows, count: rowBlocks, multipleOf: 14),
        Parallel.blocks(of: columns, count: columnBlocks, multipleOf: 32))
    }
  }

  /// From so many rows on it pays to wait for all threads between packing and multiplying.
  private static let sharedRows = 196

  /// More elements of B than this (16 MiB) would not stay in a cache until they are read.
  private static let sharedCount = 4 << 20

  /// Runs the blocks of C that `down` and `across` cut out.
  private static func each(_ product: c3n_product, _ down: [Range<Int>], _ across: [Range<Int>]) {
    withUnsafePointer(to: product) { product in
      let scratch = c3n_product_scratch(product)
      Parallel.each(down.count * across.count) { index in
        let (rows, columns) = (down[index / across.count], across[index % across.count])
        withScratch(scratch) {
          c3n_product_block(
            product, Int64(rows.lowerBound), Int64(rows.count), Int64(columns.lowerBound),
            Int64(columns.count), $0)
        }
      }
    }
  }
}

/// Lends uninitialised room for `count` floats from the pool.
public func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  _ = Tensor([count], fill: body)
}
