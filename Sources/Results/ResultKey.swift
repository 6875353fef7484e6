import C3N
import Foundation
import Inference

/// Which model made a result: what its files hold, not what they are called.
public struct ModelIdentity: Hashable, Codable, Sendable {
  /// The variant's name.
  public let variant: String

  /// The SHA-256 of each weight file in the order given, or `formula:SEED`.
  public let weights: [String]

  /// The SHA-256 of the similarity matrix's file, or `formula:SEED`.
  public let similarity: String

  /// How the weights are taken; nil for the published program's ways.
  public let options: C3NModel.Options?

  /// An identity from its parts; options that are the published ones do not count.
  public init(
    variant: String, weights: [String], similarity: String, options: C3NModel.Options = .init()
  ) {
    self.variant = variant
    self.weights = weights
    self.similarity = similarity
    self.options = options == .init() ? nil : options
  }
}

/// Everything that a clip's result depends on except the clip.
public struct ResultKey: Hashable, Sendable {
  /// The model.
  public let model: ModelIdentity

  /// The switches as they were asked for.
  public let switches: Switches

  /// What was changed about the clips.
  public let input: InputConditions

  /// A key; conditions without effect do not count, and noise that switches ask for is told with the conditions.
  public init(model: ModelIdentity, switches: Switches = Switches(), input: InputConditions = .init()) {
    var (switches, input) = (switches, input)
    let noise = InputConditions(noiseOf: switches)
    if noise != .init() {
      input.audioNoise = noise.audioNoise ?? input.audioNoise
      input.frameNoise = noise.frameNoise ?? input.frameNoise
      input.noiseSeed = noise.noiseSeed
      (switches.audioNoise, switches.frameNoise) = (nil, nil)
    }
    self.model = model
    self.switches = switches
    self.input = input.canonical
  }

  /// Raise it when the network or the metric computes something else than before, so that old results are not taken.
  private static let computation = 2

  private struct Text: Encodable {
    let computation: Int
    let model: ModelIdentity
    let switches: Switches
    let input: InputConditions
  }

  /// The key as text: equal keys, equal texts.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A value that JSON cannot express is no value of an option: options are checked to be finite.
    let data = try! encoder.encode(
      Text(computation: Self.computation, model: model, switches: switches, input: input))
    return String(decoding: data, as: UTF8.self)
  }
}
