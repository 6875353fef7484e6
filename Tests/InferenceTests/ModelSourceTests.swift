import C3N
import Foundation
import Inference
import Testing

@Suite("Which weights are meant")
struct ModelSourceTests {
  private static let assets = EmbeddedAssets(
    root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/Assets")

  @Test func wordsAndPaths() throws {
    let read: [([String], ModelSource)] = [
      ([], .files([])), (["a.pth", "b.pth"], .files(["a.pth", "b.pth"])), (["embedded"], .embedded(nil)),
      (["embedded:af+cc"], .embedded(.afCC)), (["formula:7"], .seeded(7)),
      (
        ["./embedded", "./formula:1", "embedded.pth", "formulas"],
        .files(["./embedded", "./formula:1", "embedded.pth", "formulas"])
      ),
    ]
    for (arguments, source) in read {
      #expect(try ModelSource(arguments: arguments) == source)
      #expect(source.arguments == arguments)
    }
    for wrong in [
      ["embedded", "a.pth"], ["a.pth", "embedded:af"], ["embedded:"], ["embedded:x"], ["formula:"],
      ["formula:1.5"], ["formula:1", "formula:1"],
    ] {
      let error = #expect(throws: ModelError.self) { try ModelSource(arguments: wrong) }
      #expect(error?.place == wrong.joined(separator: " "))
    }
  }

  @Test func theEmbeddedModelIsLite() throws {
    let named = ModelSpecification(weights: ["embedded"])
    #expect(named.isEmbedded && ModelSpecification().isEmbedded)
    #expect(try named.ablation == nil && named.files.isEmpty)
    #expect(named.withFiles { "/x/" + $0 } == named)
    #expect(try Self.assets.resolved(named) == Self.assets.resolved(ModelSpecification()))
    #expect(try Self.assets.load(named).origin == Self.assets.load(ModelSpecification()).origin)
    let row = try Self.assets.resolved(ModelSpecification(weights: ["embedded:cc"]))
    #expect(row.weights.last?.hasSuffix("lite-row-cc.f16.safetensors") == true && row.variant == .lite)
    for word in ["embedded", "embedded:af"] {
      let other = ModelSpecification(variant: .pvtv2PANNs, weights: [word])
      #expect(!other.isEmbedded)
      #expect(throws: ModelError.self) { try other.source }
      #expect(throws: ModelError.self) { try Self.assets.load(other) }
    }
    #expect(!ModelSpecification(weights: ["formula:1"]).isEmbedded)
    #expect(!ModelSpecification(variant: .pvtv2PANNs).isEmbedded)
  }

  @Test func aTrainingGoesOnFromTheEmbeddedDecoder() throws {
    func width(_ weights: String...) throws -> Int? {
      try Self.assets.beginTraining(
        ModelSpecification(weights: weights), variant: .lite, width: 8, seed: 1
      ).segmentation?.width
    }
    #expect(try width() == 8)
    #expect(try width("embedded") == 32)
    #expect(try width("embedded:af") == 16)
  }

  @Test func partsAreExpectedWithoutLoading() throws {
    try Self.assets.expectParts(of: ModelSpecification(variant: .lite, weights: ["embedded:af"]))
    try Self.assets.expectParts(of: ModelSpecification(weights: [Self.assets.liteDecoder(.cc)]))
    try Self.assets.expectParts(of: ModelSpecification(variant: .pvtv2PANNs, weights: ["formula:1"]))
    #expect(throws: ModelError.self) {
      try Self.assets.expectParts(
        of: ModelSpecification(variant: .swinBEATs, weights: [Self.assets.liteAudio]))
    }
    #expect(throws: ModelError.self) {
      try Self.assets.expectParts(
        of: ModelSpecification(variant: .lite, weights: [], similarity: Self.assets.liteAudio))
    }
  }
}
