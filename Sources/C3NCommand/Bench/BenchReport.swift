import Foundation
import Tensors

/// What `c3n bench` prints. The keys of its JSON are an interface that stays.
struct BenchReport: Encodable {
  let variant: String
  let threads: Int
  let openblasCore: String
  let fmaGflops, sgemmGflops: Double
  let partsMs: [String: Double]
  let totalMs, totalMsMin, totalMsMax, atPeakMs, ratioToPeak, peakRssMb, firstResultMs: Double

  /// What the table has besides: work and processor time.
  private let title: String
  private let parts: [String]
  private let multiplyAdds: [String: Int]
  private let processorMs, processorRatio: Double
  private let before, after: MachineSpeed

  enum CodingKeys: String, CodingKey {
    case variant, threads
    case openblasCore = "openblas_core"
    case fmaGflops = "fma_gflops"
    case sgemmGflops = "sgemm_gflops"
    case partsMs = "parts_ms"
    case totalMs = "total_ms"
    case totalMsMin = "total_ms_min"
    case totalMsMax = "total_ms_max"
    case atPeakMs = "at_peak_ms"
    case ratioToPeak = "ratio_to_peak"
    case peakRssMb = "peak_rss_mb"
    case firstResultMs = "first_result_ms"
  }

  init(
    _ title: String, variant: String, first: PartTimes, runs: [PartTimes], before: MachineSpeed,
    after: MachineSpeed, firstResult: Double
  ) {
    self.variant = variant
    self.title = title
    parts = first.parts
    self.before = before
    self.after = after
    threads = BLAS.threads
    openblasCore = OpenBLAS.coreName
    // Means of before and after: a slow phase that began meanwhile counts half.
    fmaGflops = (before.multiplyAddGFlops + after.multiplyAddGFlops) / 2
    sgemmGflops = (before.productGFlops + after.productGFlops) / 2
    partsMs = Dictionary(
      uniqueKeysWithValues: parts.map { part in (part, 1000 * median(runs.map { $0.seconds[part] ?? 0 })) })
    multiplyAdds = first.multiplyAdds
    let totals = runs.map { 1000 * $0.total }
    totalMs = median(totals)
    totalMsMin = totals.min()!
    totalMsMax = totals.max()!
    let operations = 2 * Double(multiplyAdds.values.reduce(0, +))
    atPeakMs = operations / fmaGflops * 1e-6
    ratioToPeak = totalMs / atPeakMs
    processorMs = 1000 * runs.map(\.processor).min()!
    processorRatio = processorMs / (operations / ((before.ownGFlops + after.ownGFlops) / 2) * 1e-6)
    peakRssMb = peakResidentMegabytes()
    firstResultMs = firstResult * 1000
  }

  func print() {
    func line(_ name: String, _ milliseconds: Double, _ work: Int) {
      let giga = Double(work) * 1e-9
      let peak = 2 * giga / (milliseconds * 1e-3) / fmaGflops
      Swift.print(
        "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0)
          + String(format: "%9.1f ms  %7.2f GMAC  %5.1f %% of peak", milliseconds, giga, 100 * peak))
    }
    Swift.print("\(title), \(threads) threads, kernels for \(Kernels.name)")
    Swift.print(
      String(
        format: "  fma %.0f, %.0f GFLOP/s before and after; sgemm %.0f, %.0f (OpenBLAS %@)",
        before.multiplyAddGFlops, after.multiplyAddGFlops, before.productGFlops, after.productGFlops,
        openblasCore))
    for part in parts { line(part, partsMs[part]!, multiplyAdds[part]!) }
    line("total", totalMs, multiplyAdds.values.reduce(0, +))
    Swift.print(
      String(
        format: "  at peak %.1f ms, ratio %.3f (%.1f to %.1f ms)", atPeakMs, ratioToPeak, totalMsMin,
        totalMsMax))
    Swift.print(
      String(
        format: "  processor time of all threads at least %.1f ms, ratio %.3f to %.0f GFLOP/s of one thread",
        processorMs,
        processorRatio, (before.ownGFlops + after.ownGFlops) / 2))
    Swift.print(
      String(
        format: "  tensors at most %.0f MB at once",
        Double(StoragePool.shared.peakBytesInUse) / Double(1 << 20)))
    Swift.print(
      String(format: "  peak resident %.0f MB, first result %.0f ms after launch", peakRssMb, firstResultMs))
  }
}
