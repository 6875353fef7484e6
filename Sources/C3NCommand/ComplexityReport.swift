import ArgumentParser
import C3N
import Foundation
import Inference

/// `c3n complexity`: what do the variants cost?
struct ComplexityReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complexity",
    abstract: "Count parameters and multiply-accumulates, per part, beside the paper's Table IV.",
    discussion: """
      Computes one clip of --frames frames, and as many seconds of sound, with each variant (weights by formula), and counts \
      what its layers report. GMAC are 10^9 multiply-accumulates; a multiply-accumulate is two floating point operations, \
      which Table IV counts as one FLOP.

      published   Table IV's convention: convolutions and linear layers on the way forward as the published program has \
      them; no products of attention, no way back to omega
      performed   all products that this program does, the way back included; folded layers count as they are folded. \
      Norms, activations, softmax, pooling, interpolation and C3IM's maximum are no matrix products and in neither column
      """)

  @Option(help: ArgumentHelp("Only this variant.", valueName: "name"))
  var variant: String?

  @Option(
    help: ArgumentHelp("Frames of the clip (AVSBench-object: 5, AVSBench-semantic: 10).", valueName: "n"))
  var frames = 5

  @Flag(help: "Print JSON instead of text.")
  var json = false

  func validate() throws {
    guard (1...60).contains(frames) else { throw ValidationError("--frames \(frames): expected 1 to 60") }
  }

  func run() throws {
    let variants = try variant.map { [try Variant(named: $0)] } ?? Variant.allCases
    let progress = Progress()
    var rows: [Row] = []
    for variant in variants {
      progress.show("\(variant): computing a clip of \(frames) frames")
      let row = Row(try Complexity(try Self.model(variant), frames: frames))
      progress.clear()
      if !json { print((rows.isEmpty ? "" : "\n") + row.text) }
      rows.append(row)
    }
    if json { try printJSON(rows) } else if frames == 5 { Self.compare(rows) }
  }

  /// The whole variant; `lite` with the sizes that its trainers give it.
  private static func model(_ variant: Variant) throws -> C3NModel {
    let parts = C3NModel.Parts(
      decoderWidth: variant.mayBePartial ? 64 : 256, hasAudio: true, fusesAudio: true)
    return try C3NModel.load(variant, from: .formula(seed: 1), similarity: nil, parts: parts)
  }

  /// Table IV: the paper's numbers, ours, and where they differ.
  private static func compare(_ rows: [Row]) {
    guard let row = rows.first(where: { $0.variant == Variant.pvtv2VGGish.rawValue }) else { return }
    func numbers(_ all: Int, _ classes: Int, _ unit: Double) -> String {
      String(format: "%8.2f %8.2f", Double(all - classes) / unit, Double(all) / unit)
    }
    let added = row.published + row.elementwise
    print(
      """

      Table IV, PVTv2 + VGGish       paper                here
                              baseline      C3N    baseline      C3N
      parameters, M             171.46   177.15    \(numbers(row.publishedParameters, row.classParameters, 1e6))
      FLOPs, G                  161.36   161.39    \(numbers(row.published, row.classWork, 1e9))
        with elementwise                           \(numbers(added, row.classWork, 1e9))

      The baseline here is C3N without both classifiers, which only C3IM and CCAM need. Parameters are those of
      layers that the published program calls: not the decoder's unit without a partner (1.18 M), not PCA (0.02 M).
      The paper's baseline has 0.30 M fewer, for which its text gives no reason. FLOPs are multiply-accumulates;
      elementwise adds two operations for each element of a batch norm and four for each that is interpolated,
      which the paper's tool seems to have counted.
      """)
  }

  /// What is printed of a variant. The property names are the JSON keys.
  struct Row: Encodable {
    let variant, parts: String
    let frames: Int
    let costs: [Part]
    let parameters, idleParameters, published, performed: Int
    let publishedParameters, classParameters, classWork, elementwise: Int

    struct Part: Encodable {
      let part: String
      let parameters, idleParameters, published, performed: Int
    }

    init(_ complexity: Complexity) {
      variant = complexity.variant.rawValue
      parts = complexity.variant.parts
      frames = complexity.frames
      costs = complexity.parts.map {
        Part(
          part: $0.part.rawValue, parameters: $0.cost.parameters, idleParameters: $0.cost.idleParameters,
          published: $0.cost.published, performed: $0.cost.performed)
      }
      let total = complexity.total
      (parameters, idleParameters) = (total.parameters, total.idleParameters)
      (published, performed) = (total.published, total.performed)
      publishedParameters = complexity.publishedParameters
      (classParameters, classWork) = complexity.ofClasses
      elementwise = complexity.elementwise
    }

    var text: String {
      func line(_ name: String, _ parameters: Int, _ idle: Int, _ published: Int, _ performed: Int) -> String
      {
        String(
          format: "  %@ %9.3f %7.3f %11.3f %11.3f %9.3f",
          name.padding(toLength: 10, withPad: " ", startingAt: 0),
          Double(parameters) / 1e6, Double(idle) / 1e6, Double(published) / 1e9, Double(performed) / 1e9,
          Double(performed) / 1e9 / Double(frames))
      }
      return
        ([
          "\(variant): \(parts), a clip of \(frames) frames",
          "             parameters, M    idle   published   performed   a frame  (GMAC)",
        ] + costs.map { line($0.part, $0.parameters, $0.idleParameters, $0.published, $0.performed) }
        + [line("all", parameters, idleParameters, published, performed)]).joined(separator: "\n")
    }
  }
}
