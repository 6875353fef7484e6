import C3N
import Testing
import Training

@Suite("The memory of a training")
struct TrainingMemoryTests {
  /// Resident memory at the peak of `c3n bench --training`, in KiB, as the system counted it on a machine with two cores.
  @Test(
    arguments: [
      (.lite, .s4, 5, 312_668), (.lite, .ms3, 5, 459_948), (.lite, .ms3, 10, 797_844),
      (.pvtv2VGGish, .ms3, 1, 2_230_788), (.pvtv2VGGish, .ms3, 3, 2_927_108),
      (.pvtv2VGGish, .s4, 3, 2_820_628),
      (.swinVGGish, .ms3, 1, 2_378_960), (.swinVGGish, .ms3, 3, 2_903_376),
      (.tpaviResNet50VGGish, .ms3, 3, 1_469_704),
    ] as [(Variant, TrainingConfiguration.Recipe, Int, Int)])
  func isWhatStepsTook(variant: Variant, recipe: TrainingConfiguration.Recipe, frames: Int, resident: Int) {
    var configuration = TrainingConfiguration(recipe, variant: variant)
    configuration.microBatch = 1
    let told = TrainingMemory(configuration, longestClip: frames).total
    #expect(abs(Double(told) / Double(resident << 10) - 1) < 0.15, "told \(told >> 10) KiB")
  }

  @Test func followsWhatPassesTogether() {
    var configuration = TrainingConfiguration(.ms3, variant: .lite)
    let whole = TrainingMemory(configuration, longestClip: 300)
    #expect(whole.frames == 1200 && whole.annotated == 1200)
    configuration.microBatch = 1
    configuration.secondsPerClip = 5
    let few = TrainingMemory(configuration, longestClip: 300)
    #expect(few.frames == 5 && few.annotated == 5 && few.model == whole.model)
    #expect(few.activations * 240 == whole.activations)
    configuration.firstFrameOnly = true
    #expect(TrainingMemory(configuration, longestClip: 300).annotated == 1)
    #expect(few.description { "\($0 >> 20)" }.contains("5 frames together"))
  }
}
