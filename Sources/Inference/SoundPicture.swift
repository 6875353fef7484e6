import Tensors

/// What an audio encoder is fed: a log-mel spectrogram of each second.
public struct SoundPicture: Sendable {
  /// [T, time, bands], the lowest band first, in the front-end's own unit.
  public let values: Tensor

  /// Whose front-end it is, and whether the data set shipped it: `PANNs`, `VGGish, shipped`.
  public let source: String

  /// A spectrogram of each second; nil for a front-end that makes something of another rank.
  init?(_ values: Tensor, encoder: String, isShipped: Bool) {
    guard values.shape.rank == 3 else { return nil }
    self.init(values: values, source: encoder + (isShipped ? ", shipped" : ""))
  }

  /// A spectrogram of given values.
  package init(values: Tensor, source: String) {
    self.values = values
    self.source = source
  }

  /// The number of bands.
  public var bands: Int { values.shape[2] }
}
