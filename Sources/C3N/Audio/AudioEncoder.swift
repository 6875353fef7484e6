import Tensors

/// A network that turns each second of sound into an embedding and scores of AudioSet's 527 classes.
///
/// It stays frozen, in training too, so there is no way back through it.
public protocol AudioEncoder: Sendable {
  /// d, the width of the embedding.
  var embeddingWidth: Int { get }

  /// The number of milestones that are announced, front-end included, for the share of a run that is done.
  var milestoneCount: Int { get }

  /// Whether it was trained on the log-mels that AVSBench ships beside the sound, and takes those where they are.
  var takesShippedLogMels: Bool { get }

  /// How many parameters of its checkpoint have no effect, and are not read.
  var idleParameterCount: Int { get }

  /// What the network is fed: 16 kHz samples in [-1, 1], [T, 16000] -> such as log-mels [T, time, mel].
  func frontEnd(_ waveform: Tensor) -> Tensor

  /// The same of a sound that ends before its seconds do; what follows are zeros.
  ///
  /// - Parameters:
  ///   - waveform: 16 kHz samples in [-1, 1], [T, 16000].
  ///   - sampleCount: samples before the zeros.
  func frontEnd(_ waveform: Tensor, sampleCount: Int) -> Tensor

  /// Whether a sound that is too short has its last whole example repeated, instead of silence.
  var repeatsLastExample: Bool { get }

  /// What the front-end made -> embedding and scores.
  func forward(_ input: Tensor, observe: Observer) throws -> AudioFeatures
}

extension AudioEncoder {
  /// false.
  public var takesShippedLogMels: Bool { false }

  /// 0.
  public var idleParameterCount: Int { 0 }

  /// The zeros are heard as silence.
  public func frontEnd(_ waveform: Tensor, sampleCount: Int) -> Tensor { frontEnd(waveform) }

  /// false.
  public var repeatsLastExample: Bool { false }
}

/// What an audio encoder makes of T seconds.
public struct AudioFeatures: Sendable {
  /// F_a [T, d].
  public let embedding: Tensor

  /// Scores of AudioSet's classes; nil where nobody asks for them.
  public internal(set) var classes: Classes?

  /// Scores of AudioSet's classes.
  public struct Classes: Sendable {
    /// [T, 527] as the encoder publishes them.
    public let scores: Tensor

    /// [T, 527] before any sigmoid.
    public let logits: Tensor
  }
}
