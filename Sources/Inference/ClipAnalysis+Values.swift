import C3N
import Tensors

// Analyses of given values, for drawing without a model.

extension Confidence {
  /// A class, its confidence and that confidence raised.
  package init(_ label: Int, _ value: Float, raised: Float) {
    self.init(label: label, value: value, raised: raised)
  }
}

extension FrameAnalysis {
  /// A frame of given values.
  package init(
    visual: [Confidence], audio: [Confidence], similarity: [[Float]], reweighted: [[Float]],
    agreement: CategoryMatch.Agreement?, iou: Double?, fScore: Double?, pixels: ScoredPixels? = nil
  ) {
    self.init(
      visualTop: visual, audioTop: audio, similarity: similarity, reweighted: reweighted,
      agreement: agreement,
      iou: iou, fScore: fScore, pixels: pixels)
  }
}

extension HeatMaps {
  /// The maps of a stage by kind.
  package init(stage: Int, maps: (HeatMapKind) -> Tensor) {
    self.init(
      stage: stage, attention: maps(.spatialAttention), raw: maps(.raw), gradCAM: maps(.gradCAM))
  }
}

extension ClipAnalysis {
  /// An analysis of given values.
  package init(
    _ variant: Variant, requested: Switches, effective: Switches, limitations: [String] = [], origin: String,
    similaritySource: String, frames: [FrameAnalysis], heatMaps: [HeatMaps] = [],
    fusionAttention: [Tensor] = [], evidence: LabelEvidence? = nil, soundPicture: SoundPicture? = nil,
    featureMaps: [Tensor] = [], maskLogits: Tensor? = nil,
    iou: Double? = nil, fScore: Double? = nil, seconds: [Milestone.Part: Double] = [:],
    reused: Set<Milestone.Part> = [], savedSeconds: [Milestone.Part: Double] = [:], store: StoreUse? = nil,
    isComplete: Bool = true, files: ModelFiles = ModelFiles()
  ) {
    self.init(
      variant: variant, requested: requested, effective: effective, limitations: limitations, origin: origin,
      similaritySource: similaritySource, files: files, frames: frames, heatMaps: heatMaps,
      fusionAttention: fusionAttention, evidence: evidence, soundPicture: soundPicture,
      featureMaps: featureMaps, maskLogits: maskLogits, iou: iou, fScore: fScore, seconds: seconds,
      reused: reused, savedSeconds: savedSeconds, store: store, isComplete: isComplete)
  }
}
