import CKernels

/// The builds that the kernels have for kinds of processors.
///
/// The best that the processor can run is taken; the environment variable `C3N_CPU`, `avx2` or `baseline`, asks for less.
public enum Kernels: String, CaseIterable, Sendable {
  /// SSE2 or NEON.
  case baseline
  /// AVX2 with fused multiply-adds.
  case avx2
  /// AVX-512 F, VL, BW, DQ.
  case avx512

  /// The build that runs.
  public static var name: String { String(cString: c3n_cpu_name()) }

  /// Runs `body` with this build, or with the best that the processor has if it lacks this one, on this thread alone:
  /// whatever other threads compute meanwhile is not disturbed. For tests.
  public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    let kind: c3n_cpu_kind =
      switch self {
      case .baseline: C3N_CPU_BASELINE
      case .avx2: C3N_CPU_AVX2
      case .avx512: C3N_CPU_AVX512
      }
    let wasInside = c3n_inside_loop().pointee
    c3n_inside_loop().pointee = 1
    _ = c3n_cpu_choose(Int32(kind.rawValue))
    defer {
      _ = c3n_cpu_choose(-1)
      c3n_inside_loop().pointee = wasInside
    }
    return try body()
  }

  /// Does multiply-adds in registers, and says how many operations they were: the peak of this build on a thread.
  public static func fusedMultiplyAdds(rounds: Int) -> Double { c3n_fma_loop(Int64(rounds)) }
}
