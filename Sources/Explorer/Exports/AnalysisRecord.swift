import C3N
import Inference

/// An analysis as plain values for JSON: confidences, the matrices of the five best classes, labels and scores.
public struct AnalysisRecord: Codable, Sendable {
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
  /// The switches that were asked for.
  public let requested: Switches
  /// The switches as far as the model could follow them.
  public let effective: Switches
  /// Whether the run had ended.
  public let isComplete: Bool
  /// Seconds of each part that was computed.
  public let seconds: [String: Double]
  /// One entry a frame.
  public let frames: [Frame]

  /// One frame.
  public struct Frame: Codable, Sendable {
    /// The unified label; absent without consensus.
    public let unifiedLabel: Class?
    /// The audio class that it agrees with; absent where audio had no say.
    public let audioLabel: Class?
    /// M_cof at both; absent where audio had no say.
    public let value: Float?
    /// The most confident visual classes, best first: the rows of the matrices.
    public let visual: [Entry]
    /// The most confident audio classes, best first: the columns of the matrices.
    public let audio: [Entry]
    /// M_sim of these.
    public let similarity: [[Float]]
    /// M_cof of these.
    public let reweighted: [[Float]]
    /// Intersection over union; absent without mask or ground truth.
    public let iou: Double?
    /// The best F of all thresholds; absent without mask or with an empty or no ground truth.
    public let fScore: Double?
  }

  /// A class.
  public struct Class: Codable, Sendable {
    /// Its position in the network's output.
    public let index: Int
    /// Its name.
    public let name: String
  }

  /// A class and how sure the network is of it.
  public struct Entry: Codable, Sendable {
    /// The class.
    public let label: Class
    /// The softmax confidence C.
    public let confidence: Float
    /// C^alpha or C^beta.
    public let raised: Float
  }

  /// What a state shows of the open clip; nil before it was run.
  init?(_ state: ExplorerState) {
    guard let analysis = state.shownAnalysis, let clip = state.clip else { return nil }
    let labels = state.labels
    func visual(_ label: Int) -> Class { Class(index: label, name: labels.visual(label)) }
    func audio(_ label: Int) -> Class { Class(index: label, name: labels.audio(label)) }
    self.clip = clip.id
    variant = analysis.variant.rawValue
    weights = analysis.origin
    similarity = analysis.similaritySource
    limitations = analysis.limitations
    requested = analysis.requested
    effective = analysis.effective
    isComplete = analysis.isComplete
    seconds = Dictionary(uniqueKeysWithValues: analysis.seconds.map { ($0.key.rawValue, $0.value) })
    frames = analysis.frames.map { frame in
      Frame(
        unifiedLabel: frame.agreement.map { visual($0.visualLabel) },
        audioLabel: frame.agreement?.audioLabel.map(audio), value: frame.agreement?.value,
        visual: frame.visualTop.map {
          Entry(label: visual($0.label), confidence: $0.value, raised: $0.raised)
        },
        audio: frame.audioTop.map { Entry(label: audio($0.label), confidence: $0.value, raised: $0.raised) },
        similarity: frame.similarity, reweighted: frame.reweighted, iou: frame.iou, fScore: frame.fScore)
    }
  }
}
