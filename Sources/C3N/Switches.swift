/// What can be changed about a variant without other weights: the paper's ablations and the explorer's knobs.
///
/// The model itself knows nothing of the noise; whoever feeds it adds it.
public struct Switches: Hashable, Codable, Sendable {
  /// AF: whether the non-local blocks listen.
  ///
  /// Off, they attend from vision to vision with the same weights, as the published block does without audio.
  public var audioFeatures = true

  /// Where the unified label comes from.
  public var consensus = Consensus.audioVisual

  /// Whether the non-local blocks are there at all (Fig. 8); off, M_i is the ASPP output.
  public var nonLocal = true

  /// The exponent of the audio confidence (eq. 6).
  public var alpha: Float = 0.1

  /// The exponent of the visual confidence (eq. 6).
  public var beta: Float = 0.1

  /// What eq. 1's softmax is taken of.
  public var audioScores = AudioScores.asPublished

  /// A visual class that the user chose instead of the consensus, for every frame.
  public var forcedLabel: Int?

  /// The signal-to-noise ratio in dB of white noise in the sound (Table VI); nil for none.
  public var audioNoise: Double?

  /// The signal-to-noise ratio in dB of white noise in the frames (Table VII); nil for none.
  public var frameNoise: Double?

  /// What the noise follows from, so that the same ratio always gives the same noise.
  public static let noiseSeed: UInt64 = 1

  /// Where the unified label comes from.
  public enum Consensus: String, Codable, Sendable, CaseIterable {
    /// No label and no attention: V_i enters the fusion as it is.
    case none
    /// CC-V: the visual class of the highest confidence.
    case visual
    /// CC: C3IM.
    case audioVisual = "audio-visual"

    /// The paper's abbreviation.
    public var abbreviation: String {
      switch self {
      case .none: "none"
      case .visual: "CC-V"
      case .audioVisual: "CC"
      }
    }
  }

  /// What eq. 1's softmax is taken of. The two differ for encoders that publish sigmoid outputs (PANNs).
  public enum AudioScores: String, Codable, Sendable, CaseIterable {
    /// The encoder's output as it comes, as the published program does.
    case asPublished = "as-published"
    /// The scores before any sigmoid, as eq. 1 says.
    case logits
  }

  /// The published program's defaults.
  public init() {}
}
