import C3N
import Checkpoints
import Foundation
import Inference
import Testing

@Suite("A decoder of lite takes the encoders that ship")
struct ShippedEncodersTests {
  private let assets = EmbeddedAssets(
    root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/Assets")

  @Test func aDecoderAloneIsTheWholeModel() throws {
    let decoder = assets.liteDecoder()
    let model = try assets.load(ModelSpecification(weights: [decoder]))
    let embedded = try assets.load(ModelSpecification())
    #expect(model.variant == .lite && model.audio != nil && model.segmentation != nil)
    #expect(model.parameters.map(\.key) == embedded.parameters.map(\.key))
    #expect(zip(model.parameters, embedded.parameters).allSatisfy { $0.value.values == $1.value.values })
    #expect(model.limitations == embedded.limitations)
    #expect(
      model.origin
        == "\(decoder) with the shipped EfficientNet-Lite0 and audio encoder of lite: results are not comparable"
    )
    // Results are kept under the same files, whether the variant is named or not.
    for variant in [nil, Variant.lite] {
      let resolved = try assets.resolved(ModelSpecification(variant: variant, weights: [decoder]))
      #expect(resolved.weights == assets.liteFiles() && resolved.variant == .lite)
    }
  }

  @Test func weightsRunUnderTheSwitchesThatTheyWereTrainedUnder() throws {
    for row in Ablation.allCases {
      let expected = row.applied(to: Switches())
      let file = ModelSpecification(weights: [assets.liteAudio, assets.liteDecoder(row)])
      #expect(try file.trainedSwitches == expected)
      #expect(try ModelSpecification.embedded(row).trainedSwitches == expected)
    }
    for silent in [["formula:1"], [assets.liteAudio], ["/nowhere/decoder.safetensors"], []] {
      #expect(try ModelSpecification(weights: silent).trainedSwitches == nil)
    }
  }

  @Test func whatIsGivenIsNotReplaced() throws {
    for files in [
      [assets.liteBackbone, assets.liteAudio, assets.liteDecoder()], [assets.liteBackbone],
      ["formula:1"],
    ] {
      let resolved = try assets.resolved(ModelSpecification(variant: .lite, weights: files))
      #expect(resolved.weights == files)
    }
    let own = [assets.liteAudio, assets.liteDecoder(.af)]
    #expect(
      try assets.resolved(ModelSpecification(weights: own)).weights == [assets.liteBackbone] + own)
    #expect(
      try assets.load(ModelSpecification(weights: own)).origin
        == "\(own[0]), \(own[1]) with the shipped EfficientNet-Lite0 of lite: results are not comparable")
    // The backbone by itself has neither sound nor masks.
    let backbone = try assets.load(ModelSpecification(weights: [assets.liteBackbone]))
    #expect(backbone.audio == nil && backbone.segmentation == nil && backbone.origin == assets.liteBackbone)
  }

  /// What the shipped file says about itself is what was done with it.
  @Test func theDecoderSaysThatItIsAMean() throws {
    let metadata = try Checkpoint.open(assets.liteDecoder()).metadata
    #expect(metadata["state"] == nil)
    let origin = try #require(metadata["origin"])
    for part in ["0.8", "epoch 4", "0.2", "epoch 12"] { #expect(origin.contains(part), "\(origin)") }
    for row in Ablation.allCases {
      #expect(try Checkpoint.open(assets.liteDecoder(row)).metadata["state"] != nil, "\(row)")
    }
  }
}
