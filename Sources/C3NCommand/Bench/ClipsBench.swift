import AVSBench
import C3N
import Foundation
import Inference
import Tensors

/// A run over many clips, as `c3n evaluate` makes it: the files of the next clips are read while one is computed.
struct ClipsBench {
  /// What is printed. The names are the JSON keys: keep them stable.
  struct Report: Encodable {
    let variant: String
    let threads, clips: Int
    let fmaGflops: [Double]
    let clipsPerSecond: Double
    /// A clip's computation and scores.
    let computeMs, computeMsMin, computeMsMax: Double
    /// The least processor time of all threads from one clip to the next, reading included.
    let processorMs: Double
    /// What reading and decoding took by itself, and what of it the computation waited for, per clip.
    let readMs, waitedMs: Double
    /// The share of the reading that went on behind computations.
    let hiddenShare: Double
    /// Resident after so many clips, in 2^20 bytes.
    let residentMb: [Resident]
    let peakRssMb: Double

    struct Resident: Encodable {
      let clips: Int
      let megabytes: Double
    }
  }

  private let assets: EmbeddedAssets
  private let specification: ModelSpecification

  init(_ assets: EmbeddedAssets, _ specification: ModelSpecification) {
    self.assets = assets
    self.specification = specification
  }

  func measure(clips count: Int) throws -> Report {
    let model = try assets.load(specification)
    guard model.segmentation != nil else {
      throw CommandError("variant \(model.variant): has no trained decoder, expected one that makes masks")
    }
    let embedded = try Dataset.openAll(assets.clips).flatMap(\.clips)
    let before = MachineSpeed.measure(threads: BLAS.threads)
    let marks: Set = [min(5, count), (count + 1) / 2, count]
    var resident: [Report.Resident] = []
    var times: [Double] = []
    var processor = Double.infinity
    let start = ContinuousClock.now
    let ahead = ClipsAhead((0..<count).map { embedded[$0 % embedded.count] })
    for done in 1...count {
      let used = processSeconds()
      let contents = try ahead.next()
      let begin = ContinuousClock.now
      _ = try ClipEvaluation(model, contents, InputConditions(), memory: 0).score(Switches())
      times.append(1000 * begin.duration(to: .now).seconds)
      processor = min(processor, processSeconds() - used)
      if marks.contains(done) {
        resident.append(.init(clips: done, megabytes: Double(residentMemory()) / Double(1 << 20)))
      }
    }
    let seconds = start.duration(to: .now).seconds
    let (reading, waiting) = ahead.seconds
    let after = MachineSpeed.measure(threads: BLAS.threads)
    return Report(
      variant: model.variant.rawValue, threads: BLAS.threads, clips: count,
      fmaGflops: [before.multiplyAddGFlops, after.multiplyAddGFlops], clipsPerSecond: Double(count) / seconds,
      computeMs: median(times), computeMsMin: times.min()!, computeMsMax: times.max()!,
      processorMs: 1000 * processor,
      readMs: 1000 * reading / Double(count), waitedMs: 1000 * waiting / Double(count),
      hiddenShare: max(0, 1 - waiting / reading), residentMb: resident, peakRssMb: peakResidentMegabytes())
  }
}

extension ClipsBench.Report {
  func print() {
    Swift.print("\(variant), \(clips) clips from files, \(threads) threads, kernels for \(Kernels.name)")
    Swift.print(
      String(format: "  fma %.0f, %.0f GFLOP/s before and after", fmaGflops[0], fmaGflops[1]))
    Swift.print(
      String(
        format: "  %.3f clips/s; computing %.1f ms a clip (%.1f to %.1f)", clipsPerSecond, computeMs,
        computeMsMin,
        computeMsMax))
    Swift.print(String(format: "  processor time of all threads at least %.1f ms a clip", processorMs))
    Swift.print(
      String(
        format: "  reading %.1f ms a clip, of which %.1f ms were waited for: %.0f %% hidden", readMs,
        waitedMs,
        100 * hiddenShare))
    let memory = residentMb.map { String(format: "%.0f MB after %d", $0.megabytes, $0.clips) }
    Swift.print("  resident \(memory.joined(separator: ", ")); peak \(Int(peakRssMb)) MB")
  }
}
