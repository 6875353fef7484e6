import C3N
import Checkpoints
import Foundation
import Inference
import Tensors

/// From the launch of the program to its first masks, with weights in files that the system has in memory.
///
/// Launches `c3n run` of an embedded clip again and again. Weights by formula are written to a temporary folder first.
struct ColdBench {
  /// What is printed: medians, in milliseconds since the launch. The names are the JSON keys: keep them stable.
  struct Report: Encodable {
    let variant: String
    let runs: Int
    let fmaGflops: [Double]
    /// The bytes of all weight files.
    let weightsMb: Double
    /// The system tells when a program was launched to 10 ms.
    let modelMs, masksMs, exitMs: Double
    let masksMsMin, masksMsMax: Double
    /// The least processor time of all threads, from launch to end.
    let processorMs: Double
    /// The largest resident memory of any of the launched programs, in 2^20 bytes.
    let peakRssMb: Double
  }

  private let assets: EmbeddedAssets
  private let specification: ModelSpecification

  init(_ assets: EmbeddedAssets, _ specification: ModelSpecification) {
    self.assets = assets
    self.specification = specification
  }

  func measure(runs: Int) throws -> Report {
    let folder = FileManager.default.temporaryDirectory.appending(path: "c3n-cold-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (files, arguments) = try weights(in: folder)
    let before = MachineSpeed.measure(threads: BLAS.threads)
    let first = try launch(arguments)
    let launches = try (0..<runs).map { _ in try launch(arguments) }
    let after = MachineSpeed.measure(threads: BLAS.threads)
    let bytes = try files.reduce(0) {
      $0 + (try FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int ?? 0)
    }
    let masks = launches.map { 1000 * $0.report.secondsAfterLaunch.masks }
    return Report(
      variant: first.report.variant, runs: runs,
      fmaGflops: [before.multiplyAddGFlops, after.multiplyAddGFlops], weightsMb: Double(bytes) / 1e6,
      modelMs: median(launches.map { 1000 * $0.report.secondsAfterLaunch.model }), masksMs: median(masks),
      exitMs: median(launches.map { 1000 * $0.seconds }), masksMsMin: masks.min()!, masksMsMax: masks.max()!,
      processorMs: 1000 * launches.map(\.processor).min()!, peakRssMb: Double(Self.usage.ru_maxrss) / 1024)
  }

  /// The weight files and what names them on the command line.
  private func weights(in folder: URL) throws -> (files: [String], arguments: [String]) {
    let resolved = try assets.resolved(specification)
    guard case .seeded = try resolved.source else {
      let named = specification.variant.map { ["--variant", $0.rawValue] } ?? []
      return (
        resolved.weights, named + (specification.weights.isEmpty ? [] : ["--weights"] + specification.weights)
      )
    }
    let path = folder.appending(path: "weights.safetensors").path
    let model = try assets.load(resolved)
    try writeSafetensors(model.checkpointTensors, metadata: ["format": "c3n weights"], to: path)
    return ([path], ["--variant", model.variant.rawValue, "--weights", path])
  }

  /// What `c3n run` says of itself.
  private struct RunOutput: Decodable {
    let variant: String
    let secondsAfterLaunch: Stamps

    struct Stamps: Decodable {
      let model, masks: Double
    }
  }

  private func launch(_ arguments: [String]) throws -> (
    report: RunOutput, seconds: Double, processor: Double
  ) {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["run", "dog_c3n_001", "--json"] + arguments
    let output = Pipe()
    process.standardOutput = output
    let (start, processorBefore) = (ContinuousClock.now, Self.usage.processorSeconds)
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let seconds = start.duration(to: .now).seconds
    guard process.terminationStatus == 0 else {
      throw CommandError(
        "c3n \(process.arguments!.joined(separator: " ")): failed with \(process.terminationStatus)")
    }
    return (
      try JSONDecoder().decode(RunOutput.self, from: text), seconds,
      Self.usage.processorSeconds - processorBefore
    )
  }

  /// What the programs have used that were launched and have ended.
  private static var usage: rusage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    return usage
  }
}

extension rusage {
  /// The time of user and system.
  fileprivate var processorSeconds: Double {
    [ru_utime, ru_stime].reduce(0) { $0 + Double($1.tv_sec) + 1e-6 * Double($1.tv_usec) }
  }
}

extension ColdBench.Report {
  func print() {
    Swift.print(
      "\(variant), launched \(runs) times, "
        + String(format: "%.0f MB of weights in files, kernels for %@", weightsMb, Kernels.name))
    Swift.print(String(format: "  fma %.0f, %.0f GFLOP/s before and after", fmaGflops[0], fmaGflops[1]))
    Swift.print(String(format: "  model there %8.0f ms after launch", modelMs))
    Swift.print(
      String(format: "  masks       %8.0f ms (%.0f to %.0f)", masksMs, masksMsMin, masksMsMax))
    Swift.print(String(format: "  ended       %8.0f ms", exitMs))
    Swift.print(String(format: "  processor time at least %.0f ms", processorMs))
    Swift.print(String(format: "  peak resident %.0f MB", peakRssMb))
  }
}
