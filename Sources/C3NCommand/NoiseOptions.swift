import ArgumentParser
import Inference

/// What is changed about a clip before the model gets it: shared by all commands that run clips.
struct NoiseOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Add white noise to the sound at this signal-to-noise ratio.", valueName: "dB"))
  var noiseAudio: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Add white noise to the frames at this signal-to-noise ratio.", valueName: "dB"))
  var noiseFrames: Double?

  @Option(help: ArgumentHelp("What the noise follows from.", valueName: "seed"))
  var noiseSeed: UInt64 = 1

  @Flag(help: "Control: silence instead of the sound.")
  var muted = false

  func validate() throws {
    for (name, value) in [("noise-audio", noiseAudio), ("noise-frames", noiseFrames)] {
      if let value, !value.isFinite { throw ValidationError("--\(name) \(value): expected a number of dB") }
    }
  }

  var conditions: InputConditions {
    var conditions = InputConditions()
    conditions.audioNoise = noiseAudio
    conditions.frameNoise = noiseFrames
    conditions.noiseSeed = noiseSeed
    if muted { conditions.sound = .muted }
    return conditions
  }
}
