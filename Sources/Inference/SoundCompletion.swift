import AVSBench
import C3N

extension ClipContents {
  /// What a model hears where the clip's sound is too short.
  ///
  /// - Parameters:
  ///   - model: the model that is fed.
  ///   - hasNoise: whether noise is added, which leaves the data set's log-mels aside.
  public func completion(by model: C3NModel, hasNoise: Bool = false) -> SoundCompletion {
    guard let audio = model.audio else { return .unheard }
    return completion(
      takesLogMels: audio.takesShippedLogMels && !hasNoise, repeatsLastExample: audio.repeatsLastExample)
  }
}
