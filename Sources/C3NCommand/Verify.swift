import ArgumentParser
import C3N
import Foundation
import Tensors

/// `c3n verify`: does this build compute what the published program computes?
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check this build against reference tensors.",
    discussion: """
      Reads variant and seed from each fixture's metadata, makes the weights by formula, runs the whole model on the \
      fixture's inputs and prints a line for each reference tensor. Exits with 0 if all agree, with 1 if not. Also a \
      self-check of a build on a new machine: Tests/C3NTests/Fixtures has a fixture.
      """)

  @Argument(help: ArgumentHelp("Reference fixtures (safetensors).", valueName: "fixture"))
  var fixtures: [String]

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let progress = Progress()
    var reports: [Report] = []
    for path in fixtures {
      progress.show("\(path): making weights")
      let fixture = try ReferenceFixture(opening: path)
      let start = Date()
      let check = try ParityCheck(fixture) { milestone, _ in progress.show("\(path): \(milestone)") }
      progress.clear()
      let report = Report(path, fixture, check, seconds: Date().timeIntervalSince(start))
      reports.append(report)
      if !json { report.print() }
    }
    if json { try printJSON(reports) }
    if !reports.allSatisfy(\.ok) { throw ExitCode(1) }
  }

  struct Report: Encodable {
    let fixture, variant: String
    let seed: UInt64
    let ok: Bool
    let seconds: Double
    let labels, referenceLabels: [Int]
    let tensors: [Row]
    let unknown, missing: [String]

    struct Row: Encodable {
      let name: String
      let error, tolerance: Double
      let ok: Bool
      let remark: String
    }

    init(_ path: String, _ fixture: ReferenceFixture, _ check: ParityCheck, seconds: Double) {
      self.fixture = path
      variant = fixture.variant.rawValue
      seed = fixture.seed
      ok = check.isOK
      self.seconds = seconds
      labels = check.labels
      referenceLabels = check.referenceLabels
      unknown = check.unknown
      missing = check.missing
      tensors = check.lines.map {
        Row(name: $0.name, error: $0.error, tolerance: $0.tolerance, ok: $0.isOK, remark: $0.remark)
      }
    }

    func print() {
      Swift.print("\(fixture): \(variant), seed \(seed), kernels for \(Kernels.name)")
      for row in tensors {
        let numbers = String(format: "max error %.3g  tolerance %.3g", row.error, row.tolerance)
        let name = row.name.padding(toLength: max(18, row.name.count), withPad: " ", startingAt: 0)
        Swift.print(
          "  \(name) \(numbers)  \(row.ok ? "ok" : "FAIL")\(row.remark.isEmpty ? "" : "  (\(row.remark))")")
      }
      for name in unknown {
        Swift.print("  \(name) FAIL  (this build does not know what to compare it with)")
      }
      for name in missing { Swift.print("  \(name) FAIL  (not in the fixture)") }
      Swift.print("  labels \(labels), reference \(referenceLabels)")
      let failures = tensors.count { !$0.ok } + unknown.count + missing.count
      Swift.print(
        failures == 0
          ? "  ok: \(tensors.count) comparisons, \(String(format: "%.1f", seconds)) s"
          : "  FAIL: \(failures) of \(tensors.count + unknown.count + missing.count) comparisons")
    }
  }
}
