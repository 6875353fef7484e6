import ArgumentParser
import Inference

/// How much white noise is added to a clip before the model gets it: shared by all commands that run clips.
struct NoiseRatios: ParsableArguments {
  @Option(
    name: .customLong("noise-audio"), parsing: .unconditional,
    help: ArgumentHelp("Add white noise to the sound at this signal-to-noise ratio.", valueName: "dB"))
  var audio: Double?

  @Option(
    name: .customLong("noise-frames"), parsing: .unconditional,
    help: ArgumentHelp("Add white noise to the frames at this signal-to-noise ratio.", valueName: "dB"))
  var frames: Double?

  func validate() throws {
    for (name, value) in [("noise-audio", audio), ("noise-frames", frames)] {
      if let value, !value.isFinite { throw ValidationError("--\(name) \(value): expected a number of dB") }
    }
  }
}

/// What is changed about a clip before the model gets it: shared by the commands that run clips once.
struct NoiseOptions: ParsableArguments {
  @OptionGroup var ratios: NoiseRatios

  @Option(help: ArgumentHelp("What the noise follows from.", valueName: "seed"))
  var noiseSeed: UInt64 = 1

  @Flag(help: "Control: silence instead of the sound.")
  var muted = false

  var conditions: InputConditions {
    var conditions = InputConditions()
    conditions.audioNoise = ratios.audio
    conditions.frameNoise = ratios.frames
    conditions.noiseSeed = noiseSeed
    if muted { conditions.sound = .muted }
    return conditions
  }
}
