import AVSBench
import C3N
import Inference

/// An analysis as plain values for JSON: confidences, the matrices of the five best classes, labels and scores.
///
/// The property names are the keys of `c3n run --json` and of the explorer's exports: keep them stable.
public struct AnalysisRecord: Encodable, Sendable {
  /// The clip's name.
  public let clip: String
  /// The variant's name.
  public let variant: String
  /// Where the weights came from.
  public let weights: String
  /// Where the similarity matrix came from.
  public let similarity: String
  /// What the model cannot do.
  public let limitations: [String]
  /// What was odd in the clip's files.
  public let warnings: [String]
  /// The switches as far as the model could follow them.
  public let switches: Switches
  /// The switches that were asked for, where the model could not follow them.
  public let requested: Switches?
  /// Whether the run had ended.
  public let isComplete: Bool
  /// The mean of the frames' IoU; absent without mask or ground truth.
  public let meanIoU: Double?
  /// The clip's F: the maximum of its frames' mean curve.
  public let fScore: Double?
  /// Seconds of each part that was computed.
  public let secondsPerPart: [String: Double]
  /// Their sum.
  public let totalSeconds: Double
  /// What was not computed but taken from earlier runs, in the seconds that it took then.
  public let savedSeconds: Double
  /// One entry a frame.
  public let frames: [Frame]

  /// One frame.
  public struct Frame: Encodable, Sendable {
    /// Its number, from 1.
    public let frame: Int
    /// The most confident audio classes, best first: the columns of the matrices.
    public let audioTop: [Class]
    /// The most confident visual classes, best first: the rows of the matrices.
    public let visualTop: [Class]
    /// M_sim of these.
    public let similarity: [[Float]]
    /// M_cof of these.
    public let reweighted: [[Float]]
    /// The unified label; absent without consensus.
    public let unifiedLabel: Label?
    /// Intersection over union; absent without mask or ground truth.
    public let iou: Double?
    /// The best F of all thresholds; absent without mask or with an empty or no ground truth.
    public let fScore: Double?
    /// Whether the frame has a ground truth.
    public let hasGroundTruth: Bool
  }

  /// A class and how sure the network is of it.
  public struct Class: Encodable, Sendable {
    /// Its position in the network's output.
    public let index: Int
    /// Its name.
    public let name: String
    /// The softmax confidence C.
    public let confidence: Float
    /// C^alpha or C^beta.
    public let raised: Float

    init(_ confidence: Confidence, _ name: (Int) -> String) {
      (index, self.name) = (confidence.label, name(confidence.label))
      (self.confidence, raised) = (confidence.value, confidence.raised)
    }
  }

  /// k* and, where audio had a say, j* and the largest re-weighted value with its factors.
  public struct Label: Encodable, Sendable {
    /// k*.
    public let visualIndex: Int
    /// The name of k*.
    public let visualName: String
    /// j*.
    public let audioIndex: Int?
    /// The name of j*.
    public let audioName: String?
    /// The factors of the value: C_A of j*, M_sim of both, C_V of k*.
    public let audioConfidence, similarity, visualConfidence: Float?
    /// M_cof at both.
    public let value: Float?

    init(_ agreement: CategoryMatch.Agreement, _ labels: Labels) {
      visualIndex = agreement.visualLabel
      visualName = labels.visual(agreement.visualLabel)
      audioIndex = agreement.audioLabel
      audioName = agreement.audioLabel.map(labels.audio)
      audioConfidence = agreement.factors?.audio
      similarity = agreement.factors?.similarity
      visualConfidence = agreement.factors?.visual
      value = agreement.value
    }
  }

  /// The record of an analysis of a clip.
  public init(_ analysis: ClipAnalysis, of contents: ClipContents, _ labels: Labels) {
    clip = contents.clip.id
    variant = analysis.variant.rawValue
    weights = analysis.origin
    similarity = analysis.similaritySource
    limitations = analysis.limitations
    warnings = contents.warnings(analysis.soundCompletion)
    switches = analysis.effective
    requested = analysis.requested == analysis.effective ? nil : analysis.requested
    isComplete = analysis.isComplete
    meanIoU = analysis.iou
    fScore = analysis.fScore
    secondsPerPart = Dictionary(uniqueKeysWithValues: analysis.seconds.map { ($0.key.rawValue, $0.value) })
    totalSeconds = analysis.totalSeconds
    savedSeconds = analysis.totalSavedSeconds
    frames = analysis.frames.enumerated().map { index, frame in
      Frame(
        frame: index + 1, audioTop: frame.audioTop.map { Class($0, labels.audio) },
        visualTop: frame.visualTop.map { Class($0, labels.visual) }, similarity: frame.similarity,
        reweighted: frame.reweighted, unifiedLabel: frame.agreement.map { Label($0, labels) }, iou: frame.iou,
        fScore: frame.fScore, hasGroundTruth: contents.masks[index] != nil)
    }
  }

  /// What a state shows of the open clip; nil before it was run.
  init?(_ state: ExplorerState) {
    guard let analysis = state.shownAnalysis, let contents = state.contents else { return nil }
    self.init(analysis, of: contents, state.labels)
  }
}
