import C3N
import Foundation
import Layers
import Media
import Tensors
import Testing
import Training

@Suite("The training objective")
struct LossTests {
  @Test func byHandForFourPixels() {
    let (logits, truth) = (Tensor([0, 2, -1, 0.5], [1, 2, 2]), Tensor([1, 1, 0, 0], [1, 2, 2]))
    var loss = SegmentationLoss()
    _ = loss.add(logits, truth: truth, ofBatch: 1)
    let p = logits.values.map { 1 / (1 + exp(-Double($0))) }
    let entropy = -(log(p[0]) + log(p[1]) + log(1 - p[2]) + log(1 - p[3])) / 4
    let dice = 1 - 2 * (p[0] + p[1] + 1) / (p.reduce(0, +) + 2 + 1)
    #expect(abs(loss.entropy - entropy) < 1e-6)
    #expect(abs(loss.dice - dice) < 1e-6)
  }

  @Test func gradientAgreesWithDifferences() {
    let values: [Float] = (0..<24).map { 2 * sin(Float($0) * 1.7) }
    let truth = Tensor((0..<24).map { $0 % 3 == 0 ? 1 : 0 }, [2, 3, 4])
    var loss = SegmentationLoss()
    // Two frames of a batch of five.
    let gradient = loss.add(Tensor(values, [2, 3, 4]), truth: truth, ofBatch: 5)
    for i in 0..<24 {
      func at(_ step: Float) -> Double {
        var moved = values
        moved[i] += step
        var loss = SegmentationLoss()
        _ = loss.add(Tensor(moved, [2, 3, 4]), truth: truth, ofBatch: 5)
        return loss.total
      }
      let quotient = (at(1e-2) - at(-1e-2)) / 2e-2
      #expect(abs(quotient - Double(gradient[i])) < 1e-5)
    }
  }

  @Test func extremeLogitsStayFinite() {
    var loss = SegmentationLoss()
    let gradient = loss.add(
      Tensor([1e6, -1e6, 1e6, -1e6], [1, 2, 2]), truth: Tensor([1, 1, 0, 0], [1, 2, 2]), ofBatch: 1)
    #expect(abs(loss.entropy - 5e5) < 1)
    #expect(gradient.values.allSatisfy { $0.isFinite })
    // A perfect mask is a little below zero, because the smooth of the numerator counts twice.
    var perfect = SegmentationLoss()
    _ = perfect.add(Tensor([50, 50], [1, 1, 2]), truth: Tensor([1, 1], [1, 1, 2]), ofBatch: 1)
    #expect(abs(perfect.total - (1 - 2.0 * 3 / 5)) < 1e-6)
  }
}

@Suite("Recipes")
struct RecipeTests {
  @Test func s4FallsLinearlyAndStays() {
    let s4 = TrainingConfiguration(.s4, variant: .pvtv2PANNs)
    #expect(s4.epochs == 20 && s4.batch == 8 && s4.firstFrameOnly && !s4.freezesBackbone)
    #expect(s4.learningRate(epoch: 0) == 1e-4)
    #expect(abs(s4.learningRate(epoch: 5) - 7e-5) < 1e-9)
    #expect(s4.learningRate(epoch: 15) == 1e-5)
    #expect(s4.learningRate(epoch: 19) == 1e-5)
  }

  @Test func ms3IsConstant() {
    let ms3 = TrainingConfiguration(.ms3, variant: .pvtv2PANNs)
    #expect(ms3.epochs == 60 && ms3.batch == 4 && !ms3.firstFrameOnly)
    #expect(ms3.learningRate(epoch: 59) == 1e-4)
  }

  @Test func nonsenseIsRefused() {
    var configuration = TrainingConfiguration(.s4, variant: .lite)
    configuration.microBatch = 9
    #expect(throws: TrainingError.self) { try configuration.validate() }
  }

  /// What is wrong with a recipe that was changed, or nil.
  private func problem(_ variant: Variant, _ change: (inout TrainingConfiguration) -> Void) -> String? {
    var configuration = TrainingConfiguration(.s4, variant: variant)
    change(&configuration)
    do { try configuration.validate() } catch { return "\(error)" }
    return nil
  }

  @Test func everyBackboneCanBeTrained() {
    for variant in Variant.allCases {
      // The paper trains it; the demonstration does where it is asked to.
      #expect(TrainingConfiguration(.s4, variant: variant).freezesBackbone == (variant == .lite))
      #expect(problem(variant) { $0.freezesBackbone = false } == nil)
      #expect(problem(variant) { $0.freezesBackbone = true } == nil)
    }
  }

  @Test func batchNormsHaveAModeWhereThereAreSomeToTrain() {
    func trained(_ variant: Variant) -> String? {
      problem(variant) { ($0.freezesBackbone, $0.batchNorm) = (false, .evaluation) }
    }
    #expect(trained(.lite) == nil && trained(.tpaviResNet50VGGish) == nil)
    #expect(trained(.pvtv2PANNs)!.contains("PVTv2-B5 has none"))
    #expect(trained(.swinBEATs)!.contains("Swin-B has none"))
    #expect(problem(.lite) { $0.batchNorm = .training }!.contains("--no-freeze-backbone"))
  }

  @Test func averagesRatesAndNegativeAudioAreChecked() {
    for decay in [0, 0.5, 0.9999] as [Float] { #expect(problem(.lite) { $0.averageDecay = decay } == nil) }
    for decay in [-0.1, 1, .nan, .infinity] as [Float] {
      #expect(problem(.lite) { $0.averageDecay = decay }!.contains("below 1"), "\(decay)")
    }
    for share in [0, 0.2, 1] as [Float] { #expect(problem(.lite) { $0.negativeAudio = share } == nil) }
    for share in [-0.1, 1.1, .nan] as [Float] {
      #expect(problem(.lite) { $0.negativeAudio = share }!.contains("0 to 1"), "\(share)")
    }
    #expect(
      problem(.lite) {
        ($0.negativeAudio, $0.switches.audioFeatures, $0.switches.consensus) = (0.2, false, .visual)
      }!.contains("without sound"))
    #expect(problem(.lite) { $0.backboneLearningRate = 1e-4 }!.contains("frozen"))
    #expect(
      problem(.pvtv2PANNs) { $0.backboneLearningRate = -1 }!.contains("not negative"))
  }

  @Test func theBackbonesRateFallsInProportion() {
    var recipe = TrainingConfiguration(.s4, variant: .lite)
    (recipe.learningRate, recipe.finalLearningRate) = (2e-3, 2e-4)
    #expect(recipe.backboneLearningRate(epoch: 7) == recipe.learningRate(epoch: 7))
    recipe.backboneLearningRate = 1e-4
    for epoch in [0, 7, 15, 19] {
      let expected = recipe.learningRate(epoch: epoch) / 20
      #expect(abs(recipe.backboneLearningRate(epoch: epoch) - expected) < 1e-9)
    }
  }

  @Test func aConfigurationOfAnEarlierVersionIsRead() throws {
    let recipe = TrainingConfiguration(.s4, variant: .lite)
    let text = String(decoding: try JSONEncoder().encode(recipe), as: UTF8.self)
    for key in ["averageDecay", "negativeAudio", "batchNorm", "backboneLearningRate"] {
      #expect(!text.contains(key), "what is off is not written")
    }
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8)) == recipe)
  }
}

@Suite("Colour jitter")
struct ColorJitterTests {
  struct Cases: Decodable {
    struct Case: Decodable {
      let change: String
      let amount: Float
      let pixels: [UInt8]
    }
    let pixels: [UInt8]
    let cases: [Case]
  }

  @Test func equalsTorchvisionsArithmetic() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("jitter.json")))
    let known = try JSONDecoder().decode(Cases.self, from: data)
    let image = RGBImage(width: 8, height: 8, pixels: known.pixels)
    for item in known.cases {
      let change: ColorJitter.Change =
        switch item.change {
        case "brightness": .brightness(item.amount)
        case "contrast": .contrast(item.amount)
        case "saturation": .saturation(item.amount)
        default: .hue(item.amount)
        }
      let changed = ColorJitter([change]).applied(to: image).pixels
      #expect(changed == item.pixels, "\(item.change) \(item.amount)")
    }
  }

  @Test func mirroringTwiceIsNothing() {
    let image = RGBImage(width: 3, height: 2, pixels: (0..<18).map { UInt8($0) })
    #expect(Array(image.mirrored.pixels[0..<3]) == [6, 7, 8])
    #expect(image.mirrored.mirrored == image)
    let mask = Mask(width: 3, height: 1, values: [1, 0, 0])
    #expect(mask.mirrored.values == [0, 0, 1])
  }
}
