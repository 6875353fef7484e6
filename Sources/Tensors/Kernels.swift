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

  /// Runs this build, or the best that the processor has if it lacks this one; says which. For tests and benchmarks.
  @discardableResult
  public static func choose(_ build: Kernels) -> Kernels {
    let kind: c3n_cpu_kind =
      switch build {
      case .baseline: C3N_CPU_BASELINE
      case .avx2: C3N_CPU_AVX2
      case .avx512: C3N_CPU_AVX512
      }
    _ = c3n_cpu_choose(kind)
    return Kernels(rawValue: name)!
  }

  /// Does multiply-adds in registers, and says how many operations they were: the peak of this build on a thread.
  public static func fusedMultiplyAdds(rounds: Int) -> Double { c3n_fma_loop(Int64(rounds)) }
}
