import AVSBench
import C3N
import Tensors

/// Everything that the model finds out about one clip under given switches; grows while the model runs.
public struct ClipAnalysis: Sendable {
  /// The variant that ran.
  public let variant: Variant

  /// The switches that were asked for.
  public let requested: Switches

  /// The switches as far as the variant could follow them; see `C3NModel.feasible(_:)`.
  public let effective: Switches

  /// What the model cannot do, in words for the screen.
  public let limitations: [String]

  /// Where the weights came from.
  public let origin: String

  /// Where the similarity matrix came from.
  public let similaritySource: String

  /// The files that the model was made of, as they were when they were read.
  public internal(set) var files = ModelFiles()

  /// One entry a frame.
  public internal(set) var frames: [FrameAnalysis]

  /// Heat maps of stages 1 to 4, or empty while there are none or without consensus.
  public internal(set) var heatMaps: [HeatMaps] = []

  /// How much each position attends to the sound, at stages 1 to 4 [T, H, W]: the non-local blocks' theta phi^T averaged
  /// over phi's positions. Empty without those blocks, or while they have not run. TPAVI has no other heat map.
  public internal(set) var fusionAttention: [Tensor] = []

  /// All classes' confidences with the label similarities, for the whole of M_sim and M_cof; nil where either side has
  /// no classes.
  public internal(set) var evidence: LabelEvidence?

  /// What the audio encoder is fed, such as log-mels [T, time, bands]; nil without an audio encoder.
  public internal(set) var soundPicture: SoundPicture?

  /// The mean over channels of M_i [T, H, W], what enters the decoder at stages 1 to 4 (the maps of the paper's Fig. 8);
  /// empty while there are none or without a decoder.
  public internal(set) var featureMaps: [Tensor] = []

  /// Mask logits [T, 224, 224]; nil before they are there, or without a decoder.
  public internal(set) var maskLogits: Tensor?

  /// The mean IoU of the frames that have a ground truth; nil without a mask or without any ground truth.
  public internal(set) var iou: Double?

  /// AVSBench's F of the clip as a batch of its own: the maximum over thresholds of the frames' mean curve; nil
  /// without a mask or where no ground truth has anything sounding.
  public internal(set) var fScore: Double?

  /// The scores of the frames that have a ground truth, for keeping; empty without a mask.
  public internal(set) var scoredFrames: [ScoredFrame] = []

  /// Seconds that each part took; a part that was reused took none.
  public internal(set) var seconds: [Milestone.Part: Double] = [:]

  /// The parts whose earlier results were taken, because nothing that they depend on has changed.
  public internal(set) var reused: Set<Milestone.Part> = []

  /// Seconds that the reused results took when they were computed.
  public internal(set) var savedSeconds: [Milestone.Part: Double] = [:]

  /// What is kept of the open clip after this run; nil before it has ended.
  public internal(set) var store: StoreUse?

  /// Whether the run has ended.
  public internal(set) var isComplete = false

  /// What was heard where the clip's sound is shorter than its frames.
  public internal(set) var soundCompletion = SoundCompletion.unheard

  /// The sum of ``seconds``.
  public var totalSeconds: Double { seconds.values.reduce(0, +) }

  /// The sum of ``savedSeconds``: what a run without earlier results would have taken besides.
  public var totalSavedSeconds: Double { savedSeconds.values.reduce(0, +) }
}

/// What the model finds out about one frame and its second of sound.
public struct FrameAnalysis: Sendable {
  /// The five most confident ImageNet classes, best first.
  public internal(set) var visualTop: [Confidence] = []

  /// The five most confident AudioSet classes, best first; empty without an audio encoder.
  public internal(set) var audioTop: [Confidence] = []

  /// M_sim of `visualTop` (rows) and `audioTop` (columns), as in the paper's Fig. 6 c.
  public internal(set) var similarity: [[Float]] = []

  /// M_cof of `visualTop` (rows) and `audioTop` (columns), as in the paper's Fig. 6 d.
  public internal(set) var reweighted: [[Float]] = []

  /// The unified label and its value; nil without consensus.
  public internal(set) var agreement: CategoryMatch.Agreement?

  /// Intersection over union with the ground truth; nil without a mask or without a ground truth.
  public internal(set) var iou: Double?

  /// The best F of all thresholds for this frame by itself; nil without a mask or with an empty or no ground truth.
  public internal(set) var fScore: Double?

  /// The pixels that the scores count; nil without a mask or without a ground truth.
  public internal(set) var pixels: ScoredPixels?
}

/// A class and how sure the network is of it.
public struct Confidence: Sendable, Hashable {
  /// The class index.
  public let label: Int

  /// The softmax confidence C.
  public let value: Float

  /// C^alpha or C^beta, what enters the re-weighted matrix.
  public let raised: Float
}

/// One stage's maps of the whole clip, each [F, H, W].
public struct HeatMaps: Sendable {
  /// 1 to 4.
  public let stage: Int

  /// sigmoid(mean over channels of V^c).
  public let attention: Tensor

  /// mean over channels of V omega.
  public let raw: Tensor

  /// max(0, sum over channels of omega A).
  public let gradCAM: Tensor

  /// The map of a kind.
  public subscript(kind: HeatMapKind) -> Tensor {
    switch kind {
    case .spatialAttention: attention
    case .raw: raw
    case .gradCAM: gradCAM
    }
  }
}
